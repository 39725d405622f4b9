"""Money, quantities and times as text; the only place where an amount becomes text."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo

from till.domain.catalogue import Unit
from till.domain.money import Currency, Money
from till.presentation.words import Words

#: A moment that somebody remembers is looked for so long before and after it.
AROUND_A_MOMENT = timedelta(minutes=15)
#: Digits of a day, of a day and an hour, of a day and a minute.
_DAY, _HOUR, _MINUTE = 4, 6, 8
#: A 29 February is at most so many years ago.
_YEARS_BACK = 9


class Figures:
    """Writes figures the way one language does, in one shop's time zone."""

    def __init__(self, words: Words, zone: tzinfo | None = None) -> None:
        self._zone = zone
        self._decimal = words.say("figures.decimal")
        self._thousands = words.say("figures.thousands")
        self._words = words
        self._with_currency = {currency: words.say(f"figures.{currency.value}", amount="\0") for currency in Currency}

    @property
    def decimal(self) -> str:
        """The sign between whole units and parts."""
        return self._decimal

    def amount(self, money: Money) -> str:
        """Return `1 234,50`, with a minus sign in front of a negative amount."""
        whole, part = divmod(abs(money.minor), 100)
        sign = "−" if money.minor < 0 else ""
        return f"{sign}{whole:,}".replace(",", self._thousands) + f"{self._decimal}{part:02}"

    def money(self, money: Money) -> str:
        """Return the amount with its currency, as `487,12 kr`."""
        return self._with_currency[money.currency].replace("\0", self.amount(money))

    def currency(self, currency: Currency) -> str:
        """Return the currency's sign alone, as `kr`."""
        return self._with_currency[currency].replace("\0", "").strip()

    def quantity(self, thousandths: int, unit: Unit) -> str:
        """Return `2` for pieces, `0,412 kg` by weight."""
        if unit is Unit.PIECE:
            return str(thousandths // 1000)
        whole, part = divmod(thousandths, 1000)
        return self._words.say("figures.kg", amount=f"{whole}{self._decimal}{part:03}")

    def percent(self, basis_points: int) -> str:
        """Return a tax rate without its sign, as `25` or `25,5`."""
        whole, part = divmod(basis_points, 100)
        return str(whole) if part == 0 else f"{whole}{self._decimal}{part:02}".rstrip("0")

    def clock(self, at: datetime) -> str:
        """Return the shop's time as `14:32`."""
        return f"{at.astimezone(self._zone):%H:%M}"

    def second(self, at: datetime) -> str:
        """Return the shop's time as `14:32:51`."""
        return f"{at.astimezone(self._zone):%H:%M:%S}"

    def day_and_time(self, at: datetime) -> str:
        """Return the shop's date and time as `21.11.2026 14:32:51`."""
        return f"{at.astimezone(self._zone):%d.%m.%Y %H:%M:%S}"

    def written_moment(self, digits: str) -> str:
        """Return typed digits as a day and a time, as far as they go: `21.11. 14:32`."""
        day, month, hour, minute = (digits[place : place + 2] for place in (0, 2, 4, 6))
        date = f"{day}.{month}" if month else day
        time = f"{hour}:{minute}" if minute else hour
        return f"{date}. {time}" if time else date

    def span_of(self, digits: str, now: datetime) -> tuple[datetime, datetime] | None:
        """Return from when to when typed digits reach, in the newest year that fits: a day, an hour, or about a minute."""
        if len(digits) not in (_DAY, _HOUR, _MINUTE):
            return None
        today = now.astimezone(self._zone)
        day, month, hour, minute = (int(digits[place : place + 2] or 0) for place in (0, 2, 4, 6))
        for year in range(today.year, today.year - _YEARS_BACK, -1):
            with suppress(ValueError):
                begin = today.replace(
                    year=year, month=month, day=day, hour=hour, minute=minute, second=0, microsecond=0
                )
                if begin.date() <= today.date():
                    return _span(begin, len(digits))
        return None

    def time_of(self, at: datetime, day: datetime) -> str:
        """Return the shop's time as `14:32:51` if it is of that day, else with its date."""
        is_same_day = at.astimezone(self._zone).date() == day.astimezone(self._zone).date()
        return self.second(at) if is_same_day else self.day_and_time(at)

    def until(self, at: datetime, now: datetime) -> str:
        """Return the shop's time as `14:32` if it is today, else as `22.11. 14:32`."""
        at, now = at.astimezone(self._zone), now.astimezone(self._zone)
        return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%d.%m. %H:%M}"

    def file_stamp(self, at: datetime) -> str:
        """Return the shop's date and time as a part of a file's name: `20261121-143251`."""
        return f"{at.astimezone(self._zone):%Y%m%d-%H%M%S}"

    def countdown(self, left: timedelta) -> str:
        """Return `8:24`, never below nothing."""
        minutes, seconds = divmod(max(0, int(left.total_seconds())), 60)
        return f"{minutes}:{seconds:02}"

    def duration(self, left: timedelta) -> str:
        """Return `8 min 24 s`, never below nothing."""
        minutes, seconds = divmod(max(0, int(left.total_seconds())), 60)
        if minutes:
            return self._words.say("figures.minutes", minutes=str(minutes), seconds=str(seconds))
        return self._words.say("figures.seconds", seconds=str(seconds))


def _span(begin: datetime, digits: int) -> tuple[datetime, datetime]:
    """Return the day, the hour or the time around the minute that begins here, in UTC."""
    if digits == _MINUTE:
        moment = begin.astimezone(UTC)
        return moment - AROUND_A_MOMENT, moment + AROUND_A_MOMENT
    long = timedelta(days=1) if digits == _DAY else timedelta(hours=1)
    return begin.astimezone(UTC), (begin + long).astimezone(UTC)


def plain_amount(money: Money) -> str:
    """Return `-1234.50`, for commands and for files that other programs read."""
    whole, part = divmod(abs(money.minor), 100)
    return f"{'-' if money.minor < 0 else ''}{whole}.{part:02}"
