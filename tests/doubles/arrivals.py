"""Where articles arrive, in memory: each file that was laid ready, and files that are refused."""

from till.engine.article_ports import ArticlesRefused


class MemoryArrivals:
    """The port's `ArticleArrivals`; `refused` are files that never are taken, `is_full` a disk without room."""

    def __init__(self) -> None:
        self.laid: list[bytes] = []
        self.kept = ""
        self.refused: set[bytes] = set()
        self.is_full = False

    def origin(self) -> str:
        return self.kept

    def lay_ready(self, content: bytes, origin: str) -> None:
        if content in self.refused:
            raise ArticlesRefused("line 2: price must be a number", is_for_good=True)
        if self.is_full:
            self.is_full = False
            raise ArticlesRefused("not_written", is_for_good=False)
        self.laid.append(content)
        self.kept = origin
