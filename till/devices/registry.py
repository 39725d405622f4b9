"""The kinds of readers, in one table; a new kind is one line here and a file of its own."""

from collections.abc import Callable, Mapping

from till.devices.serial_scanner import SerialOptions, SerialScanner
from till.engine.ports import Reader

READERS: Mapping[type, Callable[[SerialOptions], Reader]] = {
    SerialOptions: SerialScanner,
}


def make_reader(options: SerialOptions) -> Reader:
    """Return a reader of the kind that its options say."""
    return READERS[type(options)](options)
