"""What a call costs in process, and how many whole lifecycles fit into a second: `python tests/bench/in_process.py`.

Microseconds of processor time per call, one client, no socket, virtual time standing still. The floor is httpx itself
with canned bytes; what is above it is the mock and its door.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import httpx

from mock_server import MOCK_API_KEY, MockConsole, MockRequest, respx_router
from mock_server.doors.respx_router import CONSOLE_URL
from mock_server.routes import ROUTES
from tests.bench.measure import (
    HEADERS,
    Send,
    bids,
    by_handle,
    by_httpx,
    cpu_us,
    create,
    deposit_body,
    in_turn,
    lease,
    ratio,
    table,
)

ROUNDS, CALLS = 7, 100
TARGETS = 100
LIFECYCLES, LIFECYCLE_ROUNDS = 10, 5
GOAL_US, GOAL_LIFECYCLES = 300, 100


class Scene:
    """A mock with a deployment that has bids, and others to put money into; and what is asked of it."""

    def __init__(self, fleet: str = "default") -> None:
        self.console = MockConsole(fleet=fleet, balance_usd=1_000_000)
        send = by_handle(self.console)
        dseq = create(send)["dseq"]
        # Each deposit makes the answer about its deployment longer, so they are spread over many.
        dseqs = [create(send, amount=1)["dseq"] for _ in range(TARGETS)]
        self.console.advance(31)
        self.bids_target = f"/v1/bids?dseq={dseq}"
        self.count = len(bids(send, dseq))
        self._bodies = itertools.cycle([json.dumps(deposit_body(dseq)).encode() for dseq in dseqs])

    def deposit(self) -> bytes:
        """The body of the next deposit."""
        return next(self._bodies)

    def canned(self, method: str, target: str, body: bytes = b"") -> httpx.MockTransport:
        """Always this request's answer, as bytes and without the mock."""
        answer = self.console.handle(MockRequest.from_parts(method, target, HEADERS, body))
        return httpx.MockTransport(lambda _: httpx.Response(answer.status, headers=answer.headers, content=answer.body))


Work = Callable[[], object]
AsyncWork = Callable[[], Awaitable[object]]


def sync_works(scene: Scene, small: Scene, stack: contextlib.ExitStack) -> dict[str, Work]:
    """One call each; the floors first."""

    def client(transport: httpx.BaseTransport | None) -> httpx.Client:
        made = httpx.Client(transport=transport, base_url=CONSOLE_URL, headers=HEADERS)
        return stack.enter_context(made)

    deposit = "/v1/deposit-deployment"
    works: dict[str, Work] = {
        "floor: httpx, canned bids": partial(client(scene.canned("GET", scene.bids_target)).get, scene.bids_target),
    }
    floor = client(scene.canned("POST", deposit, scene.deposit()))
    works["floor: httpx, canned deposit"] = lambda: floor.post(deposit, content=scene.deposit())
    plain, little = client(scene.console.transport()), client(small.console.transport())
    stack.enter_context(respx_router(scene.console))
    patched = client(None)
    handle = scene.console.handle
    works["handle, bids"] = lambda: handle(MockRequest.from_parts("GET", scene.bids_target, HEADERS))
    works["handle, deposit"] = lambda: handle(MockRequest.from_parts("POST", deposit, HEADERS, scene.deposit()))
    works[f"transport, bids of the small fleet ({small.count})"] = partial(little.get, small.bids_target)
    for name, http in (("transport", plain), ("respx", patched)):
        works[f"{name}, bids"] = partial(http.get, scene.bids_target)
        works[f"{name}, deposit"] = partial(_deposit, http, deposit, scene)
        works[f"{name}, an early route (/v1/deployments?limit=1&skip=0)"] = partial(
            http.get, "/v1/deployments?limit=1&skip=0"
        )
        works[f"{name}, the last route (/status)"] = partial(http.get, "/status")
        works[f"{name}, no route"] = partial(http.get, "/nowhere")
    return works


def _deposit(http: httpx.Client, path: str, scene: Scene) -> object:
    return http.post(path, content=scene.deposit())


def async_works(scene: Scene, made: list[httpx.AsyncClient]) -> dict[str, AsyncWork]:
    """One awaitable call each; the clients that were made for them go into a list."""

    def client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
        made.append(httpx.AsyncClient(transport=transport, base_url=CONSOLE_URL, headers=HEADERS))
        return made[-1]

    floor, ours = client(scene.canned("GET", scene.bids_target)), client(scene.console.transport())
    return {
        "floor: async httpx, canned bids": partial(floor.get, scene.bids_target),
        "async transport, bids": partial(ours.get, scene.bids_target),
        "async transport, deposit": lambda: ours.post("/v1/deposit-deployment", content=scene.deposit()),
    }


def async_us(loop: asyncio.AbstractEventLoop, work: AsyncWork) -> float:
    """As `cpu_us`, for what is awaited."""

    async def all_calls() -> float:
        start = time.process_time()
        for _ in itertools.repeat(None, CALLS):
            await work()
        return (time.process_time() - start) * 1e6 / CALLS

    return loop.run_until_complete(all_calls())


def show_calls() -> None:
    """The table of the doors."""
    scene, small = Scene(), Scene("small")
    clients: list[httpx.AsyncClient] = []
    loop = asyncio.new_event_loop()
    with contextlib.ExitStack() as stack:
        works = {name: partial(cpu_us, work, CALLS) for name, work in sync_works(scene, small, stack).items()}
        works |= {name: partial(async_us, loop, work) for name, work in async_works(scene, clients).items()}
        found = in_turn(works, ROUNDS)
    for made in clients:
        loop.run_until_complete(made.aclose())
    loop.close()
    floor = found["floor: httpx, canned bids"]
    rows = []
    for name, figures in found.items():
        middle = statistics.median(figures)
        of_goal = "-" if name.startswith("floor") else f"{middle / GOAL_US:.2f}"
        rows.append([name, f"{middle:.0f}", f"{min(figures):.0f}", f"{ratio(figures, floor):.2f}", of_goal])
    title = f"{ROUNDS} rounds of {CALLS} calls in turn; {scene.count} bids; {len(ROUTES)} routes"
    table(
        f"a call in process   goal: <= {GOAL_US} us whatever the number of routes   ({title})",
        ["door and request", "CPU us (median)", "least", "x floor", "of goal"],
        rows,
    )


@contextlib.contextmanager
def _sending(console: MockConsole, *, http: bool) -> Iterator[Send]:
    if not http:
        yield by_handle(console)
        return
    headers = {"x-api-key": MOCK_API_KEY}
    with httpx.Client(transport=console.transport(), base_url="http://mock", headers=headers) as client:
        yield by_httpx(client)


def lifecycles(fleet: str, *, http: bool) -> float:
    """Lifecycles per second of processor time: create, bids, lease, status, close."""
    console = MockConsole(fleet=fleet, balance_usd=1_000_000)
    with _sending(console, http=http) as send:
        start = time.process_time()
        for _ in range(LIFECYCLES):
            _live(console, send)
        return LIFECYCLES / (time.process_time() - start)


def _live(console: MockConsole, send: Send) -> None:
    made = create(send)
    console.advance(31)
    lease(send, made["manifest"], made["dseq"])
    console.advance(41)
    status = send("GET", f"/v1/deployments/{made['dseq']}", None)["leases"][0]["status"]
    if status["services"]["web"]["available"] != 1:
        raise RuntimeError(f"it does not run: {status}")
    send("DELETE", f"/v1/deployments/{made['dseq']}", None)


def show_lifecycles() -> None:
    """The table of whole lifecycles."""
    works = {
        f"{name}, fleet {fleet}": partial(lifecycles, fleet, http=http)
        for fleet in ("default", "small")
        for name, http in (("handle", False), ("httpx", True))
    }
    rows = [
        [name, f"{statistics.median(figures):.0f}", f"{max(figures):.0f}", f"{statistics.median(figures) / 100:.2f}"]
        for name, figures in in_turn(works, LIFECYCLE_ROUNDS).items()
    ]
    table(
        f"create, bids, lease, status, close   goal: >= {GOAL_LIFECYCLES} per s"
        f"   ({LIFECYCLE_ROUNDS} rounds of {LIFECYCLES} in turn)",
        ["door", "per CPU s (median)", "most", "of goal"],
        rows,
    )


def main() -> int:
    show_calls()
    show_lifecycles()
    return 0


if __name__ == "__main__":
    sys.exit(main())
