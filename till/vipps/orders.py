"""An order of the till as the wallet's create request, with order lines that add up exactly, or none."""

from till.domain.basket import Line
from till.domain.catalogue import Unit
from till.domain.intents import Order
from till.domain.money import Money
from till.domain.payment import Flow
from till.domain.vat import VatRate
