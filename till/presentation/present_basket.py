"""The left side of the cashier's window: the rows, and the total that never moves."""

from till.domain.basket import Basket, Line
from till.domain.catalogue import Unit
from till.domain.money import Money
from till.domain.sale import Sale
from till.engine.snapshot import Snapshot
from till.presentation.house import House
from till.presentation.views import BasketView, Row


class BasketPresenter:
    """Presents baskets; a row is made once and kept while its line stays the same object."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._rows: dict[int, tuple[Line, Row]] = {}
        self._vat: tuple[Basket | None, str] = (None, "")

    def present(self, snapshot: Snapshot) -> BasketView:
        """Return the basket of the sale on the screen; an empty one when there is none, or when it was cleared."""
        words = self._house.words
        sale = shown_sale(snapshot)
        if sale is None:
            self._rows.clear()
            nothing = Money.zero(snapshot.state.currency)
            return BasketView(
                (),
                is_locked=False,
                lock_note="",
                total=self._house.figures.amount(nothing),
                figures=(),
                empty_note=words.say("basket.empty"),
            )
        may_shrink = snapshot.state.may_shrink
        locked = (snapshot.state.is_locked and not may_shrink) or sale.is_completed
        note = "basket.reserved" if may_shrink else "basket.locked" if locked and not sale.is_completed else ""
        return BasketView(
            rows=self._present_rows(sale),
            is_locked=locked,
            lock_note=words.say(note) if note else "",
            total=self._house.figures.amount(sale.basket.total),
            figures=self._figures(snapshot, sale),
            empty_note=words.say("basket.empty") if sale.basket.is_empty else "",
        )

    def _present_rows(self, sale: Sale) -> tuple[Row, ...]:
        kept: dict[int, tuple[Line, Row]] = {}
        for line in sale.basket.lines:
            known = self._rows.get(line.number)
            kept[line.number] = known if known is not None and known[0] is line else (line, self._row(line))
        self._rows = kept
        return tuple(row for _, row in kept.values())

    def _row(self, line: Line) -> Row:
        figures = self._house.figures
        return Row(
            line=line.number,
            quantity=figures.quantity(line.quantity_thousandths, line.article.unit),
            name=line.article.name,
            note=self._note(line),
            price=figures.amount(line.price),
            total=figures.amount(line.total),
            quantity_thousandths=line.quantity_thousandths,
            is_by_piece=line.article.unit is Unit.PIECE,
        )

    def _note(self, line: Line) -> str:
        words, figures = self._house.words, self._house.figures
        notes = []
        if line.article.unit is Unit.KG:
            notes.append(words.say("basket.per_kg", price=figures.amount(line.price)))
        if line.article.deposit is not None:
            notes.append(words.say("basket.with_deposit", amount=figures.amount(line.deposit)))
        if line.article.min_age is not None:
            notes.append(words.say("basket.age", age=str(line.article.min_age)))
        return " · ".join(notes)

    def _figures(self, snapshot: Snapshot, sale: Sale) -> tuple[str, ...]:
        words = self._house.words
        if sale.basket.is_empty:
            return ()
        pieces = sale.basket.pieces
        things = words.say("basket.things_one") if pieces == 1 else words.say("basket.things", count=str(pieces))
        number = sale.receipt_number or snapshot.state.next_receipt
        first = f"{things} · {words.say('basket.receipt', number=f'{number:04}')}"
        vat = self._vat_text(sale.basket)
        return (first, vat) if vat else (first,)

    def _vat_text(self, basket: Basket) -> str:
        """Return the tax per rate; summed once per basket, since a long one takes a while."""
        if self._vat[0] is not basket:
            words, figures = self._house.words, self._house.figures
            shares = [
                words.say(
                    "basket.vat_line",
                    rate=figures.percent(share.rate.basis_points),
                    amount=figures.amount(share.tax),
                )
                for share in basket.vat
                if share.rate.basis_points
            ]
            self._vat = (basket, " · ".join(shares))
        return self._vat[1]


def shown_sale(snapshot: Snapshot) -> Sale | None:
    """Return the sale that belongs on the screen: a paid one goes when the cashier clears it."""
    sale = snapshot.state.sale
    if sale is None or (sale.is_completed and snapshot.around.dismissed_sale == sale.number):
        return None
    return sale
