"""What happens when our own code fails in the windows: it is logged, shown, and the window lives on."""

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

#: What a platform without a screen says of every window.
_CHATTER = ("This plugin does not support propagateSizeHints()",)

log = logging.getLogger("till.ui")


def watch(shown: Callable[[], None]) -> Callable[[], None]:
    """Send every exception that nobody caught, and Qt's own warnings, to the log; `shown` tells the cashier.

    Return what ends the watch.
    """
    before = sys.excepthook, threading.excepthook

    def failed(kind: type[BaseException], _: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.exit(130)
        # The type and the place, never the text: it may hold what somebody typed.
        log.error("program error", extra={"error": kind.__name__, "place": _place(trace)})
        shown()

    def thread_failed(args: threading.ExceptHookArgs) -> None:
        place = _place(args.exc_traceback)
        log.error("program error in a thread", extra={"error": args.exc_type.__name__, "place": place})

    def end() -> None:
        sys.excepthook, threading.excepthook = before
        qInstallMessageHandler(None)

    sys.excepthook = failed
    threading.excepthook = thread_failed
    qInstallMessageHandler(_qt_said)
    return end


def _place(trace: TracebackType | None) -> str:
    place = ""
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _qt_said(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    is_chatter = kind is QtMsgType.QtDebugMsg or message in _CHATTER
    level = logging.DEBUG if is_chatter else logging.WARNING
    log.log(level, "qt", extra={"said": message[:200], "category": context.category})
