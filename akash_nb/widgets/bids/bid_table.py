"""BidTable: the bids of a deployment, live, one pick per group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from akash_nb.errors import InvalidInputError
from akash_nb.widgets.bids import bid_rows
from akash_nb.widgets.bids import bids_view as views
from akash_nb.widgets.bids.screened import ScreenedView
from akash_nb.widgets.parts import filters as column_filters
from akash_nb.widgets.parts.base import Target, asset
from akash_nb.widgets.parts.rows import Memo, Row, RowsView
from akash_nb.widgets.parts.still import Still

if TYPE_CHECKING:
    import pandas as pd


class BidTable(RowsView, ScreenedView):
    """The bids as a table that can be sorted, filtered and picked from; it updates in place while it is looked at.

    Args:
        target: A deployment, or a session, whose current deployment is shown.
        selection: Keys of bids to pick at once.
        filters: To begin with, such as `{"region": "us-west|eu", "usd_hour": "<0.05"}`; see `filters`.
        sort: Column to sort by to begin with; see `sort`.

    Picking sets the deployment's `choice`, which `deployment.lease()` and the lease button take.
    """

    _esm = asset("bid_table.js", "rows.js")
    _css = asset("bid_table.css")

    sort = traitlets.Unicode("usd_hour", help="The column to sort by, with `-` before it from the highest down.")

    def __init__(
        self,
        target: Target,
        *,
        selection: Sequence[str] = (),
        filters: Mapping[str, str] | None = None,
        sort: str = "usd_hour",
        **kwargs: Any,
    ) -> None:
        self._rows_of = Memo(bid_rows.bid_rows)
        self._page_rows_of = Memo(lambda *parts: [bid_rows.page_row(row) for rows in parts for row in rows])
        self._keys_of = Memo(bid_rows.shown_keys)
        self._silent_of = Memo(bid_rows.silent_rows)
        self._silent_keys_of = Memo(bid_rows.shown_keys)
        self._filter_by(filters or {}, {})
        super().__init__(target, selection=selection, **kwargs)
        self._begin(sort=sort)

    @property
    def filters(self) -> dict[str, str]:
        """What is written above the columns, by column: text, `a|b` for either, `!a` for without it, and for figures
        `<5`, `>=0.99`, `1..3`. `any` looks at all columns. May be set, as a whole.

        Raises:
            InvalidInputError: There is no such column, or a filter says nothing. All stay as they were.
        """
        return dict(self._filters)

    @filters.setter
    def filters(self, values: Mapping[str, str]) -> None:
        self._filter_by(values, {})
        self.refresh()

    @property
    def shown(self) -> pd.DataFrame | None:
        """The bids that the filters leave, in the order of the table, as a DataFrame (columns: `akash_nb.frames.bids`);
        None before bids were read."""
        frame = self.frame
        if frame is None:
            return None
        places = {key: place for place, key in enumerate(frame["key"])}
        keys = [key for group in self._shown_keys().values() for key in group]
        return frame.iloc[[places[key] for key in keys]].reset_index(drop=True)

    def _picture(self) -> dict[str, Any]:
        self._follow_choice()
        deployment = self.deployment
        rows, others = self._all_rows(), self._silent_rows()
        self._set_rows(self._page_rows_of(rows, others), self._sections(others))
        return views.table_view(deployment, rows) | {
            "trouble": self.desk.poller(deployment).problem if deployment else "",
            "filters": {name: [text, ""] for name, text in self._filters.items()} | self._refused,
            "any_help": column_filters.TEXT_HELP,
            "sort": self.sort,
            "count": len(rows),
            "silent": {"count": len(others), **self._asked_view()},
        }

    def _sections(self, others: Sequence[Row]) -> list[tuple[Row, list[str]]]:
        """Group by group: its bids, and below them those who could have bid."""
        names = views.group_names(self.deployment) if self.deployment else {}
        bids, silent = self._shown_keys(), self._silent_keys_of(others, self._tests, self.sort)
        found: list[tuple[Row, list[str]]] = []
        for gseq in sorted(bids.keys() | silent.keys()):
            name = names.get(gseq, "") if len(names) > 1 else ""
            if gseq in bids:
                found.append(({"id": str(gseq), "name": name}, bids[gseq]))
            if gseq in silent:
                found.append(({"id": f"silent {gseq}", "name": views.silent_name(name, silent[gseq])}, silent[gseq]))
        return found

    def _all_rows(self) -> list[Row]:
        deployment = self.deployment
        if deployment is None:
            return self._rows_of(None, None, None)
        return self._rows_of(deployment.bids, deployment.state, self._screening())

    def _silent_rows(self) -> list[Row]:
        """None once somebody was chosen: who else could have bid then helps nobody."""
        waits = self.deployment is not None and self.deployment.stage in views.WAITING
        bids = self.deployment.bids if self.deployment and waits else None
        return self._silent_of(bids, self._screening())

    def _shown_keys(self) -> dict[int, list[str]]:
        return self._keys_of(self._all_rows(), self._tests, self.sort)

    def _filter_by(self, values: Mapping[str, str], refused: dict[str, tuple[str, str]]) -> None:
        """Filter by these, and show others with why they filter nothing."""
        tests = {name: self._test(name, text) for name, text in values.items()}
        self._tests = {name: test for name, test in tests.items() if test is not None}
        self._filters, self._refused = dict(values), refused

    def _test(self, name: str, text: str) -> column_filters.Test | None:
        if name != column_filters.ANY and name not in bid_rows.COLUMNS:
            raise InvalidInputError(
                f"There is no column {name!r} to filter.",
                means="The filters stay as they were.",
                todo=f"Columns are {', '.join([*bid_rows.COLUMNS, column_filters.ANY])}.",
            )
        return column_filters.parse(text, is_number=bid_rows.is_number(name))

    @traitlets.validate("sort")
    def _check_sort(self, proposal: Any) -> str:
        if proposal["value"].removeprefix("-") not in bid_rows.COLUMNS:
            raise traitlets.TraitError(
                f"There is no column {proposal['value']!r}; sort by {', '.join(bid_rows.COLUMNS)}"
            )
        return str(proposal["value"])

    @traitlets.observe("sort")
    def _on_sort(self, _: Any) -> None:
        if not self._is_closed:
            self.refresh()

    def _gesture(self, message: dict[str, Any]) -> None:
        if "filter" in message:
            self._write(str(message["filter"]), str(message["text"]))
        elif "clear" in message:
            self.filters = {}
        elif "sort" in message:
            self.sort = str(message["sort"])
        else:
            super()._gesture(message)

    def _write(self, name: str, text: str) -> None:
        """What somebody types into a filter: as long as it says nothing, it filters nothing and is told so there."""
        refused = {key: value for key, value in self._refused.items() if key != name}
        filters = {key: value for key, value in self._filters.items() if key != name}
        try:
            self._test(name, text)
        except InvalidInputError as error:
            refused[name] = (text, f"{error.what} {error.todo}")
        else:
            filters |= {name: text} if text.strip() else {}
        self._filter_by(filters, refused)
        self.refresh()

    def _still(self) -> Still:
        deployment, rows = self.deployment, self._all_rows()
        return Still(
            title=f"Bids of {deployment.dseq}: {views.title(deployment.bids)}" if deployment else "Bids: none yet",
            as_of=self.session.now(),
            is_mock=self.session.is_mock,
            head=tuple(column["label"] for column in self.view["columns"]) if rows else (),
            rows=tuple(tuple(row["cells"][column["id"]][1] for column in self.view["columns"]) for row in rows),
        )
