"""MockConsole: the one way into the simulated Console API, whatever the door."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from akash_nb.money import usd_to_micro
from mock_server import control
from mock_server.faults import ConnectionBroken, Faults
from mock_server.journal import Journal, LoggedCall
from mock_server.recording.redaction import without_secrets
from mock_server.routes import ROUTES
from mock_server.routes.envelope import check_body, checked_key, finished, sha256, with_cache_control
from mock_server.routes.table import Route
from mock_server.supply.fleet import resolve
from mock_server.web import cors
from mock_server.web.call import Call
from mock_server.web.http import ApiError, MockRequest, MockResponse, error, internal_error, text
from mock_server.world.clock import GENESIS_MS, later
from mock_server.world.state import KEY_MARK, World, key_mark
from mock_server.world.store import MemoryStore, Store
from mock_server.world.worlds import Settings, Worlds

if TYPE_CHECKING:
    from mock_server.doors.pacing import Pacer
    from mock_server.doors.socket import MockSocket
    from mock_server.doors.transport import MockTransport
    from mock_server.scenario import Scenario

T = TypeVar("T")
Dialect = Literal["live", "guide"]
Found = tuple[Route, dict[str, str]]

#: A key in the Console's format (contract §2) that every mock accepts unless told otherwise.
MOCK_API_KEY = "ac.sk.mock." + "0123456789abcdef" * 4

#: The most that a wallet may start with: a thousand million US dollars.
_RICHEST = usd_to_micro(1_000_000_000)

#: What keys made through the API begin with; the mark of their tenant follows.
_KEY_PREFIX = "ac.sk.mock."
_OPERATIONS = tuple(route.name for route in ROUTES)

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tenant:
    """One API key's share of a mock besides its world: what goes wrong for it, and what it asked."""

    digest: str
    faults: Faults
    calls: Journal


class MockConsole:
    """A simulated Akash market behind the Console API.

    Each accepted API key is a tenant of its own: wallet, deployments, market, time, faults and journal. Time is virtual
    and stands still until `advance` is called, so the same calls give the same bytes on every run, through every door,
    and whatever other tenants do.

    Args:
        seed: Everything drawn by chance follows from it.
        dialect: `live` (the service as of August 2026) or `guide` (the published lifecycle guide).
        fleet: `default` (60 providers), `small` (8), `global` (all regions), `empty`, a number of providers, or the
            path of a YAML file that describes them.
        api_keys: The accepted keys; any other key gets 401.
        balance_usd: What each wallet starts with.
        trial: Whether the wallets are trial wallets (contract §14).
        block_seconds: Seconds per block.
        default_deposit_usd: What every create deposits, whatever its caller asks for: the Console behaves so behind a
            flag since 20 August 2026 (contract §5). None: the caller's deposit counts and must be there.
        market: `own` gives every key a market to itself; in a `shared` one the keys compete for the same hardware, and
            time moves for all of them together.
        faults: What goes wrong for every key, as scenario files say it: `{"fault": "no_bids", "until_s": 60}`.
        store: Where worlds live; in memory by default.

    Raises:
        ValueError: The dialect, fleet, market or a fault does not exist, there is no key or an empty one, the balance
            is negative or beyond all bounds, a block takes less than a millisecond or more than a day, or the store
            holds a world of these keys that was made with other settings.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        dialect: Dialect = "live",
        fleet: str | int | Path = "default",
        api_keys: Sequence[str] = (MOCK_API_KEY,),
        balance_usd: Decimal | float = 100,
        trial: bool = False,
        block_seconds: Decimal | float = 6,
        default_deposit_usd: Decimal | str | None = None,
        market: Literal["own", "shared"] = "own",
        faults: Sequence[Mapping[str, Any]] = (),
        store: Store | None = None,
    ) -> None:
        if dialect not in ("live", "guide"):
            raise ValueError(f"There is no dialect {dialect!r}; there are 'live' and 'guide'.")
        if market not in ("own", "shared"):
            raise ValueError(f"There is no market {market!r}; there are 'own' and 'shared'.")
        if not api_keys or not all(key.strip() for key in api_keys):
            raise ValueError("A mock needs at least one API key, and none that is empty.")
        if not 0 <= usd_to_micro(balance_usd) <= _RICHEST:
            raise ValueError(f"A wallet cannot start with {balance_usd} US dollars.")
        if not 0.001 <= block_seconds <= 86_400:
            raise ValueError(f"A block cannot take {block_seconds} seconds.")
        self.seed = seed
        self.dialect: Dialect = dialect
        self.fleet = resolve(fleet)
        self.market = market
        self.store = store or MemoryStore()
        self.lock = RLock()
        self._default_deposit = None if default_deposit_usd is None else usd_to_micro(default_deposit_usd)
        self._block_ms = int(Decimal(str(block_seconds)) * 1000)
        self._usual_faults = tuple(faults)
        digests = [sha256(key) for key in api_keys]
        settings = Settings(seed, self.fleet, usd_to_micro(balance_usd), trial, self._block_ms, market == "shared")
        self._worlds = Worlds(settings, digests, self.store)
        self._tenants = {digest: Tenant(digest, Faults(seed, _OPERATIONS), Journal(_OPERATIONS)) for digest in digests}
        self._marks = {key_mark(seed, digest): digest for digest in digests}
        self._watchers: set[Callable[[], None]] = set()
        self._clocks: list[Callable[[Sequence[str], bool], None]] = []
        for tenant in self._tenants.values():
            self._switch_usual_faults_on(tenant)

    @classmethod
    def from_scenario(cls, scenario: Scenario | str | Path, **options: Any) -> MockConsole:
        """A mock as a scenario describes it: one of `mock_server.scenario.names()`, or a YAML file.

        Args:
            scenario: The scenario, its name or its file.
            options: What `MockConsole` takes; these win over what the scenario says.

        Raises:
            ValueError: There is no such scenario, or something is wrong with it.
        """
        from mock_server.scenario import Scenario, load

        found = scenario if isinstance(scenario, Scenario) else load(scenario)
        return cls(**{**found.options(), **options})

    def handle(self, request: MockRequest, *, pacer: Pacer | None = None) -> MockResponse:
        """Answer one request.

        Args:
            request: The request.
            pacer: Advances the caller's world to the present first; None: its time stands still.

        Raises:
            ConnectionBroken: A fault says so; the door acts it out.
        """
        if request.method == "OPTIONS":
            return cors.preflight(request)
        # HEAD is a GET whose answer keeps its body to itself.
        verb = "GET" if request.method == "HEAD" else request.method
        found = ROUTES.find(verb, request.path, self.dialect)
        tenant = self._whose(request, found)
        if request.path.startswith(control.PREFIX):
            return finished(request, *self._control(request, tenant, pacer))
        status, at_ms = None, GENESIS_MS
        try:
            with self.lock:
                response, at_ms = self._answer(request, found, tenant, pacer)
                if isinstance(response, ConnectionBroken):
                    raise response
                if found is not None:
                    response = tenant.faults.after(found[0].name, request, response)
            status = response.status
            return finished(request, response, at_ms)
        finally:
            name = found[0].name if found else "unknown"
            body = without_secrets(request.body)
            tenant.calls.append(LoggedCall(name, request.method, request.path, request.raw_query, body, status, at_ms))
            if verb != "GET":
                self.notify()

    def advance(self, seconds: float, *, api_key: str | None = None) -> None:
        """Let virtual time pass; bids arrive, escrow drains, timeouts run out.

        Args:
            seconds: How much.
            api_key: In whose world; None: in every one. In a shared market it passes for all in any case.

        Raises:
            KeyError: The key is not accepted.
            ValueError: `seconds` is negative, or time would go beyond its end.
        """
        tenants = list(self._tenants) if api_key is None else [self.tenant(api_key).digest]
        self.pass_time(tenants, seconds)

    def pass_time(self, tenants: Sequence[str], seconds: float) -> None:
        """The same for some tenants, named by the SHA-256 of their keys.

        Raises:
            ValueError: `seconds` is negative, or time would go beyond its end.
        """
        with self.lock, self.store.transaction():
            worlds = [self._worlds.load(digest) for digest in (tenants[:1] if self.market == "shared" else tenants)]
            instants = [later(world.now_ms, seconds) for world in worlds]
            for world, to_ms in zip(worlds, instants, strict=True):
                self._worlds.advance(world, to_ms)
                self._worlds.save(world)
        self.notify()

    def visit(self, owner: str | None, look: Callable[[World], T], *, pacer: Pacer | None = None) -> T:
        """What `look` finds in the world of a wallet, which is kept as it leaves it; the first key's for none known.

        Args:
            owner: The wallet's address.
            look: Given the world as of now.
            pacer: As in `handle`.
        """
        with self.lock, self.store.transaction():
            world = self._present(self._worlds.owned_by(owner), pacer)
            self._tenants[world.tenant].faults.now_s = world.age_s
            found = look(world)
            self._worlds.save(world)
        return found

    @contextmanager
    def watched(self, told: Callable[[], None]) -> Iterator[None]:
        """Inside the block `told` is called, from any thread, whenever time was moved or a request changed a world."""
        self._watchers.add(told)
        try:
            yield
        finally:
            self._watchers.discard(told)

    def when_put_back(self, told: Callable[[Sequence[str], bool], None]) -> None:
        """From now on `told` is called before anybody sees a world that was restored, or (True) that starts over.

        It is given the tenants, named by the SHA-256 of their keys.
        """
        self._clocks.append(told)

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
        return self._peek().now_ms / 1000

    @property
    def block_seconds(self) -> Decimal:
        """Seconds per block."""
        return Decimal(self._block_ms) / 1000

    @property
    def height(self) -> int:
        """The newest block of the first key's world."""
        return self._peek().height

    @property
    def first(self) -> Tenant:
        """The first key's tenant, in whose name the anonymous ask."""
        return next(iter(self._tenants.values()))

    @property
    def tenants(self) -> tuple[str, ...]:
        """All tenants, each by the SHA-256 of its key."""
        return tuple(self._tenants)

    @property
    def faults(self) -> Faults:
        """What goes wrong for the first key; `tenant(api_key).faults` is another's."""
        return self.first.faults

    @property
    def calls(self) -> Journal:
        """What the first key asked, and those whose key was missing or wrong; `tenant(api_key).calls` is another's."""
        return self.first.calls

    def tenant(self, api_key: str) -> Tenant:
        """What belongs to a key.

        Raises:
            KeyError: The key is not accepted.
        """
        found = self._tenants.get(sha256(api_key))
        if found is None:
            raise KeyError("this API key is not accepted by this mock")
        return found

    def pace_of(self, owner: str | None) -> float:
        """How fast the time of a wallet's tenant goes by itself: not at all."""
        return 0

    def pace_for(self, request: MockRequest) -> float:
        """How fast the time of whoever made a request goes by itself: not at all."""
        return 0

    def faults_of(self, owner: str | None) -> Faults:
        """What goes wrong for the tenant of a wallet; the first key's for no known wallet."""
        return self._tenants[self.owned_by(owner)].faults

    def owned_by(self, owner: str | None) -> str:
        """The tenant that a wallet belongs to; the first for no known wallet."""
        return self._worlds.owned_by(owner)

    @contextmanager
    def world(self, api_key: str | None = None) -> Iterator[World]:
        """A key's world, the first key's by default, to look at or to change; changes are saved at the end.

        Raises:
            KeyError: The key is not accepted.
        """
        with self.world_of(self.first if api_key is None else self.tenant(api_key)) as world:
            yield world

    @contextmanager
    def world_of(self, tenant: Tenant) -> Iterator[World]:
        """A tenant's world, to look at or to change; changes are saved at the end."""
        with self.lock, self.store.transaction():
            world = self._worlds.load(tenant.digest)
            yield world
            self._worlds.save(world)

    def count(self, operation: str) -> int:
        """How many requests for an operation the first key made, those that failed too.

        Args:
            operation: A name of the route table; `unknown` for what no endpoint claims.

        Raises:
            ValueError: No operation has that name.
        """
        return self.calls.count(operation)

    def reset(self, api_key: str | None = None) -> None:
        """Start over: fresh worlds, the faults of the beginning, empty journals; for one key, or for all.

        Raises:
            KeyError: The key is not accepted.
            ValueError: One key alone cannot start over in a shared market.
        """
        self.start_over(self._meant(api_key))

    def start_over(self, tenants: Sequence[str]) -> None:
        """`reset` for some tenants, named by the SHA-256 of their keys."""
        with self.lock:
            with self.store.transaction():
                if tuple(tenants) == self.tenants:
                    self._worlds.clear()
                else:
                    for digest in tenants:
                        self._worlds.forget(digest)
            for tenant in map(self._tenants.__getitem__, tenants):
                tenant.faults.clear()
                tenant.calls.clear()
                self._switch_usual_faults_on(tenant)
            self._set_clocks(tenants, afresh=True)
        self.notify()

    def snapshot(self, api_key: str | None = None) -> bytes:
        """One key's world, or all of them, as bytes for `restore`; faults and journals are not part of it.

        Raises:
            KeyError: The key is not accepted.
            ValueError: One key has no world of its own in a shared market.
        """
        return self.snapshot_of(self._meant(api_key))

    def snapshot_of(self, tenants: Sequence[str]) -> bytes:
        """`snapshot` for some tenants, named by the SHA-256 of their keys."""
        with self.lock, self.store.transaction():
            return self._worlds.snapshot(tenants)

    def restore(self, saved: bytes, api_key: str | None = None) -> None:
        """Go back to a snapshot, of this mock or of another one with the same keys.

        Args:
            saved: What `snapshot` gave.
            api_key: The only key whose world may change; None: any.

        Raises:
            KeyError: The key is not accepted.
            ValueError: These bytes are no snapshot, hold somebody else's world or one made with other settings, or not
                all worlds of a shared market, in which one key cannot go back alone. Nothing was changed.
        """
        self.restore_of(saved, self._meant(api_key))

    def restore_of(self, saved: bytes, tenants: Sequence[str]) -> None:
        """`restore` for some tenants, named by the SHA-256 of their keys."""
        with self.lock:
            with self.store.transaction():
                restored = self._worlds.restore(saved, tenants)
            self._set_clocks(restored, afresh=False)
        self.notify()

    def transport(self) -> MockTransport:
        """A transport for `httpx.Client` and `httpx.AsyncClient` alike: `httpx.Client(transport=...)`."""
        from mock_server.doors.transport import MockTransport

        return MockTransport(self.handle, self.let_pass)

    def socket(self) -> MockSocket:
        """A WebSocket of the provider-proxy, for logs, events and shells without a network."""
        from mock_server.doors.socket import MockSocket

        return MockSocket(self)

    def let_pass(self, request: MockRequest, seconds: float) -> None:
        """Let virtual time pass for whoever made a request, and for nobody else."""
        self.pass_time([self.whose(request)], seconds)

    def whose(self, request: MockRequest) -> str:
        """The tenant in whose name a request is answered."""
        return self._whose(request, ROUTES.find(request.method, request.path, self.dialect)).digest

    def _answer(
        self, request: MockRequest, found: Found | None, tenant: Tenant, pacer: Pacer | None
    ) -> tuple[MockResponse | ConnectionBroken, int]:
        """The answer (or why there is none) and when it was given, in one transaction.

        What an endpoint refuses is kept too, for time went on.
        An exception that nobody foresaw undoes what the request changed where the store can (see `Store.transaction`).
        """
        at_ms = GENESIS_MS
        try:
            with self.store.transaction():
                world = self._worlds.load(tenant.digest)
                at_ms = world.now_ms  # also when bringing it to the present fails
                self._bring_up(world, pacer)
                at_ms = world.now_ms
                response = self._run(world, tenant, request, found)
                self._worlds.save(world)
        except ConnectionBroken as broken:
            return broken, at_ms
        except Exception:
            _LOG.exception("%s %s failed inside the mock", request.method, request.path)
            response = internal_error().response
        return response, at_ms

    def _run(self, world: World, tenant: Tenant, request: MockRequest, found: Found | None) -> MockResponse:
        """What the caller is told: the fault of the moment, a refusal, or what the endpoint says."""
        tenant.faults.now_s = world.age_s
        try:
            if found is not None:
                tenant.faults.before(found[0].name)
            key = checked_key(world, request, found[0] if found else None)
            if found is None:
                return text("404 Not Found", 404)
            route, path = found
            check_body(route, request)
            call = Call(world, request, path, tenant.faults, self.dialect, key, self._default_deposit)
            return with_cache_control(route, key, route.endpoint(call))
        except ApiError as refusal:
            return refusal.response

    def _control(self, request: MockRequest, tenant: Tenant, pacer: Pacer | None) -> tuple[MockResponse, int]:
        """Time, faults, journal and state of a tenant over HTTP: the answer, and when it was given."""
        at_ms = GENESIS_MS
        try:
            with self.lock, self.store.transaction():
                world = self._present(tenant.digest, pacer)
                at_ms = world.now_ms
                if checked_key(world, request, None) is None:
                    raise error(401, "Unauthorized")
                self._worlds.save(world)
            return control.answer(self, tenant, request, pacer), at_ms
        except ApiError as refusal:
            return refusal.response, at_ms
        except Exception:
            _LOG.exception("%s %s failed inside the mock", request.method, request.path)
            return internal_error().response, at_ms

    def _whose(self, request: MockRequest, found: Found | None) -> Tenant:
        """Whose world answers: the owner that the request itself names, where the route says so, or the key's.

        That of the first key for the anonymous (contract §2), and for a key that will be refused.
        """
        if found is not None and found[0].owner is not None:
            return self._tenants[self._worlds.owned_by(found[0].owner(request))]
        key = request.headers.get("x-api-key", "")
        digest = self._marks.get(key[len(_KEY_PREFIX) :][:KEY_MARK], "")
        return self._tenants.get(sha256(key)) or self._tenants.get(digest) or self.first

    def _present(self, tenant: str, pacer: Pacer | None) -> World:
        """A tenant's world as of now."""
        world = self._worlds.load(tenant)
        self._bring_up(world, pacer)
        return world

    def _bring_up(self, world: World, pacer: Pacer | None) -> None:
        self._worlds.advance(world, max(world.now_ms, pacer.instant(world.tenant) if pacer else 0))

    def _peek(self) -> World:
        """The first key's world as it was left, to look at only."""
        with self.lock, self.store.transaction():
            return self._worlds.load(self.first.digest)

    def _set_clocks(self, tenants: Sequence[str], *, afresh: bool) -> None:
        for told in self._clocks:
            told(tenants, afresh)

    def _meant(self, api_key: str | None) -> tuple[str, ...]:
        """The tenants whose worlds are meant: one, or all; in a shared market only all together."""
        if api_key is None:
            return self.tenants
        tenant = self.tenant(api_key)
        if self.market == "shared":
            raise ValueError("A shared market starts over, is kept and goes back as a whole. Nothing was changed.")
        return (tenant.digest,)

    def _switch_usual_faults_on(self, tenant: Tenant) -> None:
        for about in self._usual_faults:
            tenant.faults.add_from(about)
