"""FleetView: all deployments of the wallet, what they cost and how long they last; close many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import traitlets

from akash_nb.client.call import Flow
from akash_nb.errors import AkashError, InvalidInputError
from akash_nb.session import Session
from akash_nb.tags import parse_tags
from akash_nb.widgets.background.fleet import Fleet, handle_of
from akash_nb.widgets.fleet import fleet_view as views
from akash_nb.widgets.parts.asking import AskingView
from akash_nb.widgets.parts.base import asset
from akash_nb.widgets.parts.still import Still

if TYPE_CHECKING:
    import pandas as pd

_FIRST_READ_S = 10.0

Change = Callable[[tuple[str, ...], tuple[str, ...]], tuple[str, ...]]


class FleetView(AskingView):
    """The wallet's deployments as a table that can be sorted, filtered and selected from. It is read again every 30
    seconds while it is looked at, and after each verb.

    Args:
        session: Whose wallet.
        closed: Show those that are over, too.

    Every button can be pressed from code: `view.press("close")`, then `view.confirm()`, then `view.wait()`.

    Raises:
        TypeError: It is no session.
    """

    _esm = asset("fleet.js", "rows.js", "asking.js")
    _css = asset("fleet.css")

    selection = traitlets.List(traitlets.Unicode(), help="Numbers (dseq) of the selected deployments; may be set.").tag(
        sync=True
    )

    def __init__(self, session: Session[Any], *, closed: bool = False, **kwargs: Any) -> None:
        if not isinstance(session, Session):
            raise TypeError(f"FleetView shows the wallet of a Session, not a {type(session).__name__}")
        self._fleet = Fleet.of(session)
        self.with_closed = closed
        self._on_show: Callable[[], None] | None = None
        super().__init__(session, **kwargs)
        self._fleet.views.add(self)
        if self._fleet.frame is None or closed:
            self._press_refresh()

    @property
    def frame(self) -> pd.DataFrame:
        """The deployments as last read, see `session.fleet()`, with their tags as they are now; waits for the first
        read.

        Raises:
            AkashError: They could not be read.
            TimeoutError: The first read takes more than 10 seconds; it goes on.
        """
        if self._fleet.frame is None:
            self._fleet.read().result(_FIRST_READ_S)
        frame = self._fleet.frame
        assert frame is not None  # noqa: S101  a read that ends well sets it
        tags = self.session.journal.tags()  # a read that was under way when they changed has the old ones
        frame = frame.assign(tags=frame["dseq"].map(lambda dseq: ", ".join(tags.get(dseq, ()))).astype("string"))
        return frame if self.with_closed else frame[frame["state"] == "active"]

    def on_show(self, act: Callable[[], None]) -> None:
        """Call this whenever a deployment was made the current one here, so that what shows it can come to the front.
        It runs in any thread."""
        self._on_show = act

    def press(self, name: str, **values: Any) -> None:
        """Press a button. Close asks first.

        Args:
            name: One of close, tag, untag, refresh, closed, show, stop.
            values: `dseqs` for close, tag and untag (None: the selection), `tags` for tag and untag, `shown` for
                closed, `dseq` for show.

        Raises:
            InvalidInputError: It cannot be done now; the message says why. Nothing was done.
        """
        gesture = getattr(self, f"_press_{name}", None)
        if gesture is None:
            raise InvalidInputError(f"There is no button {name!r}.", means="Nothing was done.")
        self._forget_question()
        self._dismissed, self._problem = tuple(self._failures()), None
        gesture(**values)
        self.refresh()

    def close(self) -> None:
        """Stop following the wallet; what a button started goes on."""
        if not self._is_closed:  # so is one whose construction failed
            self._fleet.views.discard(self)
        super().close()

    # One per button

    def _press_close(self, dseqs: Sequence[str] | None = None) -> None:
        wanted = list(self.selection if dseqs is None else dseqs)
        records = [record for record in self._records() if record["dseq"] in wanted]
        if not records:
            raise InvalidInputError(
                "No open deployment is selected.", means="Nothing was closed.", todo="Select some in the table first."
            )
        names = [record["dseq"] for record in records]
        missing = [dseq for dseq in wanted if dseq not in names]
        if missing:
            raise InvalidInputError(
                f"Not open, or being closed already: {', '.join(missing)}.",
                means="Nothing was closed.",
                todo="Select open ones only.",
            )
        text = views.close_question(self.session, records)
        self._put("close", text, lambda: self._close(names), lambda: (list(self.selection), self._closable(names)))

    def _press_tag(self, tags: str | Sequence[str], dseqs: Sequence[str] | None = None) -> None:
        self._retag(tags, dseqs, lambda before, words: (*before, *words))

    def _press_untag(self, tags: str | Sequence[str], dseqs: Sequence[str] | None = None) -> None:
        self._retag(tags, dseqs, lambda before, words: tuple(tag for tag in before if tag not in words))

    def _press_stop(self) -> None:
        self._fleet.stop()

    def _press_refresh(self) -> None:
        self._follow(self._fleet.read())

    def _press_closed(self, shown: bool = True) -> None:
        self.with_closed = bool(shown)
        self._follow(self._fleet.read())

    def _press_show(self, dseq: str) -> None:
        self._follow(self.session.start(self._make_current(dseq)))

    # How it works

    def _close(self, dseqs: Sequence[str]) -> None:
        self.selection = [dseq for dseq in self.selection if dseq not in dseqs]
        self._follow(self._fleet.close(dseqs))

    def _retag(self, tags: str | Sequence[str], dseqs: Sequence[str] | None, change: Change) -> None:
        words, wanted = parse_tags(tags), list(self.selection if dseqs is None else dseqs)
        if not words or not wanted:
            raise InvalidInputError(
                "There is no tag." if wanted else "No deployment is selected.",
                means="The tags stay as they were.",
                todo="Write one or more, with commas between them." if wanted else "Select some in the table first.",
            )
        before = self.session.journal.tags()
        for dseq in wanted:
            self.session.journal.tag(dseq, change(before.get(dseq, ()), words))
        self._follow(self._fleet.read())

    def _make_current(self, dseq: str) -> Flow[None]:
        self.session.current = yield from handle_of(self.session, dseq)
        if self._on_show is not None:
            self._on_show()

    def _records(self) -> list[views.Row]:
        """The deployments that can be closed now."""
        records = views.shown(self.frame, with_closed=False)  # from code one may be faster than the first read
        return [record for record in records if self._can_close(record["dseq"])]

    def _closable(self, dseqs: Sequence[str]) -> list[str]:
        return [record["dseq"] for record in self._records() if record["dseq"] in dseqs]

    def _can_close(self, dseq: str) -> bool:
        work = self._fleet.work.get(dseq)
        is_over = any(d.dseq == dseq and d.stage == "closed" for d in self.session.deployments)
        return not is_over and not (work and work.is_under_way)

    @traitlets.observe("selection")
    def _on_selection(self, _: Any) -> None:
        if not self._is_closed:
            self.refresh()

    def _on_change(self, change: Any) -> None:
        if change["name"] in ("deployments", "stage", "balances"):
            self._fleet.is_stale()
        super()._on_change(change)

    def _pulse(self) -> Fleet:
        return self._fleet

    def _failures(self) -> list[BaseException]:
        """What fails on one deployment is shown in its row."""
        return [self._problem] if self._problem is not None else []

    def _picture(self) -> dict[str, Any]:
        self._drop_stale_question()
        fleet = self._fleet
        view = (
            views.fleet_view(self.session, fleet.frame, fleet.work, with_closed=self.with_closed, trouble=fleet.problem)
            | self._question_view()
        )
        if fleet.frame is not None:
            can_close = {row["key"] for row in view["rows"] if row["can_close"]}
            kept = [dseq for dseq in self.selection if dseq in can_close]
            if kept != self.selection:
                self.selection = kept
        return view

    def _await_first(self) -> None:
        with suppress(AkashError, TimeoutError):  # the picture then says that nothing was read
            _ = self.frame

    def _still(self) -> Still:
        view = self.view
        facts = tuple((total["label"], total["value"]) for total in view["totals"])
        return Still(
            title=f"Fleet: {view['title'] if self._fleet.frame is not None else 'not read yet'}",
            as_of=self.session.now(),
            is_mock=self.session.is_mock,
            facts=facts if self._fleet.frame is not None else (),
            head=(*(column["label"] for column in view["columns"]), "Look at") if view["rows"] else (),
            rows=tuple((*(text for _, text in r["cells"].values()), ", ".join(r["warnings"])) for r in view["rows"]),
        )
