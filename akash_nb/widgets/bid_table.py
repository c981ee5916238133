"""BidTable: the bids of a deployment, live, one pick per group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from akash_nb import policy
from akash_nb.errors import InvalidInputError
from akash_nb.widgets._base import SessionView, Target, asset
from akash_nb.widgets._static import Still
from akash_nb.widgets.bids_view import keys_of, table_view, title

if TYPE_CHECKING:
    import pandas as pd


class BidTable(SessionView):
    """The bids as a table that can be sorted, filtered and picked from; it updates in place while it is looked at.

    Args:
        target: A deployment, or a session, whose current deployment is shown.

    Picking sets the deployment's `choice`, which `deployment.lease()` and the lease button take.
    """

    _esm = asset("bid_table.js")
    _css = asset("bid_table.css")

    selection = traitlets.List(
        traitlets.Unicode(), help="Keys of the picked bids, at most one per group; may be set."
    ).tag(sync=True)

    def __init__(self, target: Target, **kwargs: Any) -> None:
        super().__init__(target)
        if "selection" in kwargs:
            self.selection = kwargs.pop("selection")
        if kwargs:
            self.close()
            raise TypeError(f"BidTable has no {', '.join(map(repr, sorted(kwargs)))}")

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

    def _gesture(self, message: dict[str, Any]) -> None:
        deployment = self.deployment
        offer = deployment.bids.find(str(message["pick"])) if deployment and deployment.bids else None
        if offer is None or offer.bid.state != "open":
            raise InvalidInputError(
                "That bid is no longer open.", means="Nothing was picked.", todo="Pick one that is open."
            )
        self.selection = [*self.selection, offer.key]

    def _picture(self) -> dict[str, Any]:
        deployment = self.deployment
        chosen = keys_of(deployment.choice) if deployment else []
        if chosen != self.selection:
            self.selection = [key for key in chosen if deployment and deployment.bids and deployment.bids.find(key)]
        trouble = self.desk.poller(deployment).problem if deployment else ""
        return table_view(deployment) | {"trouble": trouble}

    def _still(self) -> Still:
        view = self.view
        deployment = self.deployment
        return Still(
            title=f"Bids of {deployment.dseq}: {title(deployment.bids)}" if deployment else "Bids: none yet",
            as_of=self.session.now(),
            is_mock=self.session.is_mock,
            head=tuple(column["label"] for column in view["columns"]) if view["rows"] else (),
            rows=tuple(tuple(text for _, text in row["cells"].values()) for row in view["rows"]),
        )
