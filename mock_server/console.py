"""MockConsole: the one way into the simulated Console API, whatever the door."""

from __future__ import annotations

import hashlib
import logging
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from threading import RLock
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec

from akash_nb.money import MICRO, plain, usd_to_micro
from mock_server import fleet as fleets
from mock_server import lifecycle
from mock_server.call import Call
from mock_server.clock import GENESIS_MS
from mock_server.faults import Faults, require_known
from mock_server.http import ApiError, MockRequest, MockResponse, error, internal_error, reply, text
from mock_server.routes import ROUTES
from mock_server.routes.table import Route
from mock_server.state import World, new_world, wallet_address
from mock_server.store import MemoryStore, Store

if TYPE_CHECKING:
    from mock_server.transport import MockTransport

T = TypeVar("T")
Dialect = Literal["live", "guide"]

#: A key in the Console's format (contract §2) that every mock accepts unless told otherwise.
MOCK_API_KEY = "ac.sk.mock." + "0123456789abcdef" * 4

#: On every answer, so that a client can tell play money from real.
MOCK_HEADER = "x-akash-mock"

#: What gives access, in a guide lease or on its way to a provider; the call log does not keep it.
_SECRETS = re.compile(rb'("(?:keyPem|token)"\s*:\s*)"[^"]*"')

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One answered request. `status` is None when the connection broke. No key is kept: headers are left out."""

    operation: str
    method: str
    path: str
    query: dict[str, str]
    body: bytes
    status: int | None


class _Snapshot(msgspec.Struct):
    version: int
    worlds: list[World]


class MockConsole:
    """A simulated Akash market behind the Console API.

    Each accepted API key has a world of its own: wallet, deployments, time. Time is virtual and stands still until
    `advance` is called, so the same calls give the same bytes on every run and through every door.

    Args:
        seed: Everything drawn by chance follows from it.
        dialect: `live` (the service as of August 2026) or `guide` (the published lifecycle guide).
        fleet: `default` (60 providers), `small` (8) or `empty`.
        api_keys: The accepted keys; any other key gets 401.
        balance_usd: What each wallet starts with.
        trial: Whether the wallets are trial wallets (contract §14).
        block_seconds: Seconds per block.
        default_deposit_usd: What every create deposits, whatever its caller asks for: the Console behaves so behind a
            flag since 20 August 2026 (contract §5). None: the caller's deposit counts and must be there.
        store: Where worlds live; in memory by default.

    Raises:
        ValueError: The dialect or fleet does not exist, there is no key or an empty one, the balance is negative, or
            the store holds a world of these keys that was made with other settings.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        dialect: Dialect = "live",
        fleet: str = "default",
        api_keys: Sequence[str] = (MOCK_API_KEY,),
        balance_usd: Decimal | float = 100,
        trial: bool = False,
        block_seconds: Decimal | float = 6,
        default_deposit_usd: Decimal | str | None = None,
        store: Store | None = None,
    ) -> None:
        if dialect not in ("live", "guide"):
            raise ValueError(f"There is no dialect {dialect!r}; there are 'live' and 'guide'.")
        if not api_keys or not all(key.strip() for key in api_keys):
            raise ValueError("A mock needs at least one API key, and none that is empty.")
        if usd_to_micro(balance_usd) < 0:
            raise ValueError(f"A wallet cannot start with {balance_usd} US dollars.")
        fleets.fleet(seed, fleet)
        self.seed = seed
        self.dialect: Dialect = dialect
        self.fleet = fleet
        self.faults = Faults(seed, (route.name for route in ROUTES))
        self.calls: deque[LoggedCall] = deque(maxlen=10_000)
        self._tenants = [sha256(key) for key in api_keys]
        self._balance = usd_to_micro(balance_usd)
        self._trial = trial
        self._block_ms = int(Decimal(str(block_seconds)) * 1000)
        self._default_deposit = None if default_deposit_usd is None else usd_to_micro(default_deposit_usd)
        self.store = store or MemoryStore()
        self.lock = RLock()
        self._wallets = {wallet_address(seed, tenant): tenant for tenant in self._tenants}
        self._watchers: set[Callable[[], None]] = set()
        #: Virtual time of the world that was looked at last; dates the answers that come from no world.
        self._seen_ms = GENESIS_MS
        self._refuse_worlds_made_otherwise()

    def handle(self, request: MockRequest, *, not_before_ms: int = 0) -> MockResponse:
        """Answer one request.

        Args:
            request: The request.
            not_before_ms: The caller's world is advanced to this instant first, if it is earlier (see `Pacer`).

        Raises:
            ConnectionBroken: A fault says so; the door acts it out.
        """
        found = ROUTES.find(request.method, request.path, self.dialect)
        status: int | None = None
        try:
            with self.lock:
                answer = self._answer(request, found, not_before_ms)
                response = _stamped(answer, max(self._seen_ms, not_before_ms))
            status = response.status
            return response
        finally:
            name = found[0].name if found else "unknown"
            body = _SECRETS.sub(rb'\1"***"', request.body)
            self.calls.append(LoggedCall(name, request.method, request.path, request.query, body, status))
            if request.method != "GET":
                self.notify()

    def advance(self, seconds: float) -> None:
        """Let virtual time pass in every world; bids arrive, escrow drains, timeouts run out.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"Time does not go back: {seconds} s.")
        with self.lock, self.store.transaction():
            for tenant in self._tenants:
                world = self._load(tenant)
                self._advance(world, world.now_ms + round(seconds * 1000))
                self.store.save(tenant, world)
        self.notify()

    def visit(self, owner: str | None, look: Callable[[World], T], *, not_before_ms: int = 0) -> T:
        """What `look` finds in the world of a wallet, which it does not change; the first key's for no known wallet.

        Args:
            owner: The wallet's address.
            look: Given the world as of now.
            not_before_ms: As in `handle`.
        """
        with self.lock, self.store.transaction():
            world = self._load(self._owned_by(owner))
            self._advance(world, max(world.now_ms, not_before_ms))
            found = look(world)
            self.store.save(world.tenant, world)
        return found

    @contextmanager
    def watched(self, told: Callable[[], None]) -> Iterator[None]:
        """Inside the block `told` is called, from any thread, whenever time was moved or a request changed a world."""
        self._watchers.add(told)
        try:
            yield
        finally:
            self._watchers.discard(told)

    def notify(self) -> None:
        """Tell those who watch that time was moved or something changed."""
        for told in tuple(self._watchers):
            told()

    def sleep(self, seconds: float) -> None:
        """The same as `advance`, under the name clients look for: for this mock, waiting is letting time pass."""
        self.advance(seconds)

    @property
    def now(self) -> float:
        """Virtual time of the first key's world, in seconds since 1970."""
        return self._first().now_ms / 1000

    @property
    def block_seconds(self) -> Decimal:
        """Seconds per block."""
        return Decimal(self._block_ms) / 1000

    @property
    def height(self) -> int:
        """The newest block of the first key's world."""
        return self._first().height

    @contextmanager
    def world(self, api_key: str | None = None) -> Iterator[World]:
        """A key's world, the first key's by default, to look at or to change; changes are saved at the end.

        Raises:
            KeyError: The key is not accepted.
        """
        tenant = self._tenants[0] if api_key is None else sha256(api_key)
        if tenant not in self._tenants:
            raise KeyError("this API key is not accepted by this mock")
        with self.lock, self.store.transaction():
            world = self._load(tenant)
            yield world
            self.store.save(tenant, world)

    def count(self, operation: str) -> int:
        """How many requests for an operation are in the call log (`calls`), those that failed too.

        Args:
            operation: A name of the route table; `unknown` for what no endpoint claims.

        Raises:
            ValueError: No operation has that name.
        """
        require_known(operation, {"unknown", *(route.name for route in ROUTES)})
        return sum(call.operation == operation for call in tuple(self.calls))

    def reset(self) -> None:
        """Start over: fresh worlds, no faults, an empty call log."""
        with self.lock:
            with self.store.transaction():
                self.store.clear()
                self._load(self._tenants[0])
            self.faults.clear()
            self.calls.clear()
        self.notify()

    def snapshot(self) -> bytes:
        """All worlds as bytes for `restore`; faults and the call log are not part of it."""
        with self.lock, self.store.transaction():
            worlds = [self._load(tenant) for tenant in self._tenants]
            return msgspec.msgpack.encode(_Snapshot(1, worlds))

    def restore(self, saved: bytes) -> None:
        """Go back to a snapshot, of this mock or of another one with the same keys.

        Raises:
            ValueError: These bytes are no snapshot.
        """
        snapshot = msgspec.msgpack.decode(saved, type=_Snapshot)
        with self.lock, self.store.transaction():
            for world in snapshot.worlds:
                self.store.save(world.tenant, world)
            self._load(self._tenants[0])
        self.notify()

    def transport(self) -> MockTransport:
        """A transport for `httpx.Client` and `httpx.AsyncClient` alike: `httpx.Client(transport=...)`."""
        from mock_server.transport import MockTransport

        return MockTransport(self.handle, self.advance)

    def _answer(
        self, request: MockRequest, found: tuple[Route, dict[str, str]] | None, not_before_ms: int
    ) -> MockResponse:
        """Faults, then one transaction: what an endpoint refuses is kept as well, since time went on.

        An exception that nobody foresaw undoes what the request changed where the store can (see `Store.transaction`).
        """
        if found is not None:
            try:
                self.faults.before(found[0].name)
            except ApiError as refusal:
                return refusal.response
        try:
            with self.store.transaction():
                response = self._transact(request, found, not_before_ms)
        except ApiError as refusal:
            response = refusal.response
        except Exception:
            _LOG.exception("%s %s failed inside the mock", request.method, request.path)
            response = internal_error().response
        return self.faults.after(found[0].name, request, response) if found else response

    def _transact(
        self, request: MockRequest, found: tuple[Route, dict[str, str]] | None, not_before_ms: int
    ) -> MockResponse:
        world, key_sha256 = self._caller(request, found[0] if found else None)
        self._advance(world, max(world.now_ms, not_before_ms))
        try:
            response = self._run(world, key_sha256, request, found)
        except ApiError as refusal:
            response = refusal.response
        self.store.save(world.tenant, world)
        return response

    def _run(
        self, world: World, key_sha256: str | None, request: MockRequest, found: tuple[Route, dict[str, str]] | None
    ) -> MockResponse:
        if found is None:
            return text("404 Not Found", 404)
        route, path = found
        _check_body(route, request)
        call = Call(world, request, path, self.faults, self.dialect, key_sha256, self._default_deposit)
        return _with_cache_control(route, call, route.endpoint(call))

    def _caller(self, request: MockRequest, route: Route | None) -> tuple[World, str | None]:
        """The caller's world and key; the anonymous see the first key's world (contract §2).

        Where the route tells the owner from the request itself, no key is asked for.

        Raises:
            ApiError: 400 two kinds of credentials, 401 a key that is not accepted.
        """
        if route is not None and route.owner is not None:
            return self._load(self._owned_by(route.owner(request))), None
        key = request.headers.get("x-api-key")
        if key is None:
            return self._load(self._tenants[0]), None
        if "authorization" in request.headers:
            raise error(400, "Authorization and X-Api-Key headers are mutually exclusive")
        digest = sha256(key)
        if digest in self._tenants:
            return self._load(digest), digest
        for tenant in self._tenants:
            world = self._load(tenant)
            for made in world.api_keys.values():
                if made.sha256 == digest and (made.expires_ms is None or made.expires_ms > world.now_ms):
                    made.last_used_ms = world.now_ms
                    return world, digest
        raise error(401, "Invalid API key")

    def _owned_by(self, address: str | None) -> str:
        return self._wallets.get(address or "", self._tenants[0])

    def _load(self, tenant: str) -> World:
        world = self.store.load(tenant, World)
        if world is None:
            world = new_world(
                seed=self.seed,
                tenant=tenant,
                fleet=self.fleet,
                block_ms=self._block_ms,
                balance=self._balance,
                trial=self._trial,
            )
            self.store.save(tenant, world)
        self._seen_ms = world.now_ms
        return world

    def _first(self) -> World:
        """The first key's world, to look at only."""
        with self.lock, self.store.transaction():
            return self._load(self._tenants[0])

    def _advance(self, world: World, to_ms: int) -> None:
        lifecycle.advance(world, to_ms)
        self._seen_ms = world.now_ms

    def _refuse_worlds_made_otherwise(self) -> None:
        """A stored world keeps the settings it was made with, so others would silently have no effect."""
        asked = _settings(self.seed, self.fleet, self._balance, self._trial, self._block_ms)
        with self.lock, self.store.transaction():
            worlds = [self.store.load(tenant, World) for tenant in self._tenants]
        for world in filter(None, worlds):
            held = _settings(world.seed, world.fleet, world.balance, world.wallet.trial, world.block_ms)
            if held != asked:
                raise ValueError(
                    f"the store holds a world made with {held}; asked for is {asked}. "
                    "Start with the settings of that world, or name another file."
                )


def sha256(key: str) -> str:
    """What is kept of an API key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _check_body(route: Route, request: MockRequest) -> None:
    """Size, then content type, as the Console checks them before it reads the body (contract §1)."""
    if request.method != "GET" and len(request.body) > route.max_body:
        raise error(413, "")
    if not route.has_body:
        return
    kind = request.headers.get("content-type")
    if kind is None:
        raise ApiError(reply({"error": "Content-Type header is required"}, 400))
    if kind.split(";")[0].strip() != "application/json":
        raise ApiError(reply({"error": "Unsupported Content-Type"}, 400))


def _settings(seed: int, fleet: str, balance: int, trial: bool, block_ms: int) -> str:
    """What a world is made with, for people."""
    kind = "trial wallets" if trial else "wallets"
    return f"seed {seed}, fleet {fleet}, {kind} of {plain(balance / MICRO)} USD, blocks of {block_ms / 1000:g} s"


def _stamped(response: MockResponse, at_ms: int) -> MockResponse:
    """The answer with the world's own time, by which clients date bids and escrow, and marked as a mock's."""
    date = format_datetime(datetime.fromtimestamp(at_ms // 1000, UTC), usegmt=True)
    return replace(response, headers={**response.headers, "date": date, MOCK_HEADER: "1"})


def _with_cache_control(route: Route, call: Call, response: MockResponse) -> MockResponse:
    """Successful GETs say how long they may be kept."""
    if route.method != "GET" or response.status != 200:
        return response
    scope = "public" if call.key_sha256 is None else "private"
    age = route.age
    value = f"{scope}, no-store" if age is None else f"{scope}, max-age={age[0]}, stale-while-revalidate={age[1]}"
    return replace(response, headers={**response.headers, "cache-control": value})
