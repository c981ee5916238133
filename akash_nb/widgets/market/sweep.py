"""SweepView: a sweep that goes on behind the page, how far it is, and a button that cancels it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from akash_nb.flows.sweep import Progress
from akash_nb.session import Session
from akash_nb.widgets.market import sweep_view as views
from akash_nb.widgets.parts.asking import AskingView
from akash_nb.widgets.parts.base import asset
from akash_nb.widgets.parts.still import Still

if TYPE_CHECKING:
    import pandas as pd

#: A small sweep is done before its picture is taken; no cell waits longer for it.
_FIRST_PICTURE_S = 0.5


@dataclass(slots=True, eq=False)
class _Run:
    """One run of the sweep; the next one asks only what this has not."""

    progress: Progress | None = None
    future: Future[pd.DataFrame] | None = None

    @property
    def state(self) -> views.State:
        future = self.future
        if future is None or not future.done():
            return "running"
        if future.cancelled():
            return "stopped"
        return "done" if future.exception() is None else "failed"


class SweepView(AskingView):
    """What a workload would cost in other sizes, asked for in the background, so that the kernel stays free: how far it
    is, Cancel and Go on, and what came of it. Nothing here spends.

    Args:
        session: Whose market is asked.
        sdl, varied: As for `session.sweep`: `SweepView(session, cpu=[1, 2, 4], gpu=[None, "a100"])`.

    From code: `view.wait()`, then `view.frame`; `view.cancel()` and `view.go_on()` are the buttons.

    Raises:
        TypeError: It is no session, or `session.sweep` has no such argument.
        InvalidInputError: There is no SDL, or no such file.
    """

    _esm = asset("sweep.js")
    _css = asset("sweep.css")

    def __init__(self, session: Session[Any], sdl: str | Path | None = None, **varied: Any) -> None:
        if not isinstance(session, Session):
            raise TypeError(f"SweepView asks the market of a Session, not of a {type(session).__name__}")
        is_fresh = bool(varied.pop("fresh", False))
        self._sdl, self._varied = session.sdl_text(sdl), varied
        Session.sweep.build(session, self._sdl, **varied, progress=False)  # an unknown argument is one here
        self._run = _Run()
        super().__init__(session)
        self._begin(fresh=is_fresh)

    @property
    def frame(self) -> pd.DataFrame | None:
        """The table, see `session.sweep`; None while it is not done."""
        run = self._run
        return run.future.result() if run.future and run.state == "done" else None

    def cancel(self) -> None:
        """Stop it, if it is under way. The answers that have come are kept for some minutes."""
        if self._run.future is not None:
            self._run.future.cancel()
        self.refresh()

    def go_on(self) -> None:
        """Go on with what was stopped, or has failed; what is under way or done is left as it is."""
        if self._run.state in ("stopped", "failed"):
            self._problem = None
            self._begin()

    def close(self) -> None:
        """Stop it, and the view with it."""
        if not self._is_closed and self._run.future is not None:
            self._run.future.cancel()
        super().close()

    # How it works

    def _begin(self, *, fresh: bool = False) -> None:
        run = self._run = _Run()
        told = self._teller(run)
        work = Session.sweep.build(self.session, self._sdl, **self._varied, fresh=fresh, progress=told)
        run.future = self.session.start(work)
        self._follow(run.future)
        self.refresh()

    def _teller(self, run: _Run) -> Callable[[Progress], None]:
        """Takes down what one run tells; a run that was stopped may tell so after the next one has begun."""

        def told(progress: Progress) -> None:
            run.progress = replace(progress)
            if run is self._run:
                self.refresh()

        return told

    def _pulse(self) -> None:
        """It ends by itself: nothing is kept going while somebody looks."""
        return

    def _await_first(self) -> None:
        with suppress(TimeoutError):  # the picture then says how far it is
            self.wait(_FIRST_PICTURE_S)

    def _failures(self) -> list[BaseException]:
        return [self._problem] if self._problem is not None else []

    def _gesture(self, message: dict[str, Any]) -> None:
        if "press" in message:
            {"cancel": self.cancel, "go_on": self.go_on}[str(message["press"])]()

    def _picture(self) -> dict[str, Any]:
        return views.sweep_view(self.session, self._run.state, self._run.progress, self.frame)

    def _still(self) -> Still:
        view = self.view
        return Still(
            title=view["title"],
            as_of=self.session.now(),
            is_mock=self.session.is_mock,
            facts=(("State", view["text"]), *((each["label"], each["value"]) for each in view["figures"])),
        )
