"""BidTable: the bids of a deployment, live, one pick per group."""

from __future__ import annotations

from typing import Any

from akash_nb.widgets._base import asset
from akash_nb.widgets._picking import BidPicker
from akash_nb.widgets._static import Still
from akash_nb.widgets.bids_view import table_view, title


class BidTable(BidPicker):
    """The bids as a table that can be sorted, filtered and picked from; it updates in place while it is looked at.

    Args:
        target: A deployment, or a session, whose current deployment is shown.
        selection: Keys of bids to pick at once.

    Picking sets the deployment's `choice`, which `deployment.lease()` and the lease button take.
    """

    _esm = asset("bid_table.js")
    _css = asset("bid_table.css")

    def _picture(self) -> dict[str, Any]:
        self._follow_choice()
        deployment = self.deployment
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
