"""`python -m mock_server`: the mock as a program; its first line of output is the URL, once it is ready."""

from __future__ import annotations

import argparse
import ipaddress
import signal
import sys
import threading
from collections.abc import Sequence

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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mock_server", description="A simulated Akash Console API.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any free one)")
    parser.add_argument("--seed", type=int, default=7, help="everything drawn by chance follows from it")
    parser.add_argument("--speed", type=float, default=1.0, help="virtual seconds per real second")
    parser.add_argument("--dialect", choices=("live", "guide"), default="live")
    parser.add_argument("--api-key", action="append", help="a key to accept; may be repeated")
    parser.add_argument("--fleet", choices=tuple(FLEETS), default="default")
    parser.add_argument("--balance", default="100", help="US dollars in each wallet")
    parser.add_argument("--trial", action="store_true", help="wallets are trial wallets")
    parser.add_argument("--store", help="sqlite:///FILE keeps the world over restarts (default: in memory)")
    return parser


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


if __name__ == "__main__":
    raise SystemExit(main())
