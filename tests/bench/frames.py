"""What 10,000 bids cost on their way from JSON to a DataFrame: `python tests/bench/frames.py`.

Milliseconds of processor time, and how many times that of `json.loads` of the same text. All works take turns, and
no garbage is collected meanwhile.
`everything` is what `session.bids().frame()` does with the parsed answers: records, the join with the providers'
records, the order, and the frame.
"""

from __future__ import annotations

import copy
import gc
import itertools
import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pandas as pd

from akash_nb.bids import Bids
from akash_nb.client.call import Call
from akash_nb.flows.bids import BidReader
from akash_nb.flows.context import Context
from akash_nb.journal import Journal
from akash_nb.models import Bid
from akash_nb.sdl import scaffold
from mock_server import MockConsole, MockRequest
from tests.bench.measure import HEADERS, bids, by_handle, cpu_us, in_turn, ratio, table

BIDS = 10_000
ROUNDS = 9
GOAL = 5


@dataclass(frozen=True)
class Market:
    """Answers of the service as text: a deployment, 10,000 bids on it, and those who made them."""

    deployment: str
    bids: str
    providers: str

    def load(self) -> tuple[Any, Any, Any]:
        """All parsed."""
        return json.loads(self.deployment), json.loads(self.bids), json.loads(self.providers)


def market(*, own_providers: bool) -> Market:
    """What the mock answers about a web server and a model with a GPU, over and over with other prices.

    Args:
        own_providers: Every bid is a provider's own, in place of a whole fleet that bids again and again.
    """
    console = MockConsole(balance_usd=1_000)
    send = by_handle(console)
    made = [send("POST", "/v1/deployments", {"data": {"sdl": scaffold(name), "deposit": 5}}) for name in ("web", "gpu")]
    console.advance(60)
    patterns = [entry for one in made for entry in bids(send, one["dseq"])]
    response = console.handle(MockRequest.from_parts("GET", "/v1/providers", HEADERS))
    known = {provider["owner"]: provider for provider in json.loads(response.body)}
    entries, providers = [], dict(known)
    for number, pattern in zip(range(BIDS), itertools.cycle(patterns)):
        entry = copy.deepcopy(pattern)
        entry["bid"]["id"]["oseq"] = number + 1
        entry["bid"]["price"]["amount"] = f"{float(pattern['bid']['price']['amount']) + number / 1000:.18f}"
        if own_providers:
            owner = entry["bid"]["id"]["provider"]
            entry["bid"]["id"]["provider"] = address = f"{owner}{number}"
            providers[address] = known[owner] | {"owner": address, "hostUri": f"https://p{number}.example:8443"}
        entries.append(entry)
    deployment = send("GET", f"/v1/deployments/{made[0]['dseq']}", None)
    return Market(*(json.dumps(answer) for answer in (deployment, entries, list(providers.values()))))


def read(answers: tuple[Any, Any, Any]) -> Bids:
    """What the reader of bids makes of answers that are parsed JSON."""
    deployment, entries, listed = answers
    by_address = {provider["owner"]: provider for provider in listed}
    now = datetime(2026, 1, 5, 12, 1, tzinfo=UTC)
    context = Context(Journal(None, "bench"), lambda: now)
    flow = BidReader(context, deployment["deployment"]["id"]["dseq"], (1,), is_mock=True).read()

    def answer(step: Any) -> Any:
        assert isinstance(step, Call)
        match step.operation:
            case "getDeployment":
                return step.parse(deployment)
            case "listBids":
                return step.parse(entries)
            case _:
                return step.parse([by_address[address] for address in step.params["addresses"].split(",")])

    step = next(flow)
    while True:
        try:
            step = flow.send(answer(step))
        except StopIteration as stop:
            found: Bids = stop.value
            return found


def show(name: str, answers: Market) -> None:
    """One table: each work in milliseconds and beside `json.loads`."""
    parsed = answers.load()
    found = read(parsed)
    works: dict[str, Callable[[], object]] = {
        "json.loads": answers.load,
        "pandas.json_normalize": lambda: pd.json_normalize(parsed[1]),
        "records (Bid.from_wire)": lambda: [Bid.from_wire(entry) for entry in parsed[1]],
        "records, joined and in order": lambda: read(parsed),
        "frame of these (Bids.frame)": found.frame,
        "everything": lambda: read(parsed).frame(),
    }
    times = in_turn({label: partial(cpu_us, work, 1) for label, work in works.items()}, ROUNDS)
    rows = []
    for label, figures in times.items():
        beside = ratio(figures, times["json.loads"])
        rows.append([label, f"{statistics.median(figures) / 1000:.0f}", f"{min(figures) / 1000:.0f}", f"{beside:.2f}"])
    size = sum(map(len, (answers.deployment, answers.bids, answers.providers))) / 1e6
    table(
        f"{len(found):,} bids {name}, {size:.1f} MB   goal: everything < {GOAL} x json.loads   ({ROUNDS} rounds)",
        ["work", "CPU ms (median)", "least", "x json.loads"],
        rows,
    )


def main() -> int:
    gc.disable()  # else a work is charged for going through what the others hold
    show("of one fleet", market(own_providers=False))
    show("of as many providers", market(own_providers=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
