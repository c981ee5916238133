"""How a deployment stands: what was learned of it last, and what is under way.

It is set as traits, so that any number of views can follow; it works without a view.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Generic

import traitlets

from akash_nb.bids import Bids
from akash_nb.budgets import Budget
from akash_nb.client.operation import C_co
from akash_nb.errors import AkashError, InvalidInputError
from akash_nb.explanation import Explanation
from akash_nb.flows import bids as bid_flows
from akash_nb.flows.close import note_plan
from akash_nb.flows.deposit import topped_up_usd
from akash_nb.models import DeploymentStatus
from akash_nb.observable import observable
from akash_nb.policy import Choice
from akash_nb.receipt import Receipt
from akash_nb.runway import Runway, created_time, estimate_height, runway
from akash_nb.tags import parse_tags
from akash_nb.units import counted, format_duration

if TYPE_CHECKING:
    from akash_nb.plan import Plan
    from akash_nb.session import Session

#: Where a deployment stands, in the order of its life. `ended`: its providers have given up all leases (contract §8):
#: nothing runs, nothing drains the escrow, and no new bids come; all that is left to do is to close it.
STAGES = ("created", "bids", "leased", "running", "ended", "closed")


@dataclass(frozen=True, slots=True)
class Activity:
    """What is under way: `name` is the verb, `text` what it is doing, `seconds` how long it has waited,
    `of_seconds` how long it will at most (None: no limit known)."""

    name: str
    text: str = ""
    seconds: float = 0.0
    of_seconds: float | None = None


class Standing(traitlets.HasTraits, Generic[C_co]):
    """What is known of a deployment of a session."""

    stage: str = observable("created", "Where it stands, see STAGES.")
    bids: Bids | None = observable(None, "The bids as last read.")
    choice: Choice | None = observable(None, "The bids picked for the lease.")
    state: DeploymentStatus | None = observable(None, "The service's last answer.")
    receipt: Receipt | None = observable(None, "What it came to, once closed.")
    explanation: Explanation | None = observable(None, "Why no bids came, when last asked; None once some have.")
    plan: Plan | None = observable(None, "The plan that it was made by; None without one.")
    activity: Activity | None = observable(None, "What is under way; None when idle.")
    error: AkashError | None = observable(None, "The last verb's failure; None after success.")

    def __init__(
        self,
        session: Session[C_co],
        dseq: str,
        *,
        manifest: str | None,
        sdl: str,
        gseqs: tuple[int, ...],
        is_known: bool = True,
    ) -> None:
        super().__init__()
        self.session = session
        self.dseq = dseq
        self.manifest = manifest
        self.sdl = sdl
        self.gseqs = gseqs
        self.is_known = is_known
        self._context = session.context
        self._reader = bid_flows.BidReader(
            self._context, dseq, gseqs, is_mock=session.is_mock, created_at=self._journalled_time()
        )

    def __repr__(self) -> str:
        mock = "MOCK " if self.session.is_mock else ""
        parts = [f"{mock}{self.dseq}", self.stage]
        money = self.runway
        if money and money.seconds_left is not None:
            parts.append(f"{format_duration(money.seconds_left)} left")
        return f"<Deployment {', '.join(parts)}>"

    def __str__(self) -> str:
        mock = "MOCK " if self.session.is_mock else ""
        lines = [f"{mock}deployment {self.dseq}: {self.stage}"]
        if self.state is not None:
            lines += self.state.workload_lines()
            lines.append(f"  {'escrow':<10}{self.runway} ({self._context.prices})")
        lines += [f"  {'budget':<10}{str(each).removeprefix('budget: ')}" for each in self.budgets]
        if self.ends_at is not None:
            left = format_duration((self.ends_at - self._context.now()).total_seconds())
            lines.append(f"  {'closes':<10}in {left}, at {self.ends_at:%Y-%m-%d %H:%M:%S} UTC")
        return "\n".join(lines)

    @property
    def client(self) -> C_co:
        return self.session.client

    @property
    def runway(self) -> Runway | None:
        """The money as of now, from the last answer; None before there was one."""
        if self.state is None:
            return None
        prices = self._context.prices
        return runway(self.state, estimate_height(self.state, self.created_at, self._context.now(), prices), prices)

    @property
    def created_at(self) -> datetime | None:
        """When it was created (UTC): its number says so, else the journal; None where neither does."""
        return created_time(self.dseq) or self._journalled_time()

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """The budgets that it is under."""
        return self._context.purse.of(self.dseq)

    @property
    def ends_at(self) -> datetime | None:
        """When a budget has it closed (UTC); None without a limit."""
        return self.session.curfew.ends_at(self.dseq)

    @property
    def tags(self) -> tuple[str, ...]:
        """Words of your own, such as `class-3`; may be set, to words or to one text with commas. They are kept in this
        computer's journal.

        Raises:
            InvalidInputError: One is longer than 40 characters or has line breaks; set to such, they stay as they were.
            JournalError: They cannot be kept.
        """
        return self._context.journal.tags().get(self.dseq, ())

    @tags.setter
    def tags(self, tags: str | Iterable[str]) -> None:
        words = parse_tags(tags)
        self._context.journal.tag(self.dseq, words)
        self._context.say(f"Deployment {self.dseq} is tagged {', '.join(words)}." if words else "")

    @property
    def topped_up_usd(self) -> Decimal | None:
        """What the service has added to the escrow from the wallet by itself (paying accounts are kept at 48 h of
        runway: a deposit is no cap); None when unknown."""
        if self.state is None or not self.state.is_open:
            return None
        return topped_up_usd(self._context, self.dseq, self.state.escrow.put_in)

    # How verbs report what they do and learn

    @contextmanager
    def _doing(self, name: str, text: str, of_seconds: float | None = None) -> Iterator[Activity]:
        """Hold the deployment for one verb: a second one at the same time is refused, an error is kept for views."""
        with self.session.lock:
            if self.activity is not None:
                raise InvalidInputError(
                    f"{self.activity.name} is still under way on deployment {self.dseq}.",
                    means="Nothing was sent.",
                    todo="Wait for it, or stop it first.",
                )
            activity = self.activity = Activity(name, text, of_seconds=of_seconds)
        self.error = None
        try:
            yield activity
        except AkashError as error:
            self.error = error
            self._context.say("")  # what was being done is not being done any more
            raise
        finally:
            self.activity = None

    def _say(self, text: str) -> None:
        if self.activity is not None:
            self.activity = Activity(self.activity.name, text, of_seconds=self.activity.of_seconds)
        self._context.say(text)

    def _waiting(self, activity: Activity, bids: Bids, waited: float) -> None:
        self._saw_bids(bids)
        text = f"{counted(len(bids.open), 'open bid')} so far" if bids.open else activity.text
        self.activity = Activity(activity.name, text, waited, activity.of_seconds)

    def _saw_bids(self, bids: Bids) -> None:
        self.bids = bids
        if bids.covers_all_groups:
            self.explanation = None
        if self.stage == "created" and bids.open:
            self._reach("bids")

    def made_by(self, plan: Plan) -> None:
        """Keep the plan that it was made by, for its receipt."""
        self.plan = plan
        note_plan(self._context, self.dseq, plan.id, plan.usd_hour and plan.usd_hour.typical)

    def saw(self, status: DeploymentStatus) -> None:
        """Take over an answer of the service."""
        self._context.purse.saw(status)
        self.state = status
        if not status.is_open:
            self._reach("closed")
            self.session.curfew.lift(self.dseq)
        elif status.is_ready:
            self._reach("running")
        elif status.live_leases:
            self._reach("leased")
        elif status.leases:
            self._reach("ended")

    def _reach(self, stage: str) -> None:
        """Stand there from now on; what was said last told of the stage before."""
        if stage != self.stage:
            self._context.say("")
            self.stage = stage

    def _journalled_time(self) -> datetime | None:
        entry = self._context.journal.entry(self.dseq)
        return entry.asked_at if entry else None
