"""The floor of the hub's rate: an endpoint that only stores. `python -m benchmarks.bare_store FILE [POSTGRES]` says its port."""

import asyncio
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable

import psycopg_pool
import uvicorn
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def sqlite_store(path: str) -> Callable[[bytes], None]:
    """Return what stores a body in a file, synced."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("create table if not exists body (number integer primary key, content blob)")
    turn = threading.Lock()

    def store(body: bytes) -> None:
        with turn:
            connection.execute("insert into body (content) values (?)", (body,))

    return store


def postgres_store(address: str) -> Callable[[bytes], None]:
    """Return what stores a body in PostgreSQL."""
    pool = psycopg_pool.ConnectionPool(address, min_size=1, max_size=8, open=True)
    with pool.connection() as connection:
        connection.execute("create table if not exists body (number bigserial primary key, content bytea)")

    def store(body: bytes) -> None:
        with pool.connection() as connection:
            connection.execute("insert into body (content) values (%s)", (body,))

    return store


def main() -> None:
    """Say the port, and serve until stopped."""
    path, *address = sys.argv[1:]
    store = postgres_store(address[0]) if address else sqlite_store(path)

    async def take(request: Request) -> Response:
        await run_sync(store, await request.body())
        return Response()

    app = Starlette(routes=[Route("/store", take, methods=["POST"])])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
    asyncio.run(server.serve(sockets=[listener]))


if __name__ == "__main__":
    main()
