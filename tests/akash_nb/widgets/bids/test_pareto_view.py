"""The Pareto view without a browser: which bids are on the front, and that plot, table and deployment agree."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st

import akash_nb as akash
from akash_nb.bids import Bids
from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.widgets import BidTable, ParetoView
from akash_nb.widgets.bids.points_view import AXES, front_keys, plot_view
from mock_server import MOCK_API_KEY, MockConsole
from tests.akash_nb.records import bids, offer

#: One market: `beaten` costs more than `good` and is up less, `gone` was withdrawn.
MARKET = (
    offer("cheap", "10", uptime=0.9),
    offer("good", "20", uptime=0.99),
    offer("beaten", "25", uptime=0.95),
    offer("best", "40", uptime=1.0),
    offer("gone", "1", uptime=1.0, state="closed"),
)


@pytest.fixture
def console() -> MockConsole:
    return MockConsole(seed=8)


@pytest.fixture
def deployment(console: MockConsole) -> Iterator[Deployment[Client]]:
    with akash.connect(mock=console) as session:
        deployment = session.deploy(WEB_SDL)
        deployment.wait_for_bids()
        yield deployment


@pytest.fixture
def market(deployment: Deployment[Client]) -> Deployment[Client]:
    """A deployment with the bids of MARKET."""
    deployment.bids = bids(*MARKET)
    return deployment


def key(name: str, gseq: int = 1) -> str:
    return f"{gseq}/1/akash1{name}"


def send(view: ParetoView, message: dict[str, Any]) -> None:
    """What the page sends after a gesture on the plot."""
    view.plot._on_message(view.plot, message, [])


# The front


def test_the_front_is_what_no_open_bid_beats_in_the_order_of_price(market: Deployment[Client]) -> None:
    front = ParetoView(market).front

    assert list(front["provider"]) == ["cheap.example", "good.example", "best.example"]
    assert list(front.index) == [0, 1, 2]
    assert front.attrs["source"] == "MOCK"


def test_a_closed_bid_is_shown_and_on_no_front(market: Deployment[Client]) -> None:
    points = {point["name"]: point for point in ParetoView(market).plot.view["points"]}

    assert (points["gone.example"]["state"], points["gone.example"]["front"]) == ("closed", False)
    assert [name for name, point in points.items() if point["front"]] == [
        "cheap.example",
        "good.example",
        "best.example",
    ]


def test_each_group_has_a_front_of_its_own() -> None:
    both = bids(*MARKET, offer("other", "99", gseq=2, uptime=0.5), gseqs=(1, 2))

    assert front_keys(both, "usd_month", "uptime_7d")[-1] == key("other", 2)
    assert len(front_keys(both, "usd_month", "uptime_7d")) == 4


def test_there_is_no_front_over_a_column_without_a_better_side_and_the_plot_says_why(
    market: Deployment[Client],
) -> None:
    view = ParetoView(market, x="age_s")

    assert len(view.front) == 0
    assert view.plot.view["title"] == "4 bids, no front"
    assert "better: age" in view.plot.view["left_out"]


OFFERS = st.lists(st.tuples(st.integers(1, 5), st.sampled_from([None, 0.5, 0.9, 1.0]), st.integers(1, 2)), max_size=12)


@given(OFFERS, st.sampled_from(list(AXES)), st.sampled_from(list(AXES)))
def test_the_view_and_the_frame_have_the_same_front(rows: list[tuple[int, float | None, int]], x: str, y: str) -> None:
    made = [offer(f"p{i}", str(price), gseq=g, uptime=up) for i, (price, up, g) in enumerate(rows)]
    both = bids(*made, gseqs=(1, 2))
    frame = both.frame()
    if "age_s" in (x, y):
        assert front_keys(both, x, y) == []
        return
    expected: set[str] = set()
    for gseq in (1, 2):
        own = frame[frame["gseq"] == gseq]
        expected |= set(own.akash.pareto(x, y, only=True)["key"])
    assert set(front_keys(both, x, y)) == expected


def test_before_there_are_bids_there_is_no_front(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        view = ParetoView(session)
        assert (view.front, view.deployment) == (None, None)
        assert "No deployment yet" in view.plot.view["empty"]
        session.deploy(WEB_SDL)
        assert view.front is None
        session.current.wait_for_bids()
        assert len(view.front) >= 1


# What the page gets


def test_points_come_in_the_order_of_price_with_all_that_the_card_shows(market: Deployment[Client]) -> None:
    plot = ParetoView(market).plot.view
    prices = [point["x"] for point in plot["points"]]
    good = next(point for point in plot["points"] if point["name"] == "good.example")

    assert prices == sorted(prices)
    assert good["at"] == [["USD per month", "$8.62"], ["Uptime over 7 d", "99.00%"]]
    assert good["cells"]["region"] == "eu-west"
    assert [label for _, label in plot["card"]] == ["$/h", "Region", "Audited", "GPU", "Hardware", "State"]
    assert plot["fronts"] == [{"gseq": 1, "keys": [key("cheap"), key("good"), key("best")]}]
    assert plot["title"] == "3 of 4 bids on the front"


def test_every_point_lies_between_the_ends_of_its_axes(deployment: Deployment[Client]) -> None:
    for x in AXES:
        view = plot_view(deployment, x, "uptime_30d")
        for name in ("x", "y"):
            axis = view[name]
            assert all(axis["low"] <= point[name] <= axis["high"] for point in view["points"])
            assert all(axis["low"] <= at <= axis["high"] and text for at, text in axis["ticks"])


def test_a_bid_without_the_figure_is_left_to_the_table_and_counted(market: Deployment[Client]) -> None:
    market.bids = bids(*MARKET, offer("silent", "5", uptime=None))
    view = ParetoView(market)

    assert "silent.example" not in {point["name"] for point in view.plot.view["points"]}
    assert view.plot.view["left_out"] == "1 bid without these figures: see the table."
    assert len(view.bids.rows["rows"]) == 6


def test_a_view_is_json_without_numbers_that_json_has_not_and_without_the_key(deployment: Deployment[Client]) -> None:
    state = ParetoView(deployment).plot.get_state()
    text = json.dumps({k: v for k, v in state.items() if k != "layout"}, default=str, allow_nan=False)

    assert MOCK_API_KEY not in text
    assert all(math.isfinite(point["x"]) for point in state["view"]["points"])


# In step


def test_a_click_a_row_and_python_pick_the_same(market: Deployment[Client]) -> None:
    view, other = ParetoView(market), BidTable(market)
    send(view, {"pick": key("good")})
    assert view.selection == view.bids.selection == other.selection == [key("good")]
    assert [item.key for item in market.choice.chosen.values()] == [key("good")]

    other.selection = [key("cheap")]
    assert view.selection == view.plot.selection == [key("cheap")]

    view.selection = [key("best")]
    assert other.selection == [key("best")]
    assert market.choice.policy == "picked by hand"

    view.selection = []
    assert market.choice is None


def test_one_pick_per_group(market: Deployment[Client]) -> None:
    market.gseqs = (1, 2)
    market.bids = bids(*MARKET, offer("other", gseq=2), gseqs=(1, 2))
    view = ParetoView(market)
    for picked in (key("cheap"), key("other", 2), key("good")):
        send(view, {"pick": picked})

    assert view.selection == [key("good"), key("other", 2)]


def test_a_bid_that_is_gone_is_not_picked_and_the_plot_says_so(market: Deployment[Client]) -> None:
    view = ParetoView(market)
    send(view, {"pick": key("gone")})

    assert view.selection == []
    assert view.plot.view["error"]["what"] == "That bid is no longer open."
    assert view.bids.view["error"] is None


def test_what_is_picked_in_the_plot_is_leased(deployment: Deployment[Client]) -> None:
    view = ParetoView(deployment)
    wanted = view.front["key"].iloc[-1]
    send(view, {"pick": wanted})
    deployment.lease()

    assert [lease.id.key for lease in deployment.state.leases] == [wanted]
    assert [point["state"] for point in view.plot.view["points"] if point["front"]] == ["active"]
    assert not view.plot.view["can_pick"]


def test_axes_are_turned_by_the_page_and_by_python(market: Deployment[Client]) -> None:
    view = ParetoView(market, y="uptime_30d")
    assert (view.x, view.y) == ("usd_month", "uptime_30d")

    send(view, {"axis": "x", "column": "usd_hour"})
    assert (view.x, view.plot.view["x"]["label"]) == ("usd_hour", "USD per hour")
    view.x, view.y = "uptime_7d", "usd_month"
    assert [view.plot.view[name]["hint"] for name in ("x", "y")] == ["more is better", "less is better"]
    assert view.plot.view["vertical_first"]
    assert list(view.front["provider"]) == ["cheap.example", "good.example", "best.example"]


@pytest.mark.parametrize("message", [{"axis": "z", "column": "usd_hour"}, {"axis": "x", "column": "selection"}])
def test_an_axis_that_is_none_is_an_error_in_the_plot(market: Deployment[Client], message: dict[str, str]) -> None:
    view = ParetoView(market)
    send(view, message)

    assert "There is no axis" in view.plot.view["error"]["what"]
    assert view.x == "usd_month"


def test_an_unknown_column_or_bid_is_refused_from_python(market: Deployment[Client]) -> None:
    with pytest.raises(traitlets.TraitError, match="usd_year"):
        ParetoView(market, x="usd_year")
    view = ParetoView(market)
    with pytest.raises(traitlets.TraitError, match="usd_year"):
        view.y = "usd_year"
    with pytest.raises(traitlets.TraitError, match="no bid 'nobody'"):
        view.selection = ["nobody"]
    with pytest.raises(TypeError, match="not str"):
        ParetoView("akash")


def test_a_new_view_shows_the_same_as_one_that_followed(deployment: Deployment[Client]) -> None:
    followed = ParetoView(deployment)
    deployment.lease()

    assert followed.plot.view == ParetoView(deployment).plot.view


def test_a_closed_view_follows_nobody(market: Deployment[Client]) -> None:
    view = ParetoView(market)
    before = view.plot.view
    view.close()
    market.bids = bids(offer("new"))

    assert view.plot.view == before


# Where no script runs


def bundle(view: ParetoView) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return view._repr_mimebundle_()


def test_a_saved_notebook_has_the_picture_and_the_table(deployment: Deployment[Client]) -> None:
    view = ParetoView(deployment)
    data = bundle(view)

    assert "<svg" in data["text/html"]
    assert "<table" in data["text/html"]
    assert "<script" not in data["text/html"]
    assert "2026-01-05" in data["text/html"]
    assert len(data["text/html"]) < 30_000
    assert data["text/plain"].startswith("MOCK Bids of")
    assert "on the Pareto front" in data["text/plain"]
    assert repr(view).startswith("<ParetoView of <Deployment MOCK")


def test_text_of_providers_is_escaped(market: Deployment[Client]) -> None:
    market.bids = bids(offer("<img src=x onerror=alert(1)>"))
    html = bundle(ParetoView(market))["text/html"]

    assert "<img src=x" not in html
    assert "&lt;img src=x" in html


def test_without_bids_the_picture_says_that_there_are_none(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        assert "Bids: none yet" in bundle(ParetoView(session))["text/html"]


def test_who_wants_only_a_studio_does_not_load_pandas() -> None:
    code = "import sys, akash_nb.widgets; assert 'pandas' not in sys.modules; akash_nb.widgets.ParetoView"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def made(count: int) -> Bids:
    return bids(*(offer(f"p{i}", str(1 + i * 7 % 101), uptime=0.5 + i % 97 / 194) for i in range(count)))


def test_five_thousand_bids_are_drawn_and_pictured_small(market: Deployment[Client]) -> None:
    market.bids = made(5000)
    view = ParetoView(market)

    assert len(view.plot.view["points"]) == 5000
    assert len(view.plot._still().html()) < 400_000
