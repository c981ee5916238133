"""What the size of a world costs: `python tests/bench/worlds.py`.

Reset, snapshot and restore; and a request of each kind, with ever more deployments and ever more providers. Wall time,
since a store in a file waits for its disk. Virtual time stands still, so nothing happens but the requests.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from heapq import heapify
from pathlib import Path
from typing import Any

import msgspec

from mock_server import MockConsole, SqliteStore, Store
from tests.bench.measure import bids, by_handle, create, deposit_body, in_turn, rent, table, wall_us

SAVED = (1, 100, 1000)
FILED = (1, 10, 100, 1000)
DEPLOYMENTS = (10, 100, 1_000, 10_000, 100_000)
PROVIDERS = (60, 240, 1000, 5000)
GOALS_MS = {"reset": 1, "snapshot": 2, "restore": 8}
BIDS_EACH = 5
ROUNDS = 9
#: Requests of each kind in a round.
CALLS = 5

#: Name of a request -> microseconds that each call of it took.
Times = dict[str, list[float]]


def peopled(deployments: int, *, fleet: Any = "small", store: Store | None = None) -> tuple[MockConsole, str]:
    """A mock with that many leased deployments, five bids each where the fleet is large enough, and one's dseq."""
    console = MockConsole(fleet=fleet, balance_usd=10_000_000, store=store)
    dseq = rent(console, by_handle(console))
    multiply(console, dseq, deployments)
    return console, dseq


def multiply(console: MockConsole, dseq: str, times: int) -> None:
    """Make that many of one deployment, with all that is planned for it.

    The copies are older, by their numbers, and share what is below them. Nothing changes a copy here, and a snapshot
    writes all of each.
    """
    with console.world() as world:
        original = world.deployments[dseq]
        order = original.groups[0].orders[0]
        winner = original.leases[0].provider
        order.bids = sorted(order.bids, key=lambda bid: bid.provider != winner)[:BIDS_EACH]
        while 0 < len(order.bids) < BIDS_EACH:  # the small fleet has fewer bidders
            order.bids.append(msgspec.structs.replace(order.bids[-1], state="lost"))
        planned = [event for event in world.events if event.dseq == dseq]
        for number in range(int(dseq) - times + 1, int(dseq)):
            copy = msgspec.structs.replace(original, dseq=str(number))
            world.deployments[copy.dseq], world.active[copy.dseq] = copy, None
            world.escrowed += copy.escrow.funds
            world.events += [msgspec.structs.replace(event, dseq=copy.dseq, number=world.count()) for event in planned]
        heapify(world.events)


class Requests:
    """Sends requests of each kind to one mock and notes how long they took."""

    def __init__(self, console: MockConsole, dseq: str) -> None:
        self.send, self.dseq, self.times = by_handle(console), dseq, Times()

    def round(self) -> float:
        """Some of each kind; what is created is closed again, so that the world stays as large."""
        made: list[str] = []
        works: Mapping[str, Callable[[], object]] = {
            "create": lambda: made.append(create(self.send)["dseq"]),
            "get": partial(self.send, "GET", f"/v1/deployments/{self.dseq}", None),
            "list 10": partial(self.send, "GET", "/v1/deployments?skip=0&limit=10", None),
            "bids": partial(bids, self.send, self.dseq),
            "deposit": lambda: self.send("POST", "/v1/deposit-deployment", deposit_body(made[-1])),
            "balances": partial(self.send, "GET", "/v1/balances", None),
            "close": lambda: self.send("DELETE", f"/v1/deployments/{made.pop()}", None),
        }
        for name, work in works.items():
            self.times.setdefault(name, []).extend(wall_us(work) for _ in range(CALLS))
        return 0.0


def requests_table(title: str, worlds: Mapping[str, tuple[MockConsole, str]]) -> None:
    """One line per request, one column per world, and how much more the last costs than the first."""
    running = {label: Requests(*world) for label, world in worlds.items()}
    in_turn({label: requests.round for label, requests in running.items()}, ROUNDS)
    rows = []
    for name in next(iter(running.values())).times:
        medians = [statistics.median(requests.times[name]) for requests in running.values()]
        rows.append([name, *(f"{median:.0f}" for median in medians), f"{medians[-1] / medians[0]:.2f}"])
    table(title, ["us per request", *running, "last/first"], rows)


def saving_table(title: str, worlds: Mapping[str, tuple[MockConsole, str]]) -> None:
    """Reset, snapshot and restore, each in milliseconds."""
    rows = []
    for label, (console, _) in worlds.items():
        saved = console.snapshot()
        works: dict[str, Callable[[], object]] = {
            "reset": console.reset,
            "restore": partial(console.restore, saved),
            "snapshot": console.snapshot,
        }
        found = in_turn({name: partial(wall_us, work) for name, work in works.items()}, ROUNDS)
        cells = [f"{statistics.median(found[name]) / 1000:.2f}" for name in GOALS_MS]
        rows.append([label, *cells, f"{len(saved) / 1000:.0f}"])
    goals = " / ".join(f"{name} {ms}" for name, ms in GOALS_MS.items())
    header = ["deployments", *(f"{name} ms" for name in GOALS_MS), "snapshot kB"]
    table(f"{title}   goal at 1000: <= {goals} ms", header, rows)


def with_providers(counts: Iterable[int]) -> dict[str, tuple[MockConsole, str]]:
    """Mocks with that many providers; says which cannot be had, and how long the others took."""
    worlds: dict[str, tuple[MockConsole, str]] = {}
    fleets: dict[str, Any] = {"small": "small", "default": "default"} | {str(count): count for count in counts}
    print()
    for label, fleet in fleets.items():
        start = time.perf_counter()
        try:
            worlds[label] = peopled(10, fleet=fleet)
        except (LookupError, TypeError, ValueError) as problem:
            print(f"  no fleet {label}: {problem}")
        else:
            print(f"  fleet {label}: made, and its first deployment leased, in {time.perf_counter() - start:.2f} s")
    return worlds


def main() -> int:
    saving_table("in memory", {str(count): peopled(count) for count in SAVED})
    start = time.perf_counter()
    by_size = {f"{count:,}": peopled(count) for count in DEPLOYMENTS}
    print(f"\n  worlds built in {time.perf_counter() - start:.1f} s")
    requests_table("in memory, by deployments, fleet small   goal: last/first about 1", by_size)
    by_size.clear()
    requests_table("in memory, by providers, 10 deployments   goal: all but create about 1", with_providers(PROVIDERS))
    with tempfile.TemporaryDirectory() as folder:
        stores = {count: SqliteStore(Path(folder) / f"{count}.db") for count in FILED}
        filed = {str(count): peopled(count, store=store) for count, store in stores.items()}
        saving_table("in an SQLite file", filed)
        requests_table("in an SQLite file, by deployments, fleet small   goal: none", filed)
        for store in stores.values():
            store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
