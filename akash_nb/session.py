"""The headless controller: your wallet's deployments, and every verb of the lifecycle. Works without a widget.

`Session[Client]` blocks, `Session[AsyncClient]` is awaited; both run the same flows. Views follow its traits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import traitlets

from akash_nb.budgets import Budget
from akash_nb.client import AsyncClient, Client
from akash_nb.client import wallet as wallet_api
from akash_nb.client.call import Flow, send
from akash_nb.client.deployments import MINIMUM_DEPOSIT_USD, amount_usd
from akash_nb.client.operation import C_co, verb
from akash_nb.curfew import Curfew
from akash_nb.deployment import Deployment
from akash_nb.engine import Engine
from akash_nb.errors import AkashError, InvalidInputError, UnconfirmedError
from akash_nb.flows.certificate import Certificate, ensure_certificate
from akash_nb.flows.context import Context
from akash_nb.flows.create import LONGEST_CREATE, create
from akash_nb.flows.resume import Found, find_open
from akash_nb.flows.state import read_state
from akash_nb.journal import Journal
from akash_nb.models import Balances, DeploymentStatus
from akash_nb.money import PriceModel, exact_usd, format_usd
from akash_nb.observable import observable
from akash_nb.prospects import Prospects
from akash_nb.purse import Purse
from akash_nb.receipt import Receipt
from akash_nb.tables import Tables
from akash_nb.units import counted, format_duration

T = TypeVar("T")

DEFAULT_DEPOSIT_USD = Decimal(5)


class Session(Prospects[C_co], Tables[C_co], traitlets.HasTraits, Generic[C_co]):
    """Your connection to the marketplace. Made by `akash_nb.connect()`.

    Args:
        client: Who talks to the service.
        background: Makes the client that buttons and pollers use, inside the engine's loop.
        journal: Where spending is noted before it happens.
        is_mock: The service is the simulated market; every card, table and receipt says so.
        now: The clock (UTC) of the bundled market, or the local one, used until the service has told its own.
        prices: Block time and month length behind every dollar figure.
    """

    deployments: tuple[Deployment[C_co], ...] = observable((), "Deployments known here, newest first.")
    current: Deployment[C_co] | None = observable(None, "The one that views show.")
    balances: Balances | None = observable(None, "The wallet as last read.")
    certificate_state: Certificate | None = observable(None, "Result of the certificate step.")
    sdl: str = observable("", "The SDL text that the editor shows and deploy() takes by default.")
    notice: str = observable("", "The last thing worth knowing, in a sentence.")
    activity: str = observable("", "What the session itself is doing; empty when idle.")
    error: AkashError | None = observable(None, "The last session verb's failure.")
    budget: Budget | None = observable(None, "What may be spent at most; may be set. See `akash_nb.budget`.")

    def __init__(
        self,
        client: C_co,
        *,
        background: Callable[[], AsyncClient],
        journal: Journal,
        is_mock: bool,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        prices: PriceModel | None = None,
    ) -> None:
        super().__init__()
        self.client: C_co = client
        self.journal = journal
        self._is_mock = is_mock
        self.lock = threading.RLock()
        self.local_now = now
        self._make_background = background
        self._background: AsyncClient | None = None
        self.is_closed = False
        model = prices or PriceModel()
        self.context = Context(journal, self.now, model, self._say, Purse(prices=model, wallet=journal.wallet))
        self.curfew = Curfew(self)

    def __repr__(self) -> str:
        kind = "MOCK market" if self.is_mock else "live"
        budget = f", {self.budget}" if self.budget else ""
        return f"<Session {kind} {self.client.base_url}, {counted(len(self.deployments), 'deployment')}{budget}>"

    def _ipython_display_(self) -> None:
        from akash_nb.widgets import show_session  # views are built only where one is shown

        show_session(self)

    @property
    def prices(self) -> PriceModel:
        return self.context.prices

    @property
    def is_mock(self) -> bool:
        """The market is simulated: the bundled mock, or a service that has said so."""
        return self._is_mock or self.client.is_mock

    @property
    def dialect(self) -> str | None:
        """The dialect of the API that the service speaks, `guide` or `live`; None before the certificate step."""
        return self.certificate_state.dialect if self.certificate_state else None

    def now(self) -> datetime:
        """The service's clock (UTC), reckoned on from its last answer; the local one before the first.

        The bundled market's clock is at hand, and stands still while nobody waits.
        """
        if self._is_mock:
            return self.local_now()
        clients = [client for client in (self.client, self._background) if client is not None]
        return max(clients, key=lambda client: client.told_at).service_now or self.local_now()

    # Verbs

    @verb
    def certificate(self, *, new: bool = False) -> Flow[Certificate]:
        """The certificate step: makes or finds the pair, or learns that none is needed here.

        Args:
            new: Make a new pair even if the present one is good.

        Raises:
            CertificateError: The pair's halves do not belong together.
        """
        with self._doing("asking for the certificate"):
            return (yield from self.ensure_certificate(new=new))

    @verb
    def deploy(
        self,
        sdl: str | Path | None = None,
        *,
        deposit_usd: Decimal | float | str | None = None,
        confirm: bool = False,
    ) -> Flow[Deployment[C_co]]:
        """Create a deployment and lock its deposit. **Spends.**

        Args:
            sdl: SDL text, or the path of an SDL file; None takes the session's `sdl`.
            deposit_usd: US dollars to lock in escrow: at least 5 in the guide's dialect, 0.5 in the live one. None for
                5, or what the budget has left; under a budget with a time limit the least, to which the lease adds
                what the time takes at the price of the chosen bids.
            confirm: Say yes to spending real money; the mock needs none.

        Raises:
            SDLError: The SDL has errors; nothing was sent.
            InvalidInputError: No such file, or the deposit is too small; nothing was sent.
            UnconfirmedError: It would spend real money; nothing was sent.
            OverBudgetError: The deposit is more than a budget has left; nothing was sent.
            OutOfFundsError: The wallet cannot cover the deposit; nothing was spent.
            OutcomeUnknownError: The answer was lost, and the deployment has not been found since.
        """
        text = self.sdl_text(sdl)
        with self._doing("creating the deployment"):
            dialect = yield from self.learn_dialect()
            usd, is_filled = self._deposit(deposit_usd, dialect)
            self.need_yes(confirm, f"It locks {exact_usd(usd)} of real money in the deployment's escrow.")
            opened = yield from create(self.context, text, usd, dialect, is_filled=is_filled)
            deployment = self._handle(opened.dseq, opened.manifest, text, opened.groups)
            self._adopt(deployment)
            self.watch(opened.dseq)
            status = yield from read_state(opened.dseq)
            if status is not None:
                deployment.saw(status)
            self._say(_locked(opened.dseq, usd, status))
            yield from self.refresh_balances()
            return deployment

    @verb
    def resume(self) -> Flow[tuple[Deployment[C_co], ...]]:
        """All open deployments of the wallet, newest first: those from before a restart with their SDL and manifest,
        those made elsewhere without. Sets `current` to the newest."""
        with self._doing("looking for open deployments"):
            self._say("")
            handles = yield from self.handles()
            if handles and (self.current is None or self.current.stage == "closed"):
                self.current = handles[0]
            self._say(f"{self.notice} {self._what_is_open(len(handles))}".strip())
            yield from self.refresh_balances()
            return handles

    @verb
    def close_expired(self) -> Flow[tuple[Receipt, ...]]:
        """Close the deployments whose time under a budget is over; done by itself while this process lives.

        Raises:
            ConnectionFailedError, APIError: One could not be closed; the others are.
        """
        receipts, failure = [], None
        for deployment in self.deployments:
            if deployment.activity is None and self._is_due(deployment.dseq):
                try:
                    receipts.append((yield from Deployment.close.build(deployment)))
                except AkashError as error:
                    failure = error
        if failure is not None:
            raise failure
        return tuple(receipts)

    @verb
    def wallet(self) -> Flow[Balances]:
        """What is free and what is bound in escrow, in US dollars."""
        self.balances = yield from send(wallet_api.balances())
        return self.balances

    # Building blocks for flows

    def need_yes(self, confirm: bool, what: str) -> None:
        """Stop before real money is spent without a yes.

        Raises:
            UnconfirmedError: There was none; nothing was sent.
        """
        if not (confirm or self.is_mock):
            raise UnconfirmedError(
                what, means="Nothing was sent.", todo="Add confirm=True if you mean it, or use the button, which asks."
            )

    def usual_deposit_usd(self) -> Decimal:
        """The deposit of a create for which none is named, in US dollars."""
        return self._deposit(None, self.dialect or "live")[0]

    def deploy_exactly(self, sdl: str, usd: Decimal, *, confirm: bool) -> Flow[Deployment[C_co]]:
        """Deploy with the deposit that was shown, whatever has become the usual one since. Where it is the usual one,
        it is left to the budgets: under a time limit the lease fills the escrow.

        Raises:
            InvalidInputError: It was planned before it was known that the service takes no deposit as small.
        """
        dialect = yield from self.learn_dialect()
        if usd < MINIMUM_DEPOSIT_USD[dialect]:
            raise InvalidInputError(
                f"The plan's deposit of {format_usd(usd)} is less than this service takes, which is "
                f"{format_usd(MINIMUM_DEPOSIT_USD[dialect])}.",
                means="Nothing was spent.",
                todo="Look at a new plan: session.plan().",
            )
        given = None if usd == self.usual_deposit_usd() else usd
        deployment: Deployment[C_co] = yield from Session.deploy.build(self, sdl, deposit_usd=given, confirm=confirm)
        return deployment

    def watch(self, dseq: str) -> None:
        """See to it that a deployment is closed when its time is over."""
        ends_at = self.context.purse.ends_at(dseq)
        if ends_at is not None:
            self.curfew.set(dseq, ends_at)

    def _deposit(self, usd: Decimal | float | str | None, dialect: str) -> tuple[Decimal, bool]:
        """The deposit in US dollars, and whether the lease fills the escrow."""
        if usd is not None:
            return amount_usd(usd, minimum=Decimal(0)), False
        return self.context.purse.usual_deposit(DEFAULT_DEPOSIT_USD, MINIMUM_DEPOSIT_USD[dialect])

    @traitlets.validate("budget")
    def _check_budget(self, proposal: Any) -> Budget | None:
        budget = proposal["value"]
        if not (budget is None or isinstance(budget, Budget)):
            raise InvalidInputError(
                f"A {type(budget).__name__} is no budget.",
                means="The session has the budget that it had.",
                todo="Make one: session.budget = akash.budget(usd=3).",
            )
        return budget

    @traitlets.observe("budget")
    def _on_budget(self, change: Any) -> None:
        self.context.purse.own = change["new"]

    def handles(self) -> Flow[tuple[Deployment[C_co], ...]]:
        """The open deployments, newest first, all of them in `deployments` from then on; `current` stays."""
        found = yield from find_open(self.context)
        handles = tuple(self._resumed(item) for item in found)
        closed = tuple(d for d in self.deployments if d.dseq not in {h.dseq for h in handles})
        for gone in closed:
            gone.stage = "closed"
            self.curfew.lift(gone.dseq)
        self.deployments = handles + closed
        return handles

    def ensure_certificate(self, *, new: bool = False) -> Flow[Certificate]:
        """The certificate, checked again on each use; that the service has none is asked once."""
        state: Certificate | None = self.certificate_state
        if state is None or state.pair is not None or new:
            state = self.certificate_state = yield from ensure_certificate(self.context, new=new)
        return state

    def learn_dialect(self) -> Flow[str]:
        """The dialect, from the certificate step where it has not been taken yet."""
        return (yield from self.ensure_certificate()).dialect

    def refresh_balances(self) -> Flow[None]:
        """Read the wallet; a failure must not spoil the step it follows."""
        try:
            self.balances = yield from send(wallet_api.balances())
        except AkashError as error:
            self._say(f"The wallet could not be read: {error.what}")

    def sdl_text(self, sdl: str | Path | None) -> str:
        """SDL text from text, from a file's path, or the session's own.

        Raises:
            InvalidInputError: There is none, or the file cannot be read.
        """
        given = self.sdl if sdl is None else sdl
        if not isinstance(given, str | Path):
            raise InvalidInputError(
                f"An SDL is text or a file, not {type(given).__name__}.",
                means="Nothing was sent.",
                todo="Give SDL text, or the path of a YAML file.",
            )
        text = _read_sdl(given) if isinstance(given, Path) or _is_path(given) else given
        if not text.strip():
            raise InvalidInputError(
                "There is no SDL.", means="Nothing was sent.", todo="Give SDL text or a file's path."
            )
        return text

    # Background work, for views

    def start(self, work: Flow[T]) -> Future[T]:
        """Run a flow in the background and return at once; errors are in the future and in the `error` traits.

        Example: `session.start(Deployment.close.build(deployment))`.
        """
        return Engine.shared().submit(self._run_in_background(work))

    async def _run_in_background(self, work: Flow[T]) -> T:
        if self._background is None:
            self._background = self._make_background()
        return await self._background.run(work)

    def stop_background(self) -> None:
        """Close the background client; what waits is cancelled by its own future. Nobody is left to watch the time
        limits of budgets, but escrows end."""
        self.curfew.stop()
        self.is_closed = True  # what is followed for views ends at its next look
        background, self._background = self._background, None
        if background is not None:
            Engine.shared().submit(background.close())

    def __enter__(self: Session[Client]) -> Session[Client]:
        return self

    def __exit__(
        self: Session[Client],
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections. Deployments stay open: only `close()` ends one."""
        self.stop_background()
        self.client.close()
        self.journal.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self: Session[AsyncClient],
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections. Deployments stay open: only `close()` ends one."""
        self.stop_background()
        await self.client.close()
        self.journal.close()

    # How verbs report

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        """Hold the session for one verb: a second one at the same time (a double click) is refused."""
        with self.lock:
            if self.activity:
                raise InvalidInputError(
                    f"Still {self.activity}.", means="Nothing was sent a second time.", todo="Wait for it to finish."
                )
            self.activity = what
        self.error = None
        try:
            yield
        except AkashError as error:
            self.error = error
            self._say("")  # what was being done is not being done any more
            raise
        finally:
            self.activity = ""

    def _say(self, text: str) -> None:
        self.notice = text

    def _handle(
        self, dseq: str, manifest: str | None, sdl: str, groups: int, *, is_known: bool = True
    ) -> Deployment[C_co]:
        gseqs = tuple(range(1, groups + 1))
        return Deployment(self, dseq, manifest=manifest, sdl=sdl, gseqs=gseqs, is_known=is_known)

    def _adopt(self, deployment: Deployment[C_co]) -> None:
        self.deployments = (deployment, *self.deployments)
        self.current = deployment

    def _resumed(self, found: Found) -> Deployment[C_co]:
        """The handle that is here already, else a new one; brought up to date with what the service said."""
        dseq = found.status.dseq
        handle = next((d for d in self.deployments if d.dseq == dseq), None)
        if handle is None:
            handle = self._handle(dseq, found.manifest, found.sdl, found.groups, is_known=found.is_known)
        self._remember(dseq)
        handle.saw(found.status)
        return handle

    def _what_is_open(self, count: int) -> str:
        """What a look at the service has found, also where that is nothing."""
        found = f"{counted(count, 'deployment')} {'is' if count == 1 else 'are'} open." if count else "Nothing is open."
        lost = len(self.journal.entries("asked", "unknown"))
        if not lost:
            return found
        creates = f"{counted(lost, 'create')} without an answer {'has' if lost == 1 else 'have'} not appeared so far"
        return f"{found} {creates}: look again in {format_duration(LONGEST_CREATE.total_seconds())} to be sure."

    def _remember(self, dseq: str) -> None:
        """What the journal knows of a deployment's time limit."""
        entry = self.journal.entry(dseq)
        if entry is not None and entry.ends_at is not None:
            if self.journal.done("extend", dseq):
                self.context.purse.extend(dseq, entry.ends_at)
            self.curfew.move(dseq, entry.ends_at)

    def _is_due(self, dseq: str) -> bool:
        """A deployment's time is over, and nobody has given it more in another notebook."""
        if dseq not in self.curfew.due(self.now()):
            return False
        entry = self.journal.entry(dseq)
        if entry is None or entry.ends_at is None or entry.ends_at <= self.now():
            return True
        self._remember(dseq)
        return False


def _is_path(text: str) -> bool:
    """One line that ends like a YAML file, or that has nothing of YAML in it."""
    line = text.strip()
    return bool(line) and "\n" not in line and (":" not in line or line.lower().endswith((".yaml", ".yml")))


def _read_sdl(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as problem:
        raise InvalidInputError(
            f"The SDL file {str(path)!r} cannot be read: {problem}.",
            means="Nothing was sent.",
            todo="Give the path of a YAML file, or the SDL text itself.",
        ) from None


def _locked(dseq: str, asked_usd: Decimal, status: DeploymentStatus | None) -> str:
    """What a create has locked: a service may put its own amount in place of the one asked for (contract §5)."""
    locked = status.escrow.put_in.usd() if status else None
    instead = f" instead of {format_usd(asked_usd)}" if locked not in (None, asked_usd) else ""
    return f"Deployment {dseq} exists, with {format_usd(asked_usd if locked is None else locked)}{instead} in escrow."
