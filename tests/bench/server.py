"""How fast the mock is as a server: `python tests/bench/server.py`. Linux only: it reads /proc.

Requests per second with keep-alive connections, start, memory; beside the least that the same uvicorn can do, FastAPI
in two manners, and Prism when `prism` is on PATH and the published schema beside this repository. All servers run at
once and are loaded in turn, so that noise hits all alike; ratios say more than figures.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mock_server import MOCK_API_KEY, MockConsole, serve
from tests.bench.load import ask_all, encoded, forever
from tests.bench.measure import (
    BIDS,
    CREATE,
    DEPOSIT,
    HEADERS,
    by_handle,
    create,
    create_body,
    deposit_body,
    ratio,
    table,
)
from tests.bench.running import DSEQ, Server

HERE = Path(__file__).resolve().parent
SCHEMA = HERE.parents[2] / "shared" / "contract" / "openapi.json"
GOALS = {BIDS: 6000, DEPOSIT: 5000, CREATE: 5000}
STARTS = 3
#: Each deposit makes the answer about its deployment longer, so they are spread over many.
TARGETS = 1000
#: Of ours: the last bid arrives after five blocks of 6 s.
SPEED, BIDS_S = 6, 31


def servers(folder: Path) -> list[Server]:
    """All that can be measured here: the floor first, then ours, then the others."""
    canned = folder / "canned.json"
    canned.write_text(json.dumps(canned_answers()))
    http, loop = uvicorn_settings()

    def peer(name: str, app: str) -> Server:
        return Server(name, [sys.executable, str(HERE / "peers.py"), app, "PORT", str(canned), http, loop])

    def ours(fleet: str) -> Server:
        command = [sys.executable, "-m", "mock_server", "--port", "PORT", "--api-key", MOCK_API_KEY]
        command += ["--balance", "1000000000", "--speed", str(SPEED), "--fleet", fleet]
        return Server(f"ours, fleet {fleet}", command, ours=True)

    found = [peer("raw ASGI (floor)", "floor"), ours("small"), ours("default")]
    found += [peer("FastAPI minimal", "minimal"), peer("FastAPI, models, 2 middlewares", "models")]
    prism = shutil.which("prism")
    if prism and SCHEMA.is_file():
        document = folder / "openapi.json"
        document.write_text(SCHEMA.read_text().replace('"^d+$"', '"^\\\\d+$"'))
        command = [prism, "mock", "-h", "127.0.0.1", "-p", "PORT", "-v", "error", str(document)]
        found.append(Server("Prism", command))
    return found


def canned_answers() -> dict[str, str]:
    """What ours answers with the default fleet, for the others to be as long."""
    console = MockConsole()
    send = by_handle(console)
    dseq = create(send)["dseq"]
    console.advance(BIDS_S)
    return {
        CREATE: json.dumps({"data": create(send)}),
        BIDS: json.dumps({"data": send("GET", f"/v1/bids?dseq={dseq}", None)}),
        DEPOSIT: json.dumps({"data": send("POST", "/v1/deposit-deployment", deposit_body(dseq))}),
    }


def uvicorn_settings() -> tuple[str, str]:
    """The protocol and the loop that our server asks of uvicorn, as uvicorn's own options."""
    config: Any = serve(MockConsole())._server.config
    config.load()
    print(f"uvicorn with http={config.http} ({config.http_protocol_class.__name__}), loop={config.loop}")
    return tuple(  # type: ignore[return-value]
        setting if isinstance(setting, str) else f"{setting.__module__}:{setting.__qualname__}"
        for setting in (config.http, config.loop)
    )


def prepare(all_servers: list[Server]) -> None:
    """Give ours a deployment whose bids have arrived; to the others every number is the same."""
    for server in all_servers:
        dseq = DSEQ
        if server.ours:
            (made,) = ask_all(server.port, [encoded("POST", "/v1/deployments", HEADERS, create_body())])
            dseq = made["dseq"]
        server.requests[BIDS] = forever([encoded("GET", f"/v1/bids?dseq={dseq}", HEADERS)])
        server.requests[CREATE] = forever([encoded("POST", "/v1/deployments", HEADERS, create_body())])
    time.sleep(BIDS_S / SPEED)


def prepare_deposits(all_servers: list[Server]) -> None:
    """Give ours deployments to put money into; no provider bids on them, so nothing else happens meanwhile."""
    request = encoded("POST", "/v1/deployments", HEADERS, create_body(amount=1))
    for server in all_servers:
        dseqs = [DSEQ]
        if server.ours:
            dseqs = [made["dseq"] for made in ask_all(server.port, [request] * TARGETS)]
        bodies = [encoded("POST", "/v1/deposit-deployment", HEADERS, deposit_body(dseq)) for dseq in dseqs]
        server.requests[DEPOSIT] = forever(bodies)


def measure(all_servers: list[Server], options: argparse.Namespace) -> None:
    """Start all in turn, some times; then load all in turn. A first round does not count."""
    for again in range(STARTS):
        for server in all_servers:
            server.start()
            if again < STARTS - 1:
                server.stop()
    for server in all_servers:
        server.note_memory()
    prepare(all_servers)
    _load_all(all_servers, BIDS, options)
    prepare_deposits(all_servers)
    _load_all(all_servers, DEPOSIT, options)
    for server in all_servers:
        server.note_memory()
    _load_all(all_servers, CREATE, options)
    for server in all_servers:
        server.note_memory()


def _load_all(all_servers: list[Server], what: str, options: argparse.Namespace) -> None:
    for _ in range(options.rounds + 1):
        for server in all_servers:
            server.run(what, options.seconds, options.connections)


def show_rates(all_servers: list[Server], what: str) -> None:
    """One line per server for one request."""
    floor, prism = all_servers[0], next((server for server in all_servers if server.name == "Prism"), None)
    rows = []
    for server in all_servers:
        rates, rounds = server.rates(what), server.loads[what][1:]
        answers = sum(done.answers for done, _ in rounds)
        seconds, cpu = sum(done.seconds for done, _ in rounds), sum(cpu for _, cpu in rounds)
        rows.append(
            [
                server.name,
                f"{statistics.median(rates):.0f}",
                f"{min(rates):.0f}-{max(rates):.0f}",
                f"{ratio(rates, floor.rates(what)):.2f}",
                f"{ratio(rates, prism.rates(what)):.1f}" if prism else "-",
                str(rounds[-1][0].size),
                f"{cpu * 1e6 / answers:.0f}",
                f"{cpu / seconds:.0%}",
                f"{sum(done.own_cpu for done, _ in rounds) / seconds:.0%}",
                str(sum(done.refused for done, _ in rounds)),
            ]
        )
    header = [
        "server",
        "per s",
        "range",
        "x floor",
        "x Prism",
        "bytes",
        "CPU us each",
        "its CPU",
        "generator",
        "refused",
    ]
    table(f"{what}   goal for ours: >= {GOALS[what]} per s", header, rows)


def show_rest(all_servers: list[Server]) -> None:
    """Start and memory."""
    rows = [
        [
            server.name,
            f"{statistics.median(server.starts):.2f}",
            *(f"{mb:.0f}" for mb in server.memory),
            f"{server.answers():,}",
        ]
        for server in all_servers
    ]
    header = ["server", "start s", "RSS MB idle", "after GETs and deposits", "after creates", "answers in all"]
    table("start to first 200   goal: <= 0.30 s; memory   goal: <= 45 MB idle, <= 60 MB after", header, rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.25, help="of each load")
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        found = servers(Path(folder))
        for server in found:
            stack.callback(server.stop)
        measure(found, options)
    print(f"{options.connections} connections; medians of {options.rounds} rounds of {options.seconds:g} s in turn")
    for what in GOALS:
        show_rates(found, what)
    show_rest(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
