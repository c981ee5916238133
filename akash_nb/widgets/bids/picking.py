"""Picking bids by hand, the same in every view: one per group, kept in the deployment's `choice`."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from akash_nb import policy
from akash_nb.errors import InvalidInputError
from akash_nb.widgets.bids.bids_view import keys_of
from akash_nb.widgets.parts.base import SessionView, Target

if TYPE_CHECKING:
    import pandas as pd


class BidPicker(SessionView):
    """Base of the views in which bids can be picked. Subclasses call `_follow_choice` when they draw.

    Args:
        target: A deployment, or a session, whose current deployment is shown.
        selection: Keys of bids to pick at once.
    """

    selection = traitlets.List(
        traitlets.Unicode(), help="Keys of the picked bids, at most one per group; may be set."
    ).tag(sync=True)

    _last_look: Hashable = None

    def __init__(self, target: Target, *, selection: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(target, **kwargs)
        if selection:
            self._begin(selection=list(selection))

    @property
    def frame(self) -> pd.DataFrame | None:
        """The bids as a DataFrame (columns: `akash_nb.frames.bids`); None before they were read."""
        bids = self.deployment.bids if self.deployment else None
        return None if bids is None else bids.frame()

    @traitlets.validate("selection")
    def _check_selection(self, proposal: Any) -> list[str]:
        bids = self.deployment.bids if self.deployment else None
        for key in proposal["value"]:
            if bids is None or bids.find(key) is None:
                raise traitlets.TraitError(f"There is no bid {key!r} here; take keys from the `key` column of .frame")
        return keys_of(policy.pick(bids, proposal["value"])) if bids else []

    @traitlets.observe("selection")
    def _pick(self, change: Any) -> None:
        deployment = self.deployment
        if deployment is None or deployment.bids is None or keys_of(deployment.choice) == change["new"]:
            return
        deployment.choice = policy.pick(deployment.bids, change["new"]) if change["new"] else None

    def _begin(self, **traits: Any) -> None:
        """Set what the view begins with; one that cannot is closed again, since nobody gets hold of it."""
        try:
            for name, value in traits.items():
                self.set_trait(name, value)
        except traitlets.TraitError:
            self.close()
            raise

    def _look(self) -> Hashable:
        """While a verb runs, bids may come one by one: one picture at its end is enough."""
        if self.deployment is None or self.deployment.activity is None:
            self._last_look = super()._look()
        return self._last_look

    def _gesture(self, message: dict[str, Any]) -> None:
        deployment = self.deployment
        offer = deployment.bids.find(str(message["pick"])) if deployment and deployment.bids else None
        if offer is None or offer.bid.state != "open":
            raise InvalidInputError(
                "That bid is no longer open.", means="Nothing was picked.", todo="Pick one that is open."
            )
        self.selection = [*self.selection, offer.key]

    def _follow_choice(self) -> None:
        """Take the deployment's choice over, as far as its bids are known."""
        deployment = self.deployment
        chosen = keys_of(deployment.choice) if deployment else []
        if chosen != self.selection:
            self.selection = [key for key in chosen if deployment and deployment.bids and deployment.bids.find(key)]
