"""The receipt as finished text: the same on the screen, on paper and in a file."""

from till.domain.basket import Line
from till.domain.catalogue import Unit
from till.domain.receipt import Receipt
from till.domain.vat import VatShare
from till.presentation.house import House
from till.presentation.views import ReceiptRow, ReceiptView


def present_receipt(house: House, receipt: Receipt) -> ReceiptView:
    """Return a receipt with what the law of the market wants on it (kassasystemforskrifta § 2-8-4 and its kin)."""
    words, figures = house.words, house.figures
    number = f"{receipt.number:04}"
    return ReceiptView(
        name=f"receipt-{number}",
        head=receipt_head(house, receipt.store),
        mark=words.say("receipt.test") if house.is_test else "",
        title=words.say("receipt.title"),
        facts=(
            ReceiptRow(words.say("receipt.number", number=number), figures.day_and_time(receipt.at)),
            ReceiptRow(words.say("receipt.till", till=house.till), words.say("basket.sale", number=str(receipt.sale))),
        ),
        rows=tuple(row for line in receipt.lines for row in _rows(house, line)),
        totals=(
            ReceiptRow(words.say("receipt.total"), figures.money(receipt.total)),
            *(
                ReceiptRow(
                    words.say("receipt.wallet"), figures.money(tender.amount), _reference(house, tender.reference)
                )
                for tender in receipt.tenders
            ),
        ),
        vat_head=vat_head(house),
        vat_rows=tuple(vat_cells(house, share) for share in receipt.vat),
        foot=(words.say("receipt.thanks"),),
        close_label=words.say("number.back"),
    )


def receipt_head(house: House, store: str = "") -> tuple[str, ...]:
    """Return who gives it out: the shop's name, the store's if it has another, address and number, as far as they are known."""
    organisation = "receipt.org_vat" if house.is_vat_registered and house.market.value == "NO" else "receipt.org"
    number = house.organisation_number
    other = "" if store == house.shop else store
    lines = (house.shop, other, house.address, house.words.say(organisation, number=number) if number else "")
    return tuple(line for line in lines if line)


def vat_head(house: House) -> tuple[str, str, str, str]:
    """Return the head of the tax table."""
    say = house.words.say
    return (say("receipt.vat_head"), say("receipt.net_head"), say("receipt.tax_head"), say("receipt.gross_head"))


def vat_cells(house: House, share: VatShare) -> tuple[str, str, str, str]:
    """Return one rate's row of the tax table."""
    figures = house.figures
    rate = house.words.say("figures.percent", rate=figures.percent(share.rate.basis_points))
    return (rate, figures.amount(share.net), figures.amount(share.tax), figures.amount(share.gross))


def _rows(house: House, line: Line) -> list[ReceiptRow]:
    figures = house.figures
    quantity = figures.quantity(line.quantity_thousandths, line.article.unit)
    note = ""
    if line.article.unit is Unit.KG or line.quantity_thousandths != 1000:
        note = f"{quantity} × {figures.amount(line.price)}"
    rows = [ReceiptRow(line.article.name, figures.amount(line.goods), note)]
    if line.article.deposit is not None:
        rows.append(ReceiptRow(line.article.deposit.name, figures.amount(line.deposit)))
    return rows


def _reference(house: House, reference: str) -> str:
    return f"{house.words.say('receipt.reference')}: {reference}"
