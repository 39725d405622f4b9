"""The owner's pages: what may be asked on them, and what the workers behind them say. Frozen values that cross threads."""

from datetime import date
from enum import Enum

from msgspec import Struct, field

from till.domain.reconciliation import Reconciliation
from till.domain.secret import Secret


class OwnerPage(Enum):
    """The pages, in their order."""

    STICKERS = "stickers"
    OLD_STICKERS = "old_stickers"
    SETTLEMENT = "settlement"
    UNITS = "units"
    TRIAL = "trial"
    WEBHOOKS = "webhooks"


class Hitch(Struct, frozen=True):
    """Why something was not done: `code` names its words, `at` the field where it is to be put right, if it is one."""

    code: str
    at: str = ""
    figures: dict[str, str] = field(default_factory=dict)


class Done(Struct, frozen=True):
    """What was done last: `code` names its words."""

    code: str
    figures: dict[str, str] = field(default_factory=dict)


# ------------------------------------------------------------------------------------------------ stickers


class CodeKind(Enum):
    """A code that checks customers in, or one that leads to a web page."""

    CALLBACK = "callback"
    REDIRECT = "redirect"


class PrintedCode(Struct, frozen=True):
    """A code of the shop; `text` is its place or its page, `left_s` None where it never ends."""

    kind: CodeKind
    id: str
    text: str
    left_s: int | None = None


class ListCodes(Struct, frozen=True):
    """Read the codes anew."""


class MakeCode(Struct, frozen=True):
    """Make a code that is not there yet; an empty id is this till's own."""

    kind: CodeKind
    id: str
    text: str
    category: str = ""
    days: str = ""


class ChangeCode(Struct, frozen=True):
    """Change what a code says or where it leads; what is printed stays good."""

    kind: CodeKind
    id: str
    text: str
    category: str = ""


class DeleteCode(Struct, frozen=True):
    """Delete a code that is out of use."""

    kind: CodeKind
    id: str


class SaveSheet(Struct, frozen=True):
    """Write stickers as PDF: of one code, or of all that check customers in."""

    id: str
    copies: str
    path: str


class CodesState(Struct, frozen=True):
    """The page of stickers; `codes` is None before they were read."""

    codes: tuple[PrintedCode, ...] | None = None
    is_busy: bool = False
    hitch: Hitch | None = None
    done: Done | None = None


# ------------------------------------------------------------------------------------------------ old stickers


class StickerRow(Struct, frozen=True):
    """One old sticker of a list, and what became of it, or why it is not sent."""

    line: int
    beacon: str
    name: str
    outcome: str
    reasons: tuple[Hitch, ...] = ()


class RunPhase(Enum):
    """How far something long has come."""

    NOTHING = "nothing"
    READY = "ready"
    RUNNING = "running"
    STOPPED = "stopped"
    ENDED = "ended"


class ReadStickers(Struct, frozen=True):
    """Read a list of old stickers, or the report of an earlier run, and say what would be sent."""

    path: str


class TypeSticker(Struct, frozen=True):
    """Take one old sticker instead of a list."""

    beacon: str
    name: str


class StartStickers(Struct, frozen=True):
    """Send what is left of the list."""


class StopStickers(Struct, frozen=True):
    """Stop after the sticker that is under way."""


class StickersState(Struct, frozen=True):
    """The page of old stickers; `source` and `report` are paths."""

    phase: RunPhase = RunPhase.NOTHING
    source: str = ""
    report: str = ""
    rows: tuple[StickerRow, ...] = ()
    hitch: Hitch | None = None


# ------------------------------------------------------------------------------------------------ settlement


class CompareDay(Struct, frozen=True):
    """Compare a day of the journal with the wallet's books."""

    day: date


class SaveDay(Struct, frozen=True):
    """Write the day that was compared as a table or as PDF, whichever the path ends with."""

    path: str


class DayState(Struct, frozen=True):
    """The page of settlements."""

    day: date | None = None
    is_busy: bool = False
    seen: Reconciliation | None = None
    hitch: Hitch | None = None
    done: Done | None = None


# ------------------------------------------------------------------------------------------------ sales units


class ListUnits(Struct, frozen=True):
    """Read the sales units anew."""


class UnitRow(Struct, frozen=True):
    """A sales unit; a right is None where the wallet does not tell, `warnings` name what will not work on this till."""

    msn: str
    name: str
    is_ours: bool
    rights: tuple[tuple[str, bool | None], ...]
    warnings: tuple[str, ...]


class UnitsState(Struct, frozen=True):
    """The page of sales units."""

    units: tuple[UnitRow, ...] | None = None
    is_busy: bool = False
    hitch: Hitch | None = None


# ------------------------------------------------------------------------------------------------ go-live check


class StartTrial(Struct, frozen=True):
    """Try every operation; `customer` is the number of who approves, `waits` whether there is one who does what is asked."""

    customer: Secret | None = None
    waits: bool = False


class StopTrial(Struct, frozen=True):
    """Break the run off: what it has begun is cancelled."""


class SaveTrial(Struct, frozen=True):
    """Write the report as JSON or as PDF, whichever the path ends with."""

    path: str


class TrialRow(Struct, frozen=True):
    """One step as it came out."""

    name: str
    outcome: str
    reference: str
    status: int | None
    found: str


class TrialState(Struct, frozen=True):
    """The page of the go-live check; `asked` names what a person is to do now."""

    phase: RunPhase = RunPhase.NOTHING
    rows: tuple[TrialRow, ...] = ()
    asked: Hitch | None = None
    hitch: Hitch | None = None
    done: Done | None = None


# ------------------------------------------------------------------------------------------------ webhooks


class ListWebhooks(Struct, frozen=True):
    """Read the registrations anew."""


class RegisterWebhook(Struct, frozen=True):
    """Have a public address told of every event of a payment that it is not told of yet."""

    url: str


class DeleteWebhook(Struct, frozen=True):
    """End a registration, and forget its secret."""

    id: str


class WebhookRow(Struct, frozen=True):
    """A registration; without its secret kept here, what it sends cannot be believed. `lacking` counts its URL's events."""

    id: str
    url: str
    events: int
    lacking: int
    is_kept: bool


class WebhooksState(Struct, frozen=True):
    """The page of webhooks."""

    rows: tuple[WebhookRow, ...] | None = None
    is_busy: bool = False
    hitch: Hitch | None = None
    done: Done | None = None


# ------------------------------------------------------------------------------------------------ what only the screen knows


class FormKind(Enum):
    """What is being filled in, or asked."""

    MAKE = "make"
    CHANGE = "change"
    DELETE = "delete"
    SHEET = "sheet"
    ONE_STICKER = "one_sticker"
    TRIAL = "trial"
    WEBHOOK = "webhook"
    WEBHOOK_GONE = "webhook_gone"


class ShowPage(Struct, frozen=True):
    """Turn to a page."""

    page: OwnerPage


class OpenForm(Struct, frozen=True):
    """Open a form, about a code or a registration if there is one."""

    kind: FormKind
    code: PrintedCode | None = None
    code_kind: CodeKind = CodeKind.CALLBACK
    webhook: WebhookRow | None = None


class CloseForm(Struct, frozen=True):
    """Close the form."""


class OwnerShown(Struct, frozen=True):
    """Which page is shown, and which form is open on it."""

    page: OwnerPage = OwnerPage.STICKERS
    form: OpenForm | None = None


PageState = CodesState | StickersState | DayState | UnitsState | TrialState | WebhooksState
