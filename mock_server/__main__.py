"""`python -m mock_server`: the mock as a program; its first line of output is the URL, once it is ready."""

from __future__ import annotations

import argparse
import ipaddress
import math
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import NoReturn

from akash_nb.money import to_decimal
from mock_server.console import MOCK_API_KEY, MockConsole
from mock_server.fleet import FLEETS
from mock_server.pacing import Pacer
from mock_server.store import open_store


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until interrupted; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        console = MockConsole(
            seed=options.seed,
            dialect=options.dialect,
            fleet=options.fleet,
            api_keys=options.api_key or [MOCK_API_KEY],
            balance_usd=options.balance,
            trial=options.trial,
            store=open_store(options.store),
        )
        from mock_server.server import serve

        server = serve(Pacer(console, options.speed), host=options.host, port=options.port)
    except (OSError, ValueError) as problem:
        print(f"The mock cannot start: {problem}", file=sys.stderr)
        return 1
    told = _told_to_stop()  # before anybody can know the URL
    with server:
        print(server.url, flush=True)
        if not _is_loopback(options.host):
            print("WARNING: other machines can reach this mock; anybody who knows a key can use it.", file=sys.stderr)
        server.wait(told)
    return 0


def _told_to_stop() -> threading.Event:
    """Set by SIGINT or SIGTERM; asked for by name, since shells start their background jobs deaf to SIGINT."""
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    return told


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m mock_server", description="A simulated Akash Console API.")
    parser.add_argument("--host", type=_text, default="127.0.0.1", help="address to listen on (default: local only)")
    parser.add_argument("--port", type=_port, default=0, help="port to listen on (default: any free one)")
    parser.add_argument("--seed", type=int, default=7, help="everything drawn by chance follows from it")
    parser.add_argument("--speed", type=_speed, default=1.0, help="virtual seconds per real second")
    parser.add_argument("--dialect", choices=("live", "guide"), default="live")
    parser.add_argument("--api-key", type=_text, action="append", help="a key to accept; may be repeated")
    parser.add_argument("--fleet", choices=tuple(FLEETS), default="default")
    parser.add_argument("--balance", type=_balance, default="100", help="US dollars in each wallet")
    parser.add_argument("--trial", action="store_true", help="wallets are trial wallets")
    parser.add_argument("--store", help="sqlite:///FILE keeps the world over restarts (default: in memory)")
    return parser


def _text(given: str) -> str:
    if not given.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return given


def _port(given: str) -> int:
    with suppress(ValueError):
        if 0 <= int(given) <= 65_535:
            return int(given)
    raise argparse.ArgumentTypeError(f"{given!r} is no port: expected 0 to 65535")


def _speed(given: str) -> float:
    with suppress(ValueError):
        if 0 < float(given) < math.inf:
            return float(given)
    raise argparse.ArgumentTypeError(f"{given!r} is no speed: expected a number above 0")


def _balance(given: str) -> Decimal:
    with suppress(ValueError):
        if to_decimal(given) >= 0:
            return to_decimal(given)
    raise argparse.ArgumentTypeError(f"{given!r} is no balance: expected US dollars, 0 or more")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


if __name__ == "__main__":
    raise SystemExit(main())
