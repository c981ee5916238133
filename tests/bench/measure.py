"""What the benches share: rounds in which all take turns, medians, plain tables, and what a tenant sends."""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from mock_server import MOCK_API_KEY, MockConsole, MockRequest

HEADERS = {"x-api-key": MOCK_API_KEY, "content-type": "application/json"}
BIDS, DEPOSIT, CREATE = "GET /v1/bids", "POST /v1/deposit-deployment", "POST /v1/deployments"

#: Method, target and body of a request; returns the answer's `data`.
Send = Callable[[str, str, Any], Any]


def sdl(amount: int = 1000) -> str:
    """A small web service. For 1 micro-unit per block, and even for 3, nobody bids."""
    return f"""
version: "2.0"
services:
  web: {{image: "nginx:1.27", expose: [{{port: 80, to: [{{global: true}}]}}]}}
profiles:
  compute:
    web: {{resources: {{cpu: {{units: 0.1}}, memory: {{size: 128Mi}}, storage: {{size: 128Mi}}}}}}
  placement:
    dcloud: {{pricing: {{web: {{denom: uakt, amount: {amount}}}}}}}
deployment:
  web: {{dcloud: {{profile: web, count: 1}}}}
"""


def create_body(amount: int = 1000) -> dict[str, Any]:
    """What creates a deployment."""
    return {"data": {"sdl": sdl(amount), "deposit": 5}}


def deposit_body(dseq: str) -> dict[str, Any]:
    """What adds one cent to a deployment."""
    return {"data": {"dseq": dseq, "deposit": 0.01}}


def by_handle(console: MockConsole) -> Send:
    """Sends to the mock itself, past every door."""

    def send(method: str, target: str, body: Any = None) -> Any:
        sent = b"" if body is None else json.dumps(body).encode()
        response = console.handle(MockRequest.from_parts(method, target, HEADERS, sent))
        return _data(method, target, response.status, response.body)

    return send


def by_httpx(client: httpx.Client) -> Send:
    """Sends through an httpx client."""

    def send(method: str, target: str, body: Any = None) -> Any:
        response = client.request(method, target, json=body)
        return _data(method, target, response.status_code, response.content)

    return send


def create(send: Send, amount: int = 1000) -> Any:
    """Open a deployment; its dseq and manifest."""
    return send("POST", "/v1/deployments", create_body(amount))


def bids(send: Send, dseq: str) -> Any:
    """A deployment's bids."""
    return send("GET", f"/v1/bids?dseq={dseq}", None)


def lease(send: Send, manifest: str, dseq: str) -> Any:
    """Accept the first open bid."""
    won = next(entry["bid"]["id"] for entry in bids(send, dseq) if entry["bid"]["state"] == "open")
    chosen = {name: won[name] for name in ("dseq", "gseq", "oseq", "provider")}
    return send("POST", "/v1/leases", {"manifest": manifest, "leases": [chosen]})


def rent(console: MockConsole, send: Send) -> str:
    """A deployment with a lease that runs, which takes 70 virtual seconds; its dseq."""
    made = create(send)
    console.advance(30)
    lease(send, made["manifest"], made["dseq"])
    console.advance(40)
    return str(made["dseq"])


def in_turn(works: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each work returned in each round; they take turns, so that noise hits all. A first round does not count."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            figure = work()
            if turn:
                found[name].append(figure)
    return found


def cpu_us(work: Callable[[], object], calls: int) -> float:
    """Microseconds of processor time that a call takes."""
    start = time.process_time()
    for _ in itertools.repeat(None, calls):
        work()
    return (time.process_time() - start) * 1e6 / calls


def wall_us(work: Callable[[], object]) -> float:
    """Microseconds that one call takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e6


def ratio(these: Sequence[float], those: Sequence[float]) -> float:
    """The median, over the rounds, of how many times larger one figure was than the other."""
    return statistics.median(this / that for this, that in zip(these, those, strict=True))


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below a header, the first column to the left and all others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    print(f"\n{title}")
    for row in (header, *rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        print("  " + "  ".join(cells).rstrip())


def _data(method: str, target: str, status: int, body: bytes) -> Any:
    if not 200 <= status < 300:
        raise RuntimeError(f"{method} {target}: {status} {body[:300]!r}")
    return json.loads(body)["data"]
