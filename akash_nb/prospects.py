"""What a session tells before any money moves: what a workload would cost, where, and in what other sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic

from akash_nb.client.call import Flow
from akash_nb.client.deployments import MINIMUM_DEPOSIT_USD, amount_usd
from akash_nb.client.operation import C_co, verb
from akash_nb.errors import InvalidInputError
from akash_nb.explanation import Explanation
from akash_nb.flows.context import Context
from akash_nb.flows.explain import explain as explain_flow
from akash_nb.flows.plan import check_drift, make_plan
from akash_nb.flows.sweep import Memory, OnProgress
from akash_nb.flows.sweep import sweep as sweep_flow
from akash_nb.money import PriceModel, to_decimal
from akash_nb.plan import Plan
from akash_nb.progress import ProgressLine

if TYPE_CHECKING:
    import pandas as pd

    from akash_nb.deployment import Deployment

#: A value, or several.
Varied = Iterable[Any] | float | Decimal | str | None

_NEW_PLAN = "Look at a new plan: session.plan()."


class Prospects(Generic[C_co]):
    """The verbs of a session that only ask, and `apply`, which deploys what was planned."""

    client: C_co
    context: Context
    now: Callable[[], datetime]
    sdl_text: Callable[[str | Path | None], str]
    usual_deposit_usd: Callable[[], Decimal]

    if TYPE_CHECKING:

        @property
        def prices(self) -> PriceModel: ...
        @property
        def is_mock(self) -> bool: ...
        @property
        def dialect(self) -> str | None: ...
        def deploy_exactly(self, sdl: str, usd: Decimal, *, confirm: bool) -> Flow[Deployment[C_co]]: ...

    @verb
    def plan(self, sdl: str | Path | None = None, *, deposit_usd: Decimal | float | str | None = None) -> Flow[Plan]:
        """What deploying an SDL would come to: who could host it now, what it is likely to cost, how long the deposit
        lasts, what others ask for the same, and what is odd about it. Spends nothing.

        Args:
            sdl: SDL text, or the path of an SDL file; None takes the session's `sdl`.
            deposit_usd: US dollars that `apply` would lock; None for 5, or what a budget has left.

        Raises:
            SDLError: The SDL has errors.
            InvalidInputError: No such file, or the deposit is no amount.
            ConnectionFailedError, APIError: The market could not be asked.
        """
        text = self.sdl_text(sdl)
        source = "session" if sdl is None else "text" if text == sdl else "file"
        deposit = self.usual_deposit_usd() if deposit_usd is None else amount_usd(deposit_usd, minimum=Decimal(0))
        path = str(sdl) if source == "file" else ""
        return (yield from self._planned(text, source, path, deposit))

    @verb
    def apply(
        self, plan: Plan, *, tolerance: Decimal | float | str = 0.1, confirm: bool = False
    ) -> Flow[Deployment[C_co]]:
        """Deploy exactly what was planned, unless its SDL or the market has moved since. **Spends.**

        Args:
            tolerance: How far the usual price may have risen since, 0.1 for a tenth.
            confirm: Say yes to spending real money; the mock needs none.

        Raises:
            InvalidInputError: The SDL was changed since, nobody could host it any more, the price rose, or the plan is
                of another market; nothing was sent.
            UnconfirmedError, OverBudgetError, OutOfFundsError, OutcomeUnknownError: As for `deploy`.
        """
        rise = _tolerance(tolerance)
        if not isinstance(plan, Plan):
            raise InvalidInputError(
                f"A {type(plan).__name__} is no plan.",
                means="Nothing was sent.",
                todo="Make one with session.plan(), or read one with Plan.from_json().",
            )
        self._check_source(plan)
        now = yield from self._planned(plan.sdl, plan.source, plan.path, plan.deposit_usd)
        if now.is_mock != plan.is_mock:
            here, there = ("the MOCK", "the real") if now.is_mock else ("the real", "the MOCK")
            raise InvalidInputError(
                f"This plan is of {there} market, and the session of {here} one.",
                means="Nothing was sent.",
                todo=_NEW_PLAN,
            )
        check_drift(plan, now, rise)
        deployment = yield from self.deploy_exactly(plan.sdl, plan.deposit_usd, confirm=confirm)
        deployment.made_by(plan)
        return deployment

    @verb
    def sweep(
        self,
        sdl: str | Path | None = None,
        *,
        cpu: Varied = None,
        memory: Varied = None,
        storage: Varied = None,
        gpu: Varied = None,
        region: Varied = None,
        count: Varied = None,
        max_price: Varied = None,
        service: str | None = None,
        most_requests: int = 59,
        fresh: bool = False,
        progress: bool | OnProgress = True,
    ) -> Flow[pd.DataFrame]:
        """What a workload would cost in other sizes, and who could host it: one row per combination, in the order of
        the arguments. Spends nothing and creates nothing.

        Prices are list prices and no quotes; see `akash_nb.frames.sweep` for the columns. Who could host what is asked
        for few combinations and follows for the others, since who has room for more has room for less; what was not
        settled within `most_requests` has `providers` below `providers_at_most`. What the market said is remembered for
        five minutes.

        An interrupt of the kernel stops it, or a cancel where it is awaited. The answers that have come are kept, so
        that the same sweep goes on from there. `akash_nb.widgets.SweepView` has a button for it, and does not block.

        Args:
            sdl: SDL text, or the path of an SDL file; None takes the session's `sdl`.
            cpu, memory, storage, gpu, count, max_price: Values as `sdl.vary` takes them, or lists of them; None leaves
                as it is. Within a list of GPUs None is none.
            region: Regions as providers state them (`location-region`); within a list None is any.
            service: Whose values to vary; needed only where the SDL has several compute profiles.
            most_requests: No more are sent in all, not counting a second try of what failed.
            fresh: Ask again what was asked in the last minutes, also before a stop.
            progress: Show a bar in the notebook's cell, or in the terminal; or a function that is told the progress
                (`akash_nb.flows.sweep.Progress`) instead.

        Raises:
            SDLError: The SDL has errors.
            InvalidInputError: A list is empty, it is not clear whose values to vary, or so many requests do not do.
            ConnectionFailedError, APIError: The market could not be asked.
        """
        from akash_nb.frames.sweep import sweep_frame  # pandas is heavy, and only tables need it

        if fresh:
            self._memory.forget()
        axes = {"cpu": cpu, "memory": memory, "storage": storage, "gpu": gpu, "region": region, "count": count}
        with ProgressLine() as line:
            on_progress = progress if callable(progress) else line.follow if progress else _tell_nobody
            result = yield from sweep_flow(
                self.context,
                self._memory,
                self.sdl_text(sdl),
                {**axes, "max_price": max_price},
                service=service,
                most_requests=most_requests,
                is_mock=lambda: self.is_mock,
                on_progress=on_progress,
            )
        return sweep_frame(result)

    @verb
    def explain(self, sdl: str | Path | None = None) -> Flow[Explanation]:
        """What would keep bids away from an SDL, before anything is deployed. One demand after the other is let go, and
        those who could host the rest are counted. Spends nothing.

        Args:
            sdl: SDL text, or the path of an SDL file; None takes the session's `sdl`. Errors in it are a cause.

        Returns:
            The causes, the likeliest first; `.apply()` is the SDL with the first fix.

        Raises:
            InvalidInputError: No such file.
        """
        return (yield from explain_flow(self.context, self.sdl_text(sdl), is_mock=lambda: self.is_mock))

    @cached_property
    def _memory(self) -> Memory:
        return Memory(self.now)

    def _planned(self, text: str, source: str, path: str, deposit_usd: Decimal) -> Flow[Plan]:
        plan = yield from make_plan(
            self.context,
            text,
            source=source,
            path=path,
            deposit_usd=deposit_usd,
            minimum_usd=MINIMUM_DEPOSIT_USD[self.dialect or "live"],
            is_mock=lambda: self.is_mock,
        )
        return plan.bound_to(self)

    def _check_source(self, plan: Plan) -> None:
        """Stop where the SDL is not any more what was planned; text that was given cannot change."""
        if plan.source == "text":
            return
        if self.sdl_text(Path(plan.path) if plan.source == "file" else None) != plan.sdl:
            where = f"in {plan.path}" if plan.source == "file" else "of the session"
            raise InvalidInputError(
                f"The SDL {where} was changed after the plan was made.", means="Nothing was sent.", todo=_NEW_PLAN
            )


def _tell_nobody(_: object) -> None:
    """Nobody wants to know."""


def _tolerance(value: Any) -> Decimal:
    try:
        tolerance = to_decimal(value)
    except ValueError:
        tolerance = Decimal(-1)
    if tolerance < 0:
        raise InvalidInputError(
            f"tolerance: {value!r} is no share.", means="Nothing was sent.", todo="Give one such as 0.1 for a tenth."
        )
    return tolerance
