"""The market: GPUs, regions and providers, and filters that act on all three; all over the in-process mock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import akash_nb as akash
from akash_nb import sdl
from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.errors import AkashError, InvalidInputError
from akash_nb.money import format_usd
from akash_nb.session import Session
from akash_nb.widgets import MarketView
from akash_nb.widgets.market.market_charts import where_models_are
from akash_nb.widgets.market.market_view import PAGE
from mock_server import MockConsole
from tests.akash_nb.widgets.conftest import sent


@pytest.fixture
def session(console: MockConsole) -> Iterator[Session[Client]]:
    with akash.connect(mock=console) as session:
        yield session


@pytest.fixture
def view(session: Session[Client]) -> Iterator[MarketView]:
    view = MarketView(session)
    view.wait()
    yield view
    view.close()


def addresses(view: MarketView) -> list[str]:
    return [row["key"] for row in view.view["rows"]]


def dearest(view: MarketView) -> dict[str, Any]:
    return next(kind for kind in view.view["board"] if kind["bar"])


def test_the_board_has_every_kind_with_its_range_and_the_dearest_first(view: MarketView) -> None:
    board = view.view["board"]
    low, middle, high = dearest(view)["bar"]

    assert len(board) == len(view.gpus)
    assert 0 < low <= middle <= high <= 1
    assert dearest(view)["model"] == view.gpus.sort_values("usd_hour", ascending=False)["model"].iloc[0]
    assert "of" in dearest(view)["free"]
    assert view.view["mock"] is True


def test_regions_count_all_providers_and_what_is_free_where_they_are_online(view: MarketView) -> None:
    regions = view.view["regions"]
    frame = view.providers
    first = regions[0]
    there = frame[frame["region"] == first["key"]]

    assert sum(region["providers"] for region in regions) == len(frame)
    assert first["online"] == int(there["online"].sum())
    assert first["gpus_free"] == f"{there[there['online']]['gpus_free'].sum():,.0f}"


def test_a_model_filters_the_board_the_regions_and_the_providers(view: MarketView) -> None:
    model = dearest(view)["model"]
    view.press("filter", model=model)

    assert {kind["model"] for kind in view.view["board"]} == {model}
    assert 0 < len(view.shown) < len(view.providers)
    assert all(model in models.split(", ") for models in view.shown["gpu_models"])
    assert sum(region["providers"] for region in view.view["regions"]) == len(view.shown)


def test_a_region_filters_all_three_and_clear_brings_all_back(view: MarketView) -> None:
    kinds, region = len(view.view["board"]), view.view["regions"][-1]["key"]
    view.press("filter", region=region)

    assert [one["key"] for one in view.view["regions"]] == [region]
    assert len(view.view["board"]) < kinds
    view.press("clear")
    assert len(view.view["board"]) == kinds
    assert len(view.shown) == len(view.providers)


def test_audited_and_online_only_and_text_may_be_set_from_python(view: MarketView) -> None:
    view.filters = {"audited": True, "online": True}
    assert view.shown["audited"].all()
    assert view.shown["online"].all()
    name = view.shown["provider"].iloc[0]
    view.filters = view.filters | {"text": name.upper()}

    assert set(view.shown["provider"]) == {name}
    assert view.view["filters"]["text"] == name.upper()


def test_no_provider_that_matches_says_what_to_do(view: MarketView) -> None:
    view.press("filter", text="there is none such")

    assert view.view["rows"] == []
    assert view.view["title"] == "None of 60 providers"
    assert "Clear filters" in view.view["empty"]


@pytest.mark.parametrize("filters", [{"colour": "red"}, {"online": "yes"}, {"model": None}])
def test_what_is_no_filter_is_refused_and_the_filters_stay(view: MarketView, filters: dict[str, Any]) -> None:
    view.filters = {"online": True}
    with pytest.raises(InvalidInputError, match="is no filter"):
        view.filters = filters

    assert view.filters["online"] is True


def test_a_column_sorts_either_way_and_what_is_unknown_comes_last(view: MarketView) -> None:
    view.press("sort", column="vcpu_free", down=True)
    known = view.providers.dropna(subset=["vcpu_free"]).sort_values("vcpu_free")["vcpu_free"]
    by_address = view.providers.set_index("address")["vcpu_free"]
    assert by_address[addresses(view)[0]] == known.iloc[-1]
    view.press("sort", column="vcpu_free", down=False)
    assert by_address[addresses(view)[0]] == known.iloc[0]
    with pytest.raises(InvalidInputError, match="no column"):
        view.press("sort", column="colour")


def test_only_a_page_of_providers_is_in_the_view(view: MarketView) -> None:
    first = addresses(view)
    assert len(first) == min(PAGE, len(view.providers))
    view.press("page", n=1)

    assert view.view["pages"] == -(-len(view.providers) // PAGE)
    assert not set(first) & set(addresses(view)) or view.view["pages"] == 1
    view.press("page", n=10_000)
    assert view.view["page"] == view.view["pages"] - 1


def test_the_selected_provider_is_shown_in_detail(view: MarketView) -> None:
    assert view.view["detail"] is None
    view.selection = view.providers["address"].iloc[3]
    facts = {fact["label"]: fact["value"] for fact in view.view["detail"]["rows"]}

    assert facts["Address"] == view.selection
    assert "%" in facts["Uptime 1, 7, 30 days"] or "–" in facts["Uptime 1, 7, 30 days"]
    view.selection = "akash1nobody"
    assert view.view["detail"] is None


def test_it_reads_once_and_again_only_when_asked(view: MarketView, console: MockConsole) -> None:
    view._beat("page")
    assert sent(console, "listProviders") == 1
    before = len(console.calls)
    view.press("filter", online=True)
    view.press("sort", column="region")
    assert len(console.calls) == before
    view.press("refresh")
    view.wait()
    assert len(console.calls) > before


def test_a_read_that_fails_says_so_and_what_to_do(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        console.faults.status(400, "listProviders", times=2)
        view = MarketView(session)
        view.wait()

        assert view.view["error"]["what"]
        assert "Refresh" in view.view["empty"]
        with pytest.raises(AkashError):
            _ = view.providers
        view.press("refresh")
        view.wait()
        assert view.view["error"] is None
        assert view.view["rows"]


def test_charts_show_prices_and_the_bids_that_are_known(session: Session[Client]) -> None:
    session.deploy(WEB_SDL).wait_for_bids()
    view = MarketView(session)
    view.wait()

    assert [chart.is_mock for chart in view.charts] == [True] * 4
    assert all(svg.startswith("<svg") for svg in view.view["charts"])
    assert [chart.title.split(":")[0] for chart in view.charts] == [
        "GPUs",
        "Providers with GPUs",
        "Providers with a free GPU",
        "Bids",
    ]


def test_bids_on_gpus_make_a_chart_of_price_by_model_and_region(session: Session[Client]) -> None:
    deployment = session.deploy(sdl.scaffold("gpu"))
    bids = deployment.wait_for_bids().frame()
    view = MarketView(session)
    view.wait()
    region = bids["region"].iloc[0]
    view.press("filter", region=region)
    chart = view.charts[-1]

    there = bids[bids["region"] == region]
    lowest = (there["usd_hour"] / there["gpus"]).groupby(there["gpu"]).median().min()
    assert chart.title == "Bids: USD per GPU and hour, median"
    assert chart.svg.count(f"data-row='{region}'") == chart.svg.count("data-row") == there["gpu"].nunique()
    assert f"From {format_usd(lowest)}/h (Region {region}" in chart.seen


def test_charts_show_what_the_filters_leave_and_are_drawn_anew_only_then(view: MarketView) -> None:
    before = view.view["charts"]
    view.refresh()
    assert [id(chart) for chart in view.charts] == [id(chart) for chart in view.charts]
    assert view.view["charts"] == before
    model = dearest(view)["model"]
    view.press("filter", model=model)
    assert view.view["charts"] != before
    free = view.charts[2].svg
    assert free.count("data-column") == free.count(f"data-column='{model}'") > 0


def test_a_chart_says_where_the_models_are_that_can_be_leased(view: MarketView) -> None:
    frame = view.providers
    there = frame[frame["online"] & (frame["gpus_free"].fillna(0) > 0)]
    found = where_models_are(there)
    expected = there.assign(model=there["gpu_models"].str.split(", ")).explode("model")

    assert found["providers"].sum() == len(expected)
    assert not found.duplicated(["model", "region"]).any()


def test_the_picture_has_the_board_without_a_script_and_is_marked(view: MarketView) -> None:
    bundle, _ = view._repr_mimebundle_()

    assert dearest(view)["model"] in bundle["text/html"]
    assert "<script" not in bundle["text/html"]
    assert bundle["text/plain"].startswith("MOCK Market:")


def test_only_a_session_has_a_market_and_filters_may_be_given_at_once(session: Session[Client]) -> None:
    with pytest.raises(TypeError, match="Session"):
        MarketView(session.client)  # type: ignore[arg-type]
    view = MarketView(session, filters={"online": True})

    assert view.shown["online"].all()
