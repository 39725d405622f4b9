"""Where this till's things are on this machine."""

from pathlib import Path

from msgspec import Struct


class Folders(Struct, frozen=True):
    """The folder of one till's data, and what stands in it.

    `mark`, how far the journal had come, lies outside: who puts an older copy of the whole folder back is noticed. A demo
    has none.
    """

    data: Path
    mark: Path | None = None

    @property
    def journal(self) -> Path:
        """The journal."""
        return self.data / "journal.db"

    @property
    def articles(self) -> Path:
        """The article store."""
        return self.data / "articles.db"

    @property
    def receipts(self) -> Path:
        """Receipts as PDF."""
        return self.data / "receipts"

    @property
    def support(self) -> Path:
        """Files for support."""
        return self.data / "support"

    @property
    def log(self) -> Path:
        """The log."""
        return self.data / "till.log"


def settings_file() -> Path:
    """Return where the settings file is looked for when no other is named."""
    import platformdirs  # only when it is asked for: the till usually is told where its file is

    return Path(platformdirs.user_config_dir("till", appauthor=False)) / "till.toml"


def data_folder(stated: str, till: str) -> Folders:
    """Return the folders of a till: where the settings say, or the system's own place for data."""
    if stated:
        return _marked(Path(stated))
    import platformdirs

    return _marked(Path(platformdirs.user_data_dir("till", appauthor=False)) / till)


def _marked(data: Path) -> Folders:
    data = data.absolute()
    return Folders(data, data.parent / f"{data.name}.mark")
