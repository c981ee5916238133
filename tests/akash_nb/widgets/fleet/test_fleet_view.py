"""The fleet: all deployments of the wallet in one table, closed one after the other; all over the in-process mock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import akash_nb as akash
from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.errors import AkashError, InvalidInputError
from akash_nb.session import Session
from akash_nb.widgets import FleetView
from akash_nb.widgets.background.fleet import FLEET_S, Fleet
from mock_server import MockConsole
from tests.akash_nb.widgets.conftest import sent


@pytest.fixture
def session(console: MockConsole) -> Iterator[Session[Client]]:
    """A wallet with a running deployment (the older) and one without a lease."""
    with akash.connect(mock=console) as session:
        running = session.deploy(WEB_SDL)
        running.wait_for_bids()
        running.lease()
        running.wait_until_ready()
        session.deploy(WEB_SDL)
        yield session


@pytest.fixture
def view(session: Session[Client]) -> Iterator[FleetView]:
    view = FleetView(session)
    view.wait()
    yield view
    view.close()


def dseqs(view: FleetView) -> list[str]:
    return list(view.frame["dseq"])


def rows(view: FleetView) -> dict[str, Any]:
    return {row["key"]: row for row in view.view["rows"]}


def test_it_shows_what_each_costs_and_which_were_forgotten_in_words(view: FleetView) -> None:
    forgotten, running = (rows(view)[dseq] for dseq in dseqs(view))

    assert view.view["title"] == "2 open deployments, 1 to look at"
    assert forgotten["warnings"] == ["no lease"]
    assert forgotten["cells"]["runway"] == (None, "not drained")
    assert running["warnings"] == []
    assert running["cells"]["state"][1] == "running"
    assert running["cells"]["usd_hour"][1].startswith("$0.00")
    assert running["bar"] == 1.0
    assert view.view["mock"] is True


def test_what_another_notebook_made_stands_out(session: Session[Client], console: MockConsole, tmp_path: Path) -> None:
    with akash.connect(mock=console, home=tmp_path) as other:
        view = FleetView(other)
        view.wait()

        assert [row["warnings"] for row in view.view["rows"]] == [
            ["no lease", "not in the journal"],
            ["not in the journal"],
        ]
        view.press("close", dseqs=dseqs(view))
        view.confirm()
        view.wait()
        assert view.frame.empty


def test_the_totals_are_those_of_all_open_ones(view: FleetView) -> None:
    totals = {total["label"]: total["value"] for total in view.view["totals"]}

    assert totals["In escrows"] == "$10.00"
    assert totals["Wallet"] == "$90.00"
    assert totals["All together"].endswith("/h")
    assert " d " in totals["Together last"]


def test_closing_asks_once_and_names_all_and_what_comes_back(view: FleetView, console: MockConsole) -> None:
    view.selection = dseqs(view)
    view.press("close")

    assert all(dseq in view.question for dseq in dseqs(view))
    assert "about $10.00 of MOCK money comes back" in view.question
    assert sent(console, "closeDeployment") == 0
    view.cancel()
    view.confirm()
    view.wait()
    assert sent(console, "closeDeployment") == 0


def test_yes_closes_each_once(view: FleetView, console: MockConsole) -> None:
    view.selection = dseqs(view)
    view.press("close")
    view.confirm()
    view.confirm()
    view.wait()

    assert sent(console, "closeDeployment") == 2
    assert view.frame.empty
    assert view.selection == []
    assert view.view["empty"].startswith("No open deployment")
    assert view.view["busy"] == "2 closed: $10.00 of MOCK money is back in the wallet."
    assert {d.stage for d in view.session.deployments} == {"closed"}


def test_a_failure_stays_in_its_row_and_the_others_are_closed(view: FleetView, console: MockConsole) -> None:
    first, second = dseqs(view)
    console.faults.status(400, "closeDeployment", times=1)
    view.press("close", dseqs=[first, second])
    view.confirm()
    view.wait()

    assert dseqs(view) == [first]
    assert rows(view)[first]["work"]["state"] == "failed"
    assert "request. It is open" in rows(view)[first]["work"]["text"]
    assert rows(view)[first]["can_close"]
    assert view.view["error"] is None
    assert view.view["busy"].startswith("1 closed: ")
    assert view.view["busy"].endswith(" 1 could not be closed.")


def test_a_question_is_gone_when_the_selection_has_changed(view: FleetView, console: MockConsole) -> None:
    first, second = dseqs(view)
    view.selection = [first]
    view.press("close")
    view.selection = [first, second]
    view.confirm()
    view.wait()

    assert view.question == ""
    assert sent(console, "closeDeployment") == 0


def test_what_two_views_close_at_the_same_time_is_closed_once(session: Session[Client], console: MockConsole) -> None:
    one, two = FleetView(session), FleetView(session)
    one.wait()
    for view in (one, two):
        view.press("close", dseqs=dseqs(one))
    one.confirm()
    one.wait()
    two.confirm()
    two.wait()

    assert sent(console, "closeDeployment") == 2
    assert two.view["rows"] == []


def test_nothing_selected_and_unknown_numbers_are_refused(view: FleetView, console: MockConsole) -> None:
    with pytest.raises(InvalidInputError, match="No open deployment is selected"):
        view.press("close")
    with pytest.raises(InvalidInputError, match="12345"):
        view.press("close", dseqs=[*dseqs(view), "12345"])
    with pytest.raises(InvalidInputError, match="no button"):
        view.press("explode")
    assert view.question == ""


def test_numbers_that_are_not_there_drop_out_of_the_selection(view: FleetView) -> None:
    view.selection = [dseqs(view)[0], "12345"]
    view.refresh()

    assert view.selection == dseqs(view)[:1]


def test_show_makes_one_the_current(view: FleetView) -> None:
    running = dseqs(view)[1]
    view.press("show", dseq=running)
    view.wait()

    assert view.session.current is not None
    assert view.session.current.dseq == running
    assert rows(view)[running]["is_current"]


def test_closed_ones_come_on_request(view: FleetView) -> None:
    first, second = dseqs(view)
    view.press("close", dseqs=[first])
    view.confirm()
    view.wait()
    assert dseqs(view) == [second]
    view.press("closed", shown=True)
    view.wait()

    assert dseqs(view) == [second, first]
    assert rows(view)[first]["cells"]["state"][1] == "closed"
    assert not rows(view)[first]["can_close"]
    view.press("closed", shown=False)
    view.wait()
    assert dseqs(view) == [second]


def test_a_view_that_asks_for_closed_ones_while_it_is_read_gets_them_and_costs_the_others_nothing(
    session: Session[Client], view: FleetView
) -> None:
    session.deployments[0].close()
    view.press("refresh")
    other = FleetView(session, closed=True)
    other.wait()
    view.wait()

    assert len(other.frame) == 2
    assert len(view.frame) == len(view.view["rows"]) == 1
    other.close()
    assert not Fleet.of(session).wants_closed


def test_a_click_sends_no_rows_between_two_reads_however_late_it_comes(view: FleetView, console: MockConsole) -> None:
    before = view.view
    console.advance(600)
    view.selection = dseqs(view)[:1]

    assert view.view == before


def test_text_from_elsewhere_is_escaped_in_the_picture(view: FleetView) -> None:
    view._fleet.frame = view.frame.assign(provider="<img src=x onerror=alert(1)>")
    view.refresh()

    assert "<img" not in view._still().html()
    assert "&lt;img" in view._still().html()


def test_a_budget_says_when_one_is_closed(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        with akash.budget(usd=5, ttl="4h"):
            session.deploy(WEB_SDL)
        view = FleetView(session)
        view.wait()

        assert view.view["rows"][0]["limit"] == "closes in 4 h"


def test_a_read_that_fails_says_so_and_keeps_the_table(view: FleetView, console: MockConsole) -> None:
    before = dseqs(view)
    with console.faults.during(console.faults.status(400, "listDeployments")):
        view.press("refresh")
        view.wait()

        assert view.view["error"]["todo"] or view.view["error"]["what"]
        assert view.view["trouble"].startswith("Not up to date")
        assert dseqs(view) == before
    view.press("refresh")
    view.wait()
    assert view.view["trouble"] == ""


def test_without_a_read_the_frame_raises_what_went_wrong(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        console.faults.status(400, "listDeployments", times=2)
        view = FleetView(session)
        view.wait()

        assert view.view["empty"].endswith("press Refresh to try again.")
        assert view.view["title"] == "Deployments of the wallet"  # not that there are none
        with pytest.raises(AkashError):
            _ = view.frame


def test_an_empty_wallet_says_what_to_do(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        view = FleetView(session)
        view.wait()

        assert "Create one" in view.view["empty"]
        assert view._still().text().splitlines()[0].startswith("MOCK Fleet: 0 open deployments")


def test_the_picture_has_all_rows_without_a_script(view: FleetView) -> None:
    bundle, _ = view._repr_mimebundle_()

    assert all(dseq in bundle["text/html"] for dseq in dseqs(view))
    assert "no lease" in bundle["text/html"]
    assert "<script" not in bundle["text/html"]
    assert "MOCK" in bundle["text/plain"]


def test_only_a_session_has_a_fleet(session: Session[Client]) -> None:
    with pytest.raises(TypeError, match="Session"):
        FleetView(session.deployments[0])  # type: ignore[arg-type]


class Looker:
    def refresh(self) -> None: ...


def test_it_is_read_every_half_minute_while_somebody_looks_and_no_longer(session: Session[Client]) -> None:
    now, reads, looker = 0.0, [], Looker()

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        if now < 65:
            fleet._beats[looker] = now

    class Counted(Fleet):
        def read(self) -> Any:
            self._read_at = now
            reads.append(now)

    fleet = Counted(session, clock=lambda: now, sleep=sleep)
    fleet._beats[looker] = now
    asyncio.run(fleet.run())

    assert reads == [0, FLEET_S, 2 * FLEET_S]
    assert not fleet.is_running


def test_a_closed_view_leaves_no_poller_behind(view: FleetView) -> None:
    view._beat("page")
    assert view in view._fleet._beats
    view.close()

    assert view not in view._fleet._beats


def test_what_is_selected_is_tagged_and_untagged_and_tags_set_in_python_show_at_once(
    session: Session[Client], view: FleetView
) -> None:
    newest, oldest = dseqs(view)
    view.selection = [newest, oldest]
    view.press("tag", tags="demo, class-3")
    view.selection = [newest]
    view.press("untag", tags="demo")
    view.wait()
    assert [rows(view)[dseq]["cells"]["tags"][1] for dseq in (newest, oldest)] == ["class-3", "class-3, demo"]
    assert list(view.frame["tags"]) == ["class-3", "class-3, demo"]
    session.deployments[0].tags = "other"
    assert rows(view)[newest]["cells"]["tags"][1] == "other"
    assert view.frame["tags"][0] == "other"  # before it is read again


def test_from_code_a_close_waits_for_the_first_read(session: Session[Client]) -> None:
    view = FleetView(session)
    view.selection = [session.deployments[0].dseq]
    view.press("close")

    assert session.deployments[0].dseq in view.question


@pytest.mark.parametrize(("tags", "dseqs", "why"), [("demo", [], "No deployment"), (" , ", ["17"], "no tag")])
def test_tagging_nothing_is_refused(view: FleetView, tags: str, dseqs: list[str], why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        view.press("tag", tags=tags, dseqs=dseqs)


def test_the_cells_of_a_row_are_in_the_order_of_the_columns(view: FleetView) -> None:
    columns = [column["id"] for column in view.view["columns"]]
    assert all(list(row["cells"]) == columns for row in view.view["rows"])
