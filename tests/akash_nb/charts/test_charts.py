"""Charts as text: what is in the picture, what it says, and what it refuses to draw."""

from __future__ import annotations

import base64
import re
from decimal import Decimal
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akash_nb import charts
from akash_nb.charts.labels import Box
from akash_nb.charts.line_plot import apart
from akash_nb.charts.scatter_plot import MOST_NAMED
from akash_nb.charts.svg import width
from akash_nb.errors import InvalidInputError
from akash_nb.frames.bids import TABLE
from tests.akash_nb.records import bids, offer

BIDS = bids(
    offer("cheap", "10", uptime=0.9),
    offer("good", "20", uptime=0.99),
    offer("beaten", "25", uptime=0.95),
    offer("best", "40", uptime=1.0),
).frame()

SWEEP = pd.DataFrame(
    {
        "cpu": [1, 1, 2, 2, 4],
        "gpu": ["", "t4", "", "t4", ""],
        "usd_month": pd.array([2.5, 90.0, 5.0, None, 10.0], dtype="Float64"),
    }
)


def parsed(chart: charts.Chart) -> ElementTree.Element:
    """The picture as XML, without its namespace."""
    return ElementTree.fromstring(chart.svg.replace("xmlns=", "was=", 1))


def texts(chart: charts.Chart) -> list[str]:
    return [node.text or "" for node in parsed(chart).iter("text")]


def tooltips(chart: charts.Chart) -> list[str]:
    """Those of marks and cells, not the picture's own title."""
    return [node.text or "" for node in parsed(chart).iter("title")][1:]


def all_kinds() -> list[charts.Chart]:
    return [
        charts.scatter(BIDS, "usd_month", "uptime_7d"),
        charts.heatmap(SWEEP, "cpu", "gpu", "usd_month"),
        charts.lines(SWEEP, "cpu", "usd_month", "gpu"),
        charts.scatter(BIDS[:0], "usd_month", "uptime_7d"),
    ]


# What all have


@pytest.mark.parametrize("chart", all_kinds(), ids=["scatter", "heatmap", "lines", "empty"])
def test_a_picture_has_a_name_a_sentence_and_no_script(chart: charts.Chart) -> None:
    root = parsed(chart)

    assert root.get("role") == "img"
    assert [root[0].tag, root[0].text] == ["title", chart.title]
    assert [root[1].tag, root[1].text] == ["desc", chart.seen]
    assert chart.title in " ".join(texts(chart))
    assert chart.seen.split()[-1] in " ".join(texts(chart))
    assert not {"script", "foreignObject", "image", "a", "use"} & {node.tag for node in root.iter()}
    assert not any(name.startswith("on") or name in ("id", "href") for node in root.iter() for name in node.attrib)


def test_the_same_table_gives_the_same_picture() -> None:
    assert [chart.svg for chart in all_kinds()] == [chart.svg for chart in all_kinds()]


def test_source_time_and_price_model_are_in_the_picture_itself() -> None:
    chart = charts.scatter(BIDS, "usd_month", "uptime_7d")

    assert "MOCK" in texts(chart)
    assert texts(chart)[-1] == (
        "MOCK: simulated market · as of 2026-08-22 08:00:00 UTC · 6.098 s per block, 30.437 days per month"
    )
    assert str(chart).startswith("MOCK Uptime over 7 d against USD per month: 3 of 4 are on the Pareto front")
    assert "2026-08-22 08:00:00 UTC" in str(chart)
    assert repr(chart).startswith("<Chart MOCK Uptime over 7 d")


def test_live_figures_are_no_mock_and_a_table_of_ones_own_has_no_footer() -> None:
    live = BIDS.copy()
    live.attrs = {**BIDS.attrs, "source": "live"}

    assert "MOCK" not in charts.scatter(live, "usd_month", "uptime_7d").svg
    assert charts.scatter(live, "usd_month", "uptime_7d").footer.startswith("live · as of 2026-08-22")
    assert charts.lines(SWEEP, "cpu", "usd_month", "gpu").footer == ""


@pytest.mark.parametrize(
    ("as_of", "shown"),
    [
        ("2026-08-22T10:00:00+02:00", "as of 2026-08-22 08:00:00 UTC"),
        ("2026-08-22T08:00:00", "as of 2026-08-22 08:00:00 UTC"),
        ("noon", "as of noon"),
    ],
)
def test_the_time_is_utc(as_of: str, shown: str) -> None:
    frame = SWEEP.copy()
    frame.attrs = {"as_of": as_of}

    assert charts.lines(frame, "cpu", "usd_month", "gpu").footer == shown


def test_a_page_that_takes_pictures_and_styles_away_has_an_image_of_the_same() -> None:
    chart = charts.scatter(BIDS, "usd_month", "uptime_7d")
    html = chart._repr_html_()
    (data,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    image = base64.b64decode(data).decode()
    root = ElementTree.fromstring(image)

    assert f'<div hidden="hidden">{chart.svg}</div>' in html
    assert "[hidden]{display:block!important}" in html
    assert "tex2jax_ignore" in html
    assert "<script" not in html
    assert [node.text for node in root.iter() if node.tag.endswith("title")] == [chart.title]
    assert root.get("color") == "#1c2330"
    assert "fill='#ffffff'" in image  # dark ink needs a ground of its own where nobody knows the page's


def test_a_chart_is_saved_as_a_picture_or_a_page_and_as_nothing_else(tmp_path: Path) -> None:
    chart = charts.scatter(BIDS, "usd_month", "uptime_7d")
    picture, page = chart.save(tmp_path / "front.svg"), chart.save(str(tmp_path / "front.html"))

    assert "MOCK" in picture.read_text(encoding="utf-8")
    ElementTree.parse(picture)
    assert "color-scheme:light dark" in page.read_text(encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"cannot be saved as \.png"):
        chart.save(tmp_path / "front.png")
    with pytest.raises(InvalidInputError, match="without a suffix"):
        chart.save(tmp_path / "front")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["front.html", "front.svg"]


HOSTILE = "</text><script>alert(1)</script>'\" onload='x' &amp; \x00\x1b\ud800 ]]>"


def test_text_of_providers_is_only_ever_text() -> None:
    frame = pd.DataFrame({"provider": [HOSTILE, "b"], "usd_month": [1.0, 2.0], "uptime_7d": [0.9, 1.0]})
    frame[HOSTILE] = [1.0, 2.0]
    frame.attrs = {"source": HOSTILE, "as_of": HOSTILE, "prices": HOSTILE}
    drawn = [
        charts.scatter(frame, "usd_month", "uptime_7d", by="provider", title=HOSTILE),
        charts.scatter(frame, HOSTILE, "uptime_7d", low=(True, False)),
        charts.heatmap(frame, "provider", HOSTILE, "usd_month"),
        charts.lines(frame, HOSTILE, "usd_month", by="provider"),
    ]
    for chart in drawn:
        root = parsed(chart)
        assert "script" not in {node.tag for node in root.iter()}
        assert not any(node.get("onload") for node in root.iter())
        assert "<script" not in chart._repr_html_()
        chart._repr_html_().encode()


@given(st.lists(st.tuples(st.text(max_size=20), st.floats(), st.floats()), min_size=1, max_size=12))
def test_any_names_and_numbers_give_a_picture(rows: list[tuple[str, float, float]]) -> None:
    frame = pd.DataFrame(rows, columns=["provider", "usd_hour", "uptime_1d"])

    for chart in (
        charts.scatter(frame, "usd_hour", "uptime_1d", by="provider"),
        charts.heatmap(frame, "provider", "usd_hour", "uptime_1d", aggregate="mean"),
        charts.lines(frame, "usd_hour", "uptime_1d", "provider", aggregate="max"),
    ):
        assert parsed(chart).tag == "svg"
        assert "nan" not in re.sub(r">[^<]*<", "><", chart.svg)


# Scatter


def test_the_front_is_marked_named_and_joined_and_the_others_are_quiet() -> None:
    chart = charts.scatter(BIDS, "usd_month", "uptime_7d")
    marks = list(parsed(chart).iter("circle"))
    loud = [node for node in marks if node.get("fill")]
    stairs = [node.get("d") for node in parsed(chart).iter("path") if node.get("stroke") == "#0072B2"]

    assert (len(marks), len(loud)) == (4, 3)
    assert [fact.partition(":")[0] for fact in chart.facts] == ["cheap.example", "good.example", "best.example"]
    assert {"cheap.example", "good.example", "best.example"} <= set(texts(chart))
    assert "beaten.example" not in texts(chart)
    assert len(stairs) == 1
    corners = [tuple(map(float, corner.split())) for corner in (stairs[0] or "")[1:].split("L")]
    assert [a[1] == b[1] for a, b in pairwise(corners)] == [True, False, True, False]  # level, then up
    assert "beaten.example\nUSD per month: $10.78/month\nUptime over 7 d: 95.00%" in tooltips(chart)
    assert chart.seen == ("3 of 4 are on the Pareto front: from $4.31/month at 90.00% to $17.25/month at 100.00%.")


def test_where_more_is_better_across_the_stairs_go_up_first() -> None:
    (places,) = re.findall(r"d='M([\d. ]+)L([\d. ]+)L", charts.scatter(BIDS, "uptime_7d", "usd_month").svg)
    (first, _), (then, _) = (map(float, place.split()) for place in places)

    assert first == then


def test_each_group_has_a_front_and_a_shape_of_its_own() -> None:
    frame = bids(offer("a", "10", uptime=0.9), offer("b", "20", gseq=2, uptime=0.8), gseqs=(1, 2)).frame()
    chart = charts.scatter(frame, "usd_month", "uptime_7d", by="gseq")

    assert chart.seen.startswith("2 of 2 are on the Pareto front")
    assert texts(chart)[-3:-1] == ["Group 1", "Group 2"]
    assert len(list(parsed(chart).iter("circle"))) == 2  # the point and the legend's
    assert charts.scatter(frame, "usd_month", "uptime_7d").seen.startswith("1 of 2 is on the Pareto front")


@pytest.mark.parametrize(
    "highlight",
    [
        BIDS["provider"] == "beaten.example",
        [False, False, True, False],
        pd.array([False, None, True, None], dtype="boolean"),
        BIDS[BIDS["provider"] == "beaten.example"],
        BIDS.assign(pareto=BIDS["provider"] == "beaten.example"),
    ],
    ids=["mask", "list", "with missing", "rows", "pareto column"],
)
def test_what_is_highlighted_may_be_said(highlight: Any) -> None:
    chart = charts.scatter(BIDS, "usd_month", "uptime_7d", highlight=highlight)

    assert chart.seen == "1 of 4 is highlighted: $10.78/month at 95.00%."
    assert chart.facts == ("beaten.example: $10.78/month, 95.00%",)


def test_the_front_of_a_frame_is_the_front_of_the_chart() -> None:
    only = BIDS.akash.pareto("usd_month", "uptime_7d", only=True)
    given_front = charts.scatter(BIDS, "usd_month", "uptime_7d", highlight=only)

    assert given_front.facts == charts.scatter(BIDS, "usd_month", "uptime_7d").facts


def test_no_front_is_drawn_where_nobody_knows_which_way_is_better() -> None:
    assert charts.scatter(BIDS, "usd_month", "age_s").seen == "4 points, none highlighted."
    assert "1 of 4 is on the Pareto front" in charts.scatter(BIDS, "usd_month", "age_s", low=(True, True)).seen


def test_rows_without_a_figure_are_counted_and_not_drawn() -> None:
    frame = bids(offer("one", uptime=None), offer("two", uptime=0.5)).frame()
    chart = charts.scatter(frame, "usd_month", "uptime_7d")

    assert chart.seen.endswith("1 row without a figure left out.")
    assert len(list(parsed(chart).iter("circle"))) == 1


def test_many_quiet_points_stay_small_in_a_notebook() -> None:
    count = 5000
    frame = pd.DataFrame({"usd_month": range(1, count + 1), "uptime_7d": [1 - i / count for i in range(count)]})
    few = charts.scatter(frame[:MOST_NAMED], "usd_month", "uptime_7d")
    many = charts.scatter(frame, "usd_month", "uptime_7d")

    assert len(tooltips(few)) == MOST_NAMED
    assert len(tooltips(many)) == 1
    assert many.svg.count("h0") > 1000
    assert len(many.svg) < 25 * count


def boxes(chart: charts.Chart, size: str) -> list[Box]:
    """About where the names beside points stand."""
    found = []
    for node in parsed(chart).iter("text"):
        if node.get("font-size") == size:
            x, y, length = float(node.get("x", 0)), float(node.get("y", 0)), width(node.text or "", float(size))
            left = x - length * {"start": 0, "middle": 0.5, "end": 1}[node.get("text-anchor", "start")]
            found.append(Box(left, y - 9, left + length, y + 2))
    return found


@given(st.lists(st.tuples(st.floats(1, 10), st.floats(0.5, 1)), min_size=2, max_size=40, unique=True))
def test_names_never_overlap(places: list[tuple[float, float]]) -> None:
    frame = pd.DataFrame(places, columns=["usd_month", "uptime_7d"])
    frame["provider"] = [f"provider.somewhere{i}.example" for i in range(len(frame))]
    found = boxes(charts.scatter(frame, "usd_month", "uptime_7d", highlight=[True] * len(frame)), "11.5")

    assert not any(a.meets(b) for a, b in combinations(found, 2))


# Heat map


def test_a_cell_has_its_value_its_colour_and_a_tooltip_and_the_best_has_an_edge() -> None:
    chart = charts.heatmap(SWEEP, "cpu", "gpu", "usd_month")
    strengths = [
        float(node.get("fill-opacity", 0))
        for node in parsed(chart).iter("rect")
        if node.get("rx") == "4" and node.get("fill") == "#0072B2"
    ]

    assert texts(chart)[2:16] == [
        *("GPU", "CPU", "none", "t4", "1", "2", "4"),
        *("$2.50", "$90.00", "$5.00", "none", "$10.00", "none", "$2.50"),
    ]
    assert strengths[0] == min(strengths)
    assert strengths[1] == max(strengths)
    assert [node.text for node in parsed(chart).iter("text") if node.get("font-weight") == "700"] == ["$2.50"]
    assert "CPU 1, GPU t4\nUSD per month: $90.00/month" in tooltips(chart)
    assert {"CPU 2, GPU t4\nno value", "CPU 4, GPU t4\nno row"} <= set(tooltips(chart))
    assert chart.seen == (
        "From $2.50/month (CPU 1, GPU none) to $90.00/month (CPU 1, GPU t4). 2 of 6 cells have no value."
    )


def test_text_in_a_cell_can_be_read_on_its_colour() -> None:
    chart = charts.heatmap(SWEEP, "cpu", "gpu", "usd_month")
    strongest = max(float(node.get("fill-opacity", 0)) for node in parsed(chart).iter("rect"))

    for ground, ink in (("#ffffff", "#212121"), ("#111111", "#e0e0e0")):
        assert contrast(blend("#0072B2", ground, strongest), ink) >= 4.5


def test_several_rows_for_a_cell_are_an_error_unless_it_is_said_what_to_make_of_them() -> None:
    twice = pd.concat([SWEEP, SWEEP.assign(usd_month=SWEEP["usd_month"] * 2)])

    with pytest.raises(InvalidInputError, match="There are 2 rows for cpu 1, gpu none") as caught:
        charts.heatmap(twice, "cpu", "gpu", "usd_month")
    assert "aggregate=" in caught.value.todo
    assert "$2.50" in texts(charts.heatmap(twice, "cpu", "gpu", "usd_month", aggregate="min"))
    assert "$7.50" in texts(charts.heatmap(twice, "cpu", "gpu", "usd_month", aggregate="sum"))
    with pytest.raises(InvalidInputError, match="no aggregate 'first'"):
        charts.heatmap(twice, "cpu", "gpu", "usd_month", aggregate="first")  # type: ignore[arg-type]


def test_categories_keep_their_order_and_numbers_ascend() -> None:
    frame = pd.DataFrame(
        {"cpu": [4, 1], "memory": pd.Categorical(["8Gi", "16Gi"], ["8Gi", "16Gi"]), "usd_hour": [1, 2]}
    )

    assert texts(charts.heatmap(frame, "memory", "cpu", "usd_hour"))[4:8] == ["1", "4", "8Gi", "16Gi"]


def test_names_of_columns_that_are_wider_than_a_cell_stand_in_two_lines_and_stay_whole() -> None:
    models = [f"rtx{n}090" for n in range(10, 22)]
    frame = pd.DataFrame({"region": "eu-west", "model": models, "providers": range(12)})
    chart = charts.heatmap(frame, "region", "model", "providers")
    heads = {node.text: float(node.get("y", 0)) for node in parsed(chart).iter("text") if node.text in models}

    assert list(heads) == models
    assert [heads[name] for name in models[:3]] == [34, 49, 34]


def test_equal_cells_have_neither_a_best_one_nor_a_legend() -> None:
    chart = charts.heatmap(SWEEP.assign(usd_month=1.0), "cpu", "gpu", "usd_month")

    assert chart.seen == "$1.00/month everywhere. 1 of 6 cells have no value."
    assert "the lowest" not in texts(chart)


def test_more_cells_than_anybody_can_read_are_refused() -> None:
    frame = pd.DataFrame({"cpu": range(40), "memory": range(40), "usd_hour": 1.0})

    with pytest.raises(InvalidInputError, match="40 by 40 cells"):
        charts.heatmap(frame, "cpu", "memory", "usd_hour")


# Lines


def test_each_line_has_a_name_a_hue_and_a_shape() -> None:
    chart = charts.lines(SWEEP, "cpu", "usd_month", "gpu")
    hues = [node.get("stroke") for node in parsed(chart).iter("path") if node.get("stroke-width") == "2"]

    assert hues == ["#0072B2", "#D55E00"]
    assert texts(chart)[-2:] == ["t4", "none"]  # from above
    assert "t4\nCPU: 1\nUSD per month: $90.00/month" in tooltips(chart)
    assert chart.seen == "2 lines, from $2.50/month (none, CPU 1) to $90.00/month (t4, CPU 1)."
    assert chart.facts[0] == "none: $2.50/month at CPU 1 to $10.00/month at CPU 4"


def test_twelve_lines_all_look_different_and_thirteen_are_refused() -> None:
    frame = pd.DataFrame({"cpu": [1, 2] * 13, "gpu": [f"g{i // 2}" for i in range(26)], "usd_hour": range(26)})
    chart = charts.lines(frame[:24], "cpu", "usd_hour", "gpu")
    looks = {
        (n.get("stroke"), n.get("stroke-dasharray")) for n in parsed(chart).iter("path") if n.get("stroke-width") == "2"
    }

    assert len(looks) == 12
    with pytest.raises(InvalidInputError, match="13 lines; 12 can be told apart"):
        charts.lines(frame, "cpu", "usd_hour", "gpu")


def test_few_values_across_are_the_ticks_themselves() -> None:
    frame = pd.DataFrame({"cpu": [1, 2, 4, 8, 16], "usd_month": [1.0, 2.0, 3.0, 4.0, 5.0]})
    shown = texts(charts.lines(frame, "cpu", "usd_month"))

    assert [text for text in shown if text.isdigit()] == ["1", "2", "4", "8", "16"]


def test_a_line_over_days() -> None:
    frame = pd.DataFrame({"day": pd.date_range("2026-08-01", periods=9, tz="UTC"), "usd_spent": [1.0] * 8 + [2.0]})
    chart = charts.lines(frame, "day", "usd_spent")

    assert {"08-01", "08-03", "08-05", "08-07", "08-09"} <= set(texts(chart))
    assert chart.facts == ("USD spent: $1.00 at Day 2026-08-01 to $2.00 at Day 2026-08-09",)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=12))
def test_names_of_lines_are_moved_apart_and_stay_within_the_picture(wanted: list[float]) -> None:
    placed = apart(sorted(wanted), 15, 0, 300)

    assert all(b - a >= 15 - 1e-9 for a, b in pairwise(placed))
    assert all(-1e-9 <= y <= 300 + 1e-9 for y in placed)


# What cannot be drawn


DRAW = {
    "scatter": lambda frame, x, y: charts.scatter(frame, x, y),
    "heatmap": lambda frame, x, y: charts.heatmap(frame, "gpu", x, y),
    "lines": lambda frame, x, y: charts.lines(frame, x, y, "gpu"),
}


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_an_unknown_column_is_an_error_that_names_the_one_meant(draw: Any) -> None:
    with pytest.raises(InvalidInputError, match="no column 'usd_mnth'") as caught:
        draw(SWEEP, "cpu", "usd_mnth")
    assert caught.value.todo == "Did you mean 'usd_month'?"
    assert caught.value.means == "Nothing was drawn."


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_a_column_without_numbers_is_an_error_that_lists_those_with(draw: Any) -> None:
    with pytest.raises(InvalidInputError, match="'gpu' holds no numbers") as caught:
        draw(SWEEP, "cpu", "gpu")
    assert caught.value.todo == "Numbers are in: cpu, usd_month."


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_an_empty_table_is_a_chart_that_says_so(draw: Any) -> None:
    assert draw(SWEEP[:0], "cpu", "usd_month").seen == "Nothing to show: the table has no rows."
    lacking = SWEEP.assign(usd_month=pd.array([None] * 5, dtype="Float64"))
    assert draw(lacking, "cpu", "usd_month").seen.startswith("Nothing to show: no row has")


def test_other_things_that_cannot_be_drawn() -> None:
    with pytest.raises(InvalidInputError, match="not from list"):
        charts.scatter([1, 2], "a", "b")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="more than one column 'cpu'"):
        charts.lines(pd.concat([SWEEP, SWEEP[["cpu"]]], axis=1), "cpu", "usd_month", "gpu")
    with pytest.raises(InvalidInputError, match="highlight= is for 1 rows"):
        charts.scatter(BIDS, "usd_month", "uptime_7d", highlight=[True])
    with pytest.raises(InvalidInputError, match="has 20 different values"):
        charts.scatter(SWEEP.iloc[[0] * 20].assign(cpu=range(20)), "usd_month", "cpu", by="cpu")


def test_decimals_and_infinities_of_tables_of_ones_own() -> None:
    frame = pd.DataFrame({"usd_month": [Decimal("1.5"), Decimal(3), None], "uptime_7d": [0.9, float("inf"), 1.0]})

    assert charts.scatter(frame, "usd_month", "uptime_7d").seen == (
        "1 of 1 is on the Pareto front: $1.50/month at 90.00%. 2 rows without a figure left out."
    )


def test_every_pair_of_numeric_columns_of_the_bids_can_be_drawn() -> None:
    numeric = [column.name for column in TABLE.columns if column.dtype in ("Float64", "Int64")]

    for x, y in combinations(numeric, 2):
        assert parsed(charts.scatter(BIDS, x, y)).tag == "svg"


# Colours


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """As WCAG defines it, 1..21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def blend(colour: str, ground: str, opacity: float) -> str:
    mixed = (int(colour[i : i + 2], 16) * opacity + int(ground[i : i + 2], 16) * (1 - opacity) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part):02x}" for part in mixed)


@pytest.mark.parametrize("ground", ["#ffffff", "#111111", "#1e1e1e", "#212121"])
def test_every_hue_stands_out_on_light_and_on_dark(ground: str) -> None:
    from akash_nb.charts.palette import HUES

    assert min(contrast(hue, ground) for hue in HUES) >= 3
