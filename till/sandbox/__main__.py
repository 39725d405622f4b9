"""Starts the sandbox: `till sandbox`, or `python -m till.sandbox`."""

import argparse
import asyncio
import json
import socket
import sys
import threading
from dataclasses import asdict

import uvicorn

from till.sandbox.clock import Ids, TurnableClock
from till.sandbox.desk import Desk
from till.sandbox.wire import make_app

DEFAULT_PORT = 8640
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main(argv: list[str]) -> int:
    """Serve until told to stop; return the exit status."""
    options = _parser().parse_args(argv)
    if options.host not in _LOOPBACK:
        print("The sandbox listens on this machine only. Leave --host out, or give 127.0.0.1.", file=sys.stderr)
        return 2
    try:
        listener = socket.create_server((options.host, options.port))
    except OSError:
        print(
            f"Port {options.port} is in use. Stop the program that uses it, or give another with --port.",
            file=sys.stderr,
        )
        return 1
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    desk = Desk(
        clock=TurnableClock(),
        ids=Ids(options.seed),
        base_url=lambda: base_url,
        is_limited=not options.no_rate_limits,
    )
    config = uvicorn.Config(make_app(desk), log_level="critical", access_log=False, lifespan="on", loop="asyncio")
    server = uvicorn.Server(config)
    _announce(desk, base_url, options.market, as_json=options.json)
    if options.until_stdin_closes:
        threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    asyncio.run(server.serve(sockets=[listener]))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="till sandbox", description="The simulated Vipps MobilePay.")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port on loopback; 0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--json", action="store_true", help="print one JSON line with address and keys")
    parser.add_argument("--market", choices=("NO", "DK", "FI"), default="NO")
    parser.add_argument("--seed", type=int, default=None, help="the same seed gives the same ids")
    parser.add_argument("--no-rate-limits", action="store_true")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop when the caller goes away")
    return parser


def _announce(desk: Desk, base_url: str, market: str, *, as_json: bool) -> None:
    unit = next(unit for unit in desk.units if unit.market == market)
    phone_url = f"{base_url}/phone?market={market}"
    if not as_json:
        print(
            f"The sandbox answers at {base_url}\nThe customer's phone: {phone_url}\nSales unit {unit.msn}", flush=True
        )
        return
    line = {
        "base_url": base_url,
        "client_id": unit.client_id,
        "client_secret": unit.client_secret,
        "subscription_key": unit.subscription_key,
        "msn": unit.msn,
        "market": market,
        "phone_url": phone_url,
        "customers": [
            {"name": one.name, "phone_number": one.phone_number, "personal_qr": one.personal_qr}
            for one in desk.customers
            if one.market == market
        ],
        "sales_units": [
            {
                "msn": one.msn,
                "name": one.name,
                "market": one.market,
                "client_id": one.client_id,
                "client_secret": one.client_secret,
                "subscription_key": one.subscription_key,
            }
            for one in desk.units
        ],
        "partner": asdict(desk.partner),
    }
    print(json.dumps(line), flush=True)


def _stop_at_end_of_input(server: uvicorn.Server) -> None:
    while sys.stdin.buffer.read(1024):
        pass
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
