"""A sweep with a bar, Cancel and Go on; over the in-process mock."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from akash_nb import sdl
from akash_nb.client import Client
from akash_nb.errors import ConnectionFailedError, InvalidInputError
from akash_nb.flows.sweep import Progress
from akash_nb.session import Session
from akash_nb.widgets import SweepView
from akash_nb.widgets.market.sweep_view import NOT_BEGUN, sweep_view
from mock_server import MockConsole

GPU = sdl.scaffold("gpu")
#: All of it is known after some 35 requests.
AXES: dict[str, Any] = {
    "cpu": [1, 4, 16],
    "gpu": ["t4", "a100", "rtx4090", None],
    "region": ["eu-west", "na-us-west", None],
    "count": [1, 2, 4],
}


class Watched(SweepView):
    """Keeps what was drawn, and presses Cancel once so many requests are answered."""

    cancel_after = 0

    def __init__(self, *args: Any, **varied: Any) -> None:
        self.drawn: list[dict[str, Any]] = []
        self.has_stopped = threading.Event()
        super().__init__(*args, **varied)

    def refresh(self) -> None:
        super().refresh()
        self.drawn.append(self.view)
        progress = self._run.progress
        if progress is not None and progress.is_stopped:
            self.has_stopped.set()
        if self.cancel_after and progress is not None and progress.requests == self.cancel_after:
            self.cancel_after = 0
            self._gesture({"press": "cancel"})


class Cancelled(Watched):
    cancel_after = 12


@pytest.fixture
def cancelled(session: Session[Client]) -> Iterator[SweepView]:
    view = Cancelled(session, GPU, **AXES)
    assert view.has_stopped.wait(30)
    yield view
    view.close()


def test_its_table_is_that_of_the_session_s_own_sweep(session: Session[Client]) -> None:
    view = Watched(session, GPU, **AXES)
    view.wait()
    percents = [each["percent"] for each in view.drawn]

    assert view.frame is not None
    pd.testing.assert_frame_equal(view.frame, session.sweep(GPU, **AXES))
    assert percents == sorted(percents)
    assert (percents[0], percents[-1]) == (0, 100)
    assert any(each["text"] == "108 combinations: 12 requests so far" for each in view.drawn)
    assert view.view["text"].startswith("Done with 35 requests; nothing was created or spent.")
    assert view.view["title"] == "Sweep of 108 combinations"
    view.close()


def test_cancel_stops_it_says_where_and_spends_nothing(cancelled: SweepView, console: MockConsole) -> None:
    view = cancelled.view

    assert cancelled.frame is None
    assert view["stage"] == "stopped"
    assert 0 < view["percent"] < 100
    assert view["text"].startswith("Stopped at ")
    assert "of 108 combinations, after 12 requests. Nothing was created or spent." in view["text"]
    assert view["error"] is None
    assert len(console.calls) < 12 + 6
    assert view["actions"] == {"cancel": {"why": "It is stopped."}, "go_on": {"why": ""}}


def test_go_on_asks_only_what_is_not_known_yet(cancelled: SweepView, console: MockConsole) -> None:
    cancelled._gesture({"press": "go_on"})
    cancelled.wait()

    assert cancelled.frame is not None
    assert (cancelled.frame["providers"] == cancelled.frame["providers_at_most"]).all()
    assert len(console.calls) == 35
    assert cancelled.view["text"].startswith("Done with 23 requests")


def test_what_a_stopped_run_tells_later_does_not_touch_the_next_one(cancelled: SweepView) -> None:
    earlier = cancelled._teller(cancelled._run)
    cancelled.go_on()
    cancelled.wait()
    earlier(Progress(108, 59, 12, 0.1, is_stopped=True))

    assert cancelled.view["stage"] == "done"
    assert cancelled.view["percent"] == 100


def test_buttons_that_have_nothing_to_do_do_nothing(session: Session[Client], console: MockConsole) -> None:
    view = SweepView(session, cpu=[1, 2])
    view.wait()
    frame, asked = view.frame, len(console.calls)
    view.cancel()
    view.go_on()

    assert view.frame is frame
    assert len(console.calls) == asked
    assert view.view["actions"] == {"cancel": {"why": "It is done."}, "go_on": {"why": "It is done."}}
    view.close()


def test_a_failure_is_shown_and_go_on_tries_again(session: Session[Client], console: MockConsole) -> None:
    console.faults.refuse("screenProviders", times=None)
    view = SweepView(session, cpu=[1, 2])
    view.wait()
    assert isinstance(view.problem, ConnectionFailedError)
    assert view.view["stage"] == "failed"
    assert "Nothing was created or spent" in view.view["text"]

    console.faults.clear()
    view.go_on()
    view.wait()

    assert view.problem is None
    assert view.frame is not None
    view.close()


def test_fresh_is_for_the_first_run_only(session: Session[Client], console: MockConsole) -> None:
    session.sweep(GPU, **AXES)
    view = Cancelled(session, GPU, **AXES, fresh=True)
    assert view.has_stopped.wait(30)
    before = len(console.calls)
    view.go_on()
    view.wait()

    assert before > 35
    assert len(console.calls) == 35 + 35
    view.close()


def test_it_is_stopped_with_its_view(session: Session[Client], console: MockConsole) -> None:
    class Closed(Watched):
        def refresh(self) -> None:
            super().refresh()
            if self._run.progress is not None and self._run.progress.requests == 12:
                self.close()

    view = Closed(session, GPU, **AXES)
    assert view.has_stopped.wait(30)

    assert view._run.state == "stopped"
    assert len(console.calls) < 12 + 6


def test_an_empty_list_is_shown_and_an_unknown_name_or_no_sdl_is_refused_at_once(session: Session[Client]) -> None:
    view = SweepView(session, cpu=[])
    view.wait()
    assert "no values" in view.view["error"]["what"]
    view.close()
    session.sdl = ""

    with pytest.raises(InvalidInputError, match="There is no SDL"):
        SweepView(session, cpu=[1])
    with pytest.raises(TypeError, match="cpus"):
        SweepView(session, GPU, cpus=[1])
    with pytest.raises(TypeError, match="of a Session"):
        SweepView(GPU, cpu=[1])  # type: ignore[arg-type]


def test_figures_have_no_zero_for_a_cost_and_say_what_is_no_sdl(session: Session[Client]) -> None:
    view = SweepView(session, cpu=[1, 1000])
    view.wait()
    shown = {each["label"]: each["value"] for each in view.view["figures"]}
    view.close()

    assert view.frame is not None
    assert shown["Could be hosted"] == "1 of 2"
    assert shown["No SDL"] == "1 of 2"
    assert float(shown["Per hour"].removeprefix("$")) == pytest.approx(view.frame["usd_hour"][0], rel=0.01)
    assert float(shown["Per hour"].removeprefix("$")) > 0


def test_before_the_first_request_there_is_a_word_too(session: Session[Client]) -> None:
    running, stopped = sweep_view(session, "running", None, None), sweep_view(session, "stopped", None, None)

    assert (running["title"], running["percent"], running["text"]) == ("Sweep", 0, "Asking the market …")
    assert stopped["text"] == NOT_BEGUN


def test_the_picture_that_stays_says_mock_and_how_far_it_was(cancelled: SweepView) -> None:
    html = cancelled._repr_mimebundle_()[0]["text/html"]

    assert "MOCK" in html
    assert "Stopped at" in html
    assert "<script" not in html


def test_a_small_sweep_is_done_before_its_picture_is_taken(
    session: Session[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("akash_nb.widgets.market.sweep._FIRST_PICTURE_S", 30.0)  # a busy machine takes its time
    view = SweepView(session, cpu=[1, 2])
    text = view._repr_mimebundle_()[0]["text/plain"]
    view.close()

    assert "State: Done with" in text
    assert "Per hour: $" in text


def test_an_awaited_session_has_it_too(console: MockConsole) -> None:
    import akash_nb as akash

    async def swept() -> int:
        async with akash.connect_async(mock=console) as session:
            view = SweepView(session, GPU, cpu=[1, 2])
            await asyncio.to_thread(view.wait)
            assert view.frame is not None
            view.close()
            return len(view.frame)

    assert asyncio.run(swept()) == 2
