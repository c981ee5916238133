"""`python -m mock_server`: the mock as a program; its first line of output is the URL, once it is ready."""

from __future__ import annotations

import argparse
import ipaddress
import math
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NoReturn

from akash_nb.money import to_decimal
from mock_server.console import MOCK_API_KEY, MockConsole
from mock_server.doors.pacing import Pacer
from mock_server.mock import Mock
from mock_server.supply.fleet import resolve
from mock_server.supply.sizes import FLEETS
from mock_server.world.store import open_store


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until interrupted; returns the exit status."""
    options = _parsed(arguments)
    try:
        from mock_server.doors.server import serve

        server = serve(_mock(options), host=options.host, port=options.port)
    except (OSError, ValueError) as problem:
        print(f"The mock cannot start: {_in_words(problem)}", file=sys.stderr)
        return 1
    told = _told_to_stop()  # before anybody can know the URL
    with server:
        print(server.url, flush=True)
        if not _is_loopback(options.host):
            print("WARNING: other machines can reach this mock; anybody who knows a key can use it.", file=sys.stderr)
        server.wait(told)
    return 0


def _mock(options: argparse.Namespace) -> Mock:
    """What shall answer: a recording, or a mock in paced time, recorded or not.

    Raises:
        OSError, ValueError: Something that was asked for cannot be had.
    """
    if options.replay:
        from mock_server.recording.replay import Replay

        return Replay(options.replay)
    given = {name: getattr(options, name) for name in _TOLD if getattr(options, name) is not None}
    given |= {"api_keys": options.api_key or [MOCK_API_KEY], "store": open_store(options.store)}
    console = MockConsole.from_scenario(options.scenario, **given) if options.scenario else MockConsole(**given)
    pacer = Pacer(console, options.speed)
    if not options.record:
        return pacer
    from mock_server.recording.recorder import Recorder

    return Recorder(pacer, options.record)


def _in_words(problem: OSError | ValueError) -> str:
    """What is wrong, without the number that the system has for it."""
    if not isinstance(problem, OSError) or not problem.strerror:
        return str(problem)
    return f"{problem.filename}: {problem.strerror}" if problem.filename else problem.strerror


def _told_to_stop() -> SimpleQueue[int]:
    """Gets the number of a signal, SIGINT or SIGTERM; a queue, since a handler may interrupt whoever waits for it.

    Asked for by name, since shells start their background jobs deaf to SIGINT.
    """
    told: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: told.put(number))
    return told


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


#: Options of `MockConsole` that a scenario may set; on the command line they win over it.
_TOLD = ("seed", "dialect", "fleet", "market", "balance_usd", "trial", "default_deposit_usd")


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; the program ends here when they are wrong or contradict each other."""
    parser = _parser()
    options = parser.parse_args(arguments)
    told = [name for name, value in vars(options).items() if value != parser.get_default(name)]
    if options.replay and (others := set(told) - {"replay", "host", "port"}):
        names = ", ".join(f"--{name.removesuffix('_usd').replace('_', '-')}" for name in sorted(others))
        parser.error(f"--replay answers from its file alone, so it does not go with {names}")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m mock_server", description="A simulated Akash Console API.")

    def add(name: str, about: str, **options: Any) -> None:
        parser.add_argument(name, help=about, **options)

    add("--host", "address to listen on (default: local only)", type=_text, default="127.0.0.1")
    add("--port", "port to listen on (default: any free one)", type=_port, default=0)
    add("--seed", "everything drawn by chance follows from it (default: 7)", type=int)
    add("--speed", "virtual seconds per real second (default: 1)", type=_speed, default=1.0)
    add("--dialect", "the service as it is, or as its published guide has it", choices=("live", "guide"))
    about_keys = f"a key to accept, with a wallet of its own; may be repeated (default: {MOCK_API_KEY})"
    add("--api-key", about_keys, type=_text, action="append")
    add("--fleet", f"{', '.join(FLEETS)}, a number of providers, or a YAML file", type=_fleet)
    add("--market", "for each key its own, or one in which all compete", choices=("own", "shared"))
    add("--balance", "US dollars in each wallet (default: 100)", type=_balance, dest="balance_usd")
    add("--trial", "wallets are trial wallets", action="store_true", default=None)
    about = "US dollars that every create deposits, whatever it asks for, as the service does since August 2026"
    add("--default-deposit", about, type=_balance, dest="default_deposit_usd")
    add("--scenario", "a scenario by name, or its YAML file; other options win over it", type=_scenario)
    add("--store", "sqlite:///FILE keeps the worlds over restarts (default: in memory)")
    add("--record", "write all requests and answers into this file, without keys", type=Path)
    add("--replay", "answer from such a file, instead of a simulated market", type=Path)
    return parser


def _text(given: str) -> str:
    if not given.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return given


def _fleet(given: str) -> str:
    try:
        return resolve(given)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def _scenario(given: str) -> Any:
    from mock_server.scenario import load  # reads YAML, which few starts need

    try:
        return load(given)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


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
