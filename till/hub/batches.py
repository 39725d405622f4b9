"""Many small writes that wait at once, made in one transaction: each is answered only when all of them are on the disk."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from anyio.to_thread import run_sync

from till.hub.database import Database, DatabaseUnavailable, Transaction

T = TypeVar("T")
BATCH_MOST = 64


class Batches(Generic[T]):
    """Gathers what arrives while a transaction is under way; `write` writes one piece, and may be called again for it."""

    def __init__(self, database: Database, write: Callable[[Transaction, T], bool]) -> None:
        self._database = database
        self._write = write
        self._waiting: list[tuple[T, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def put(self, piece: T) -> bool:
        """Return what `write` said of a piece, once it is kept; raise DatabaseUnavailable."""
        said: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((piece, said))
        if self._writing is None or self._writing.done():
            # A task of its own: one whose caller has gone away must not leave the others waiting.
            self._writing = asyncio.create_task(self._write_waiting())
        return await said

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_MOST], self._waiting[BATCH_MOST:]
            try:
                answers = await run_sync(self._database.write, self._writer([piece for piece, _ in batch]))
            except DatabaseUnavailable as error:
                for _, said in batch:
                    if not said.done():
                        said.set_exception(error)
            else:
                for (_, said), answer in zip(batch, answers, strict=True):
                    if not said.done():
                        said.set_result(answer)

    def _writer(self, pieces: list[T]) -> Callable[[Transaction], list[bool]]:
        return lambda transaction: [self._write(transaction, piece) for piece in pieces]
