"""One deployment as people handle it: the verbs of its life. What is known of it now is its `Standing`.

Verbs block on a `Session[Client]` and are awaited on a `Session[AsyncClient]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Generic

from akash_nb import policy as policies
from akash_nb.bids import Bids
from akash_nb.budgets import seconds_of
from akash_nb.client import deployments as deployments_api
from akash_nb.client.call import Flow, send
from akash_nb.client.operation import C_co, verb
from akash_nb.errors import (
    AkashError,
    BidExpiredError,
    InvalidInputError,
    InvalidRequestError,
    LeaseFailedError,
    NoBidsError,
    OutOfFundsError,
)
from akash_nb.explanation import Explanation
from akash_nb.flows import bids as bid_flows
from akash_nb.flows.choose import Wish, decide
from akash_nb.flows.close import close as close_flow
from akash_nb.flows.create import manifest_of
from akash_nb.flows.deposit import SMALLEST_USD, topped_up_usd
from akash_nb.flows.deposit import deposit as deposit_flow
from akash_nb.flows.explain import explain as explain_flow
from akash_nb.flows.funding import (
    allow_automatic_funding,
    before_lease,
    filling_usd,
    forbid_again,
    no_automatic_funding,
)
from akash_nb.flows.lease import lease as lease_flow
from akash_nb.flows.resume import entry_of
from akash_nb.flows.state import read_state, refuse_closed, refuse_ended
from akash_nb.flows.state import wait_until_ready as ready_flow
from akash_nb.flows.time_limit import extend as extend_time
from akash_nb.flows.update import update as update_flow
from akash_nb.models import DeploymentSetting, DeploymentStatus, Offer
from akash_nb.money import exact_usd, format_usd
from akash_nb.purse import Attempt
from akash_nb.receipt import Receipt
from akash_nb.runway import Runway
from akash_nb.sdl import Diff
from akash_nb.sdl import diff as sdl_diff
from akash_nb.sdl.manifest import version_of
from akash_nb.standing import STAGES, Activity, Standing
from akash_nb.units import format_duration
from akash_nb.workload import Workload

__all__ = ["STAGES", "Activity", "Deployment"]

#: What the service gives for a hash while it cannot read the chain (contract §4).
_UNKNOWN_HASH = "unknown_value"


class Deployment(Workload[C_co], Standing[C_co], Generic[C_co]):
    """A deployment of your wallet. Made by `Session.deploy` and `Session.resume`, not by hand."""

    def _ipython_display_(self) -> None:
        from akash_nb.widgets import show_deployment  # views are built only where one is shown

        show_deployment(self)

    def diff(self, sdl: str | Path | None = None) -> Diff:
        """What differs from the SDL that is deployed to another one, and what of it `update` can send.

        Args:
            sdl: SDL text, or the path of an SDL file; None takes the session's `sdl`.

        Returns:
            The changes, each in place or in need of a new deployment; false when there are none.

        Raises:
            InvalidInputError: What is deployed is not known here, or there is no such file.
            SDLError: The SDL has errors.
        """
        if not self.sdl:
            raise InvalidInputError(
                f"The SDL of deployment {self.dseq} is not known here: it was created elsewhere.",
                means="Nothing can be compared with it.",
                todo="Compare with the text where it was created.",
            )
        return sdl_diff(self.sdl, self.session.sdl_text(sdl))

    # Verbs

    @verb
    def refresh_bids(self) -> Flow[Bids]:
        """Read the bids once."""
        bids = yield from self._reader.read()
        self._saw_bids(bids)
        return bids

    @verb
    def wait_for_bids(self, *, timeout_s: float = 120.0, settle_s: float = 15.0) -> Flow[Bids]:
        """Wait until every group has a bid and no new one has come for a while.

        Args:
            timeout_s: Seconds to wait at most.
            settle_s: Seconds without a new bid that end the wait once every group has one; bids come block by block,
                so fewer than two blocks would end it early.

        Returns:
            The bids; `.frame()` is a DataFrame.

        Raises:
            NoBidsError: None came for some group; the message says what was checked and what to change.
        """
        timeout_s = self._within_its_time(timeout_s)
        with self._doing("wait_for_bids", "waiting for providers to bid", of_seconds=timeout_s) as activity:
            bids = yield from bid_flows.wait_for_bids(
                self._reader,
                timeout_s=timeout_s,
                settle_s=settle_s,
                on_bids=lambda seen, waited: self._waiting(activity, seen, waited),
            )
            if not bids.covers_all_groups:
                status = yield from send(deployments_api.get(self.dseq))
                self.saw(status)
                refuse_closed(status)
                raise (yield from self._no_bids(bids, status, timeout_s))
            return bids

    @verb
    def explain(self) -> Flow[Explanation]:
        """Why no bids come. One demand of the SDL after the other is let go, and those who could host the rest are
        counted; reads only, some dozens of times at most.

        Returns:
            The causes, the likeliest first; `.apply()` is the SDL with the first fix. Of a deployment that has bids or
            a lease it says so.
        """
        with self._doing("explain", "looking for what keeps bids away"):
            status = yield from send(deployments_api.get(self.dseq))
            self.saw(status)
            bids = yield from self._reader.read()
            self._saw_bids(bids)
            return (yield from self._explained(bids, status))

    @verb
    def lease(self, choice: Wish | None = None, *, confirm: bool = False) -> Flow[DeploymentStatus]:
        """Accept one bid per group and start the workload. **It costs from then on.** Safe to repeat: a lease that
        exists is kept, and its provider gets the manifest again.

        Args:
            choice: A policy, a choice made before, or bid keys (the `key` column); None takes what was picked before,
                else the cheapest audited.
            confirm: Say yes to spending real money; the mock needs none.

        Raises:
            InvalidInputError: It is closed, or its lease has ended, or its manifest is not known; nothing was sent.
            UnconfirmedError: It would spend real money; nothing was sent.
            OverBudgetError: It would go beyond a budget; no lease was made.
            NoChoiceError: No open bid meets the policy; the message says why, bid by bid.
            BidExpiredError: A chosen bid is gone; no lease was made.
            BidDearerError: A bid costs more now than when it was chosen, or shown; no lease was made.
            LeaseFailedError: It failed; the message says whether money is bound and what to do.
        """
        with self._doing("lease", "choosing among the bids"):
            status = yield from send(deployments_api.get(self.dseq))
            self.saw(status)
            refuse_closed(status)
            manifest = self._fitting_manifest(status)
            shown, bids = self.bids, (yield from self._reader.read())
            self._saw_bids(bids)
            if not bids.open:
                refuse_ended(status)
            usual = self.choice or policies.cheapest().audited()
            self.choice = decide(bids, usual if choice is None else choice, status, shown=shown)
            offers = [self.choice.chosen[gseq] for gseq in sorted(self.choice.chosen)]
            with ExitStack() as leasing:
                attempt = Attempt()
                if any(offer.bid.state == "open" for offer in offers):
                    attempt = yield from self._before_lease(bids, offers, status, confirm, leasing)
                self._say(f"leasing from {', '.join(offer.name for offer in offers)}")
                certificate = yield from self.session.ensure_certificate()
                attempt.is_sent = True
                try:
                    status = yield from lease_flow(self._context, self.dseq, manifest, offers, certificate.pair)
                except (LeaseFailedError, BidExpiredError):
                    yield from self._look_again()
                    raise
            self.saw(status)
            self._context.say(f"Leased from {', '.join(offer.name for offer in offers)}.")
            yield from self._refresh_shown_bids()
            return status

    @verb
    def wait_until_ready(self, *, timeout_s: float = 300.0) -> Flow[DeploymentStatus]:
        """Wait until every service has all replicas up, or until `timeout_s`; look at `is_ready` of the answer."""
        timeout_s = self._within_its_time(timeout_s)
        with self._doing("wait_until_ready", "waiting for the services to start", of_seconds=timeout_s):
            before = self.state
            status = yield from ready_flow(self.dseq, timeout_s=timeout_s, on_status=self.saw)
            yield from self._wallet_since(before)
            if status.live_leases:
                self._context.say("All services are up." if status.is_ready else "Not all services are up yet.")
            return status

    @verb
    def status(self) -> Flow[DeploymentStatus]:
        """State, services, web addresses, ports and escrow as they are now."""
        before = self.state
        status = yield from send(deployments_api.get(self.dseq))
        self.saw(status)
        yield from self._wallet_since(before)
        return status

    @verb
    def deposit(self, usd: Decimal | float | str, *, confirm: bool = False) -> Flow[Runway]:
        """Add US dollars to the escrow. **Spends.**

        Args:
            confirm: Say yes to spending real money; the mock needs none.

        Returns:
            The money after it: what is left and how long it lasts.

        Raises:
            InvalidInputError: The amount is none; nothing was sent.
            UnconfirmedError: It would spend real money; nothing was sent.
            OverBudgetError: It is more than a budget has left, or what runs costs more per hour than one allows;
                nothing was sent.
            OutcomeUnknownError: The answer was lost and the escrow has not grown so far.
        """
        with self._doing("deposit", "adding funds"):
            amount = deployments_api.amount_usd(usd, minimum=SMALLEST_USD)
            dialect = yield from self.session.learn_dialect()
            self.session.need_yes(confirm, f"It adds {exact_usd(amount)} of real money to the escrow of {self.dseq}.")
            self.saw((yield from self._looked_again(deposit_flow(self._context, self.dseq, amount, dialect))))
            self._context.say(f"{format_usd(amount)} added to the escrow of {self.dseq}.")
            yield from self.session.refresh_balances()
            money = self.runway
            assert money is not None  # noqa: S101  a status has just been seen
            return money

    @verb
    def extend(self, by: timedelta | float | str, *, confirm: bool = False) -> Flow[datetime]:
        """Give it more time than its budget did: it is closed that much later. **It costs for longer**, and no money
        moves: the escrow lasts as long as before, and the budget's limits in dollars hold. `deposit` adds funds.

        Args:
            by: Text such as `"2h"` or `"1 d 12 h"`, seconds, or a timedelta: after `ends_at`, or after now where that
                has passed.
            confirm: Say yes to paying real money for longer; the mock needs none.

        Returns:
            When it is to be closed, UTC; the journal keeps it.

        Raises:
            InvalidInputError: It is no time, or the deployment is closed, has ended or has no time limit; nothing was
                changed.
            UnconfirmedError: It would go on to cost real money; nothing was changed.
            JournalError: It cannot be noted; nothing was changed.
        """
        with self._doing("extend", "giving it more time"):
            seconds = seconds_of("by", by)
            status = yield from send(deployments_api.get(self.dseq))
            self.saw(status)
            refuse_closed(status)
            refuse_ended(status)
            self.session.need_yes(confirm, f"It is paid with real money for {format_duration(seconds)} longer.")
            ends_at = extend_time(self._context, self.dseq, seconds)
            self.session.curfew.move(self.dseq, ends_at)
            self._context.say(f"Deployment {self.dseq} closes at {ends_at:%Y-%m-%d %H:%M} UTC.{self._until_empty()}")
            return ends_at

    @verb
    def update(self, sdl: str | Path) -> Flow[DeploymentStatus]:
        """Send a changed SDL (text or file) to the providers: same dseq, same leases, no deposit. Safe to repeat.

        Raises:
            SDLError: The SDL is wrong; nothing was sent.
            InvalidInputError: It changes what only a new deployment can have, such as resources; nothing was sent.
            OverBudgetError: Its time is over, or more is spent already than a budget allows; nothing was sent.
            InvalidRequestError: The provider refused it; what ran before keeps running.
        """
        text = self.session.sdl_text(sdl)
        with self._doing("update", "sending the new manifest"):
            certificate = yield from self.session.ensure_certificate()
            sending = update_flow(self._context, self.dseq, text, certificate.pair, running=self.sdl)
            status = yield from self._looked_again(sending)
            self.saw(status)
            self._take_over_sdl(status)
            self._context.say("The new manifest is with the provider.")
            return status

    @verb
    def auto_top_up(self, enabled: bool, *, confirm: bool = False) -> Flow[DeploymentSetting]:
        """Let the service fill the escrow up from the wallet by itself, or forbid it. Unless it is forbidden before
        the lease, it keeps the deployments of paying wallets at 48 hours of runway (contract §13).

        Args:
            confirm: To allow it, say yes to spending real money; the mock needs none.

        Raises:
            UnconfirmedError: It would allow the service to spend real money; nothing was sent.
            OverBudgetError: The deployment is under a budget; nothing was sent.
        """
        with self._doing("auto_top_up", "telling the service"):
            if not enabled:
                return (yield from no_automatic_funding(self._context, self.dseq))
            yield from self.session.learn_dialect()
            self.session.need_yes(confirm, "From then on the service spends real money from the wallet by itself.")
            return (yield from allow_automatic_funding(self._context, self.dseq))

    @verb
    def close(self) -> Flow[Receipt]:
        """End the leases and take back what is left of the escrow. Safe to repeat."""
        with self._doing("close", "closing"):
            mock = self.session.is_mock
            receipt = yield from close_flow(self._context, self.dseq, is_mock=mock, sdl_text=self.sdl)
            self.receipt = receipt
            self.stage = "closed"
            self.session.curfew.lift(self.dseq)
            self._context.say(f"Deployment {self.dseq} is closed.")
            yield from self._look_again()
            yield from self.session.refresh_balances()
            return receipt

    def _before_lease(
        self, bids: Bids, offers: Sequence[Offer], status: DeploymentStatus, confirm: bool, leasing: ExitStack
    ) -> Flow[Attempt]:
        """What budgets and the user have to say before money flows; fills the escrow where a budget asks for it.

        Args:
            leasing: Holds until the leases are made, or have failed.
        """
        context, rates = self._context, [bids.usd_per_hour(offer) for offer in offers]
        rate = None if None in rates else sum(filter(None, rates), Decimal(0))
        price = f"{format_usd(rate)}/h" if rate is not None else "what the bids say"
        money = self.runway
        lacking = filling_usd(context, self.dseq, money, rate) if money and rate else Decimal(0)
        filling = f", and adds {format_usd(lacking)} to the escrow" if lacking else ""
        self.session.need_yes(confirm, f"It leases for {price} of real money{filling}.")
        attempt = leasing.enter_context(context.purse.leasing(status, rate, context.now()))
        yield from before_lease(context, self.dseq)
        self.session.watch(self.dseq)
        if lacking:
            self._say(f"adding {format_usd(lacking)} to the escrow, so that it lasts as long as the budget allows")
            dialect = yield from self.session.learn_dialect()
            try:
                self.saw((yield from deposit_flow(context, self.dseq, lacking, dialect)))
            except OutOfFundsError as error:
                error.means = "No lease was made, and nothing was put in."
                error.todo = "Add credits in the Console, or deploy it again under a budget with less time."
                raise
            yield from self.session.refresh_balances()
        return attempt

    def _until_empty(self) -> str:
        """What to say where the escrow is empty before its time is over."""
        money, ends_at = self.runway, self.ends_at
        if money is None or money.seconds_left is None or ends_at is None:
            return ""
        if money.seconds_left >= (ends_at - self._context.now()).total_seconds():
            return ""
        return f" Its escrow lasts {format_duration(money.seconds_left)}: add funds if it is to run longer."

    def _within_its_time(self, timeout_s: float) -> float:
        """No wait goes on when a budget wants it closed: a verb that is under way keeps it open."""
        ends_at = self.ends_at
        return timeout_s if ends_at is None else max(min(timeout_s, (ends_at - self._context.now()).total_seconds()), 0)

    def _looked_again(self, sending: Flow[DeploymentStatus]) -> Flow[DeploymentStatus]:
        """The same; where it is refused, with a look at whether it was closed elsewhere meanwhile."""
        try:
            return (yield from sending)
        except (InvalidInputError, InvalidRequestError):
            yield from self._look_again()
            if self.stage == "closed" and self.state is not None:
                refuse_closed(self.state)
            raise

    def _wallet_since(self, before: DeploymentStatus | None) -> Flow[None]:
        """Read the wallet where the escrow holds more than before: the service fills it up from there by itself. Under
        a budget somebody must have allowed that again, and it is forbidden."""
        now = self.state
        if before is not None and now is not None and now.escrow.put_in != before.escrow.put_in:
            earlier = topped_up_usd(self._context, self.dseq, before.escrow.put_in)
            added = (self.topped_up_usd or Decimal(0)) - (earlier or Decimal(0))
            if self.budgets and added > 0:
                self._context.say((yield from forbid_again(self._context, self.dseq, added)))
            yield from self.session.refresh_balances()

    def _look_again(self) -> Flow[None]:
        """After a failure: what is now true, for views; a failure to read it must not hide the first."""
        status = yield from read_state(self.dseq)
        if status is not None:
            self.saw(status)
        yield from self._refresh_shown_bids()

    def _refresh_shown_bids(self) -> Flow[None]:
        """Bids that were shown as open or leased are not any more; a failure must not spoil the close."""
        if self.bids is None:
            return
        try:
            self._saw_bids((yield from self._reader.read()))
        except AkashError as error:
            self._context.say(f"The bids could not be read: {error.what}")

    def _take_over_sdl(self, status: DeploymentStatus) -> None:
        """The SDL and manifest that the chain's hash stands for, where the journal has them."""
        entry = entry_of(self._context, status)
        if entry is not None and entry.sdl:
            self.sdl, self.manifest = entry.sdl, manifest_of(entry) or self.manifest

    def _fitting_manifest(self, status: DeploymentStatus) -> str:
        self._take_over_sdl(status)
        if self.manifest is None:
            raise InvalidInputError(
                f"The manifest of deployment {self.dseq} is not known here: it was created elsewhere.",
                means="It cannot be leased from here; its deposit stays in escrow.",
                todo="Lease it where it was created, or close it.",
            )
        if status.version not in (version_of(self.manifest), _UNKNOWN_HASH):
            raise InvalidInputError(
                f"The chain holds the hash of another manifest for deployment {self.dseq} than is known here.",
                means="Nothing was sent: its provider would refuse this one.",
                todo="Send the SDL with update() first, then lease.",
            )
        return self.manifest

    def _no_bids(self, bids: Bids, status: DeploymentStatus, timeout_s: float) -> Flow[NoBidsError]:
        self._say("no bids: looking for the cause")
        explanation = yield from self._explained(bids, status)
        groups = f" for group {', '.join(map(str, bids.lacking))}" if len(self.gseqs) > 1 else ""
        lines = "\n".join(f"  {line}" for line in explanation.lines())
        if explanation.fixes:
            todo = "Close this deployment and create it again with an SDL of deployment.explanation; or wait longer."
        elif explanation.causes:
            todo = "Close this deployment, change what keeps them away and create it again; or wait longer."
        else:
            todo = "Wait longer, or close this deployment and try again later."
        return NoBidsError(
            f"No open bid came{groups} within {timeout_s:.0f} s.\n{lines}\n",
            explanation=explanation,
            means="What is leased goes on and is paid from the escrow."
            if status.live_leases
            else "The deposit is in the deployment's escrow; nothing drains it without a lease.",
            todo=todo,
        )

    def _explained(self, bids: Bids, status: DeploymentStatus) -> Flow[Explanation]:
        self.explanation = yield from explain_flow(
            self._context,
            self.sdl,
            is_mock=lambda: self.session.is_mock,
            dseq=self.dseq,
            bids=bids,
            status=status,
        )
        return self.explanation
