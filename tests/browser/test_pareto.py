"""The Pareto view in a real JupyterLab: points and table in step, by mouse and by keyboard alone; charts as well."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pandas as pd
import pytest

from akash_nb import charts
from akash_nb.demo import WEB_SDL
from tests.browser.conftest import Lab, Visit, expect
from tests.browser.test_studio import PICTURES, notebook

pytestmark = pytest.mark.browser

#: A market whose front has several bids.
SETUP = """
import akash_nb as akash
from mock_server import MockConsole
session = akash.connect(mock=MockConsole(seed=8), home={home!r})
deployment = session.deploy({sdl!r})
bids = deployment.wait_for_bids()
"""

PLOT = ".aknb-plot"
POINTS = f"{PLOT} .aknb-marks path"
PICKED = f'{POINTS}[aria-checked="true"]'
CARD = f"{PLOT} .aknb-card"


@pytest.fixture
def view(visit: Visit, lab: Lab, request: pytest.FixtureRequest) -> Visit:
    """A notebook with the view of a deployment that has bids."""
    name = re.sub(r"\W+", "-", request.node.name)
    setup = SETUP.format(home=str(lab.folder.parent / f"home-{name}"), sdl=WEB_SDL)
    cells = (setup, "view = akash.widgets.ParetoView(deployment, y='uptime_30d')\nview", "0")
    visit.open(lab, notebook(lab, f"{name}.ipynb", *cells))
    visit.run_all()
    visit.page.locator(POINTS).first.wait_for(timeout=60_000)
    return visit


def answer(visit: Visit, code: str) -> object:
    """The value of an expression in the kernel, run in the notebook's last cell."""
    visit.page.evaluate(
        """(code) => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = notebook.widgets.length - 1;
            notebook.activeCell.model.sharedModel.setSource(`import json; print("answer", json.dumps(${code}))`);
        }""",
        code,
    )
    visit.command("notebook:run-cell")
    output = visit.page.locator(".jp-CodeCell").last.locator(".jp-OutputArea-output", has_text="answer")
    output.wait_for()
    return json.loads(output.inner_text().removeprefix("answer"))


def keys(visit: Visit, selector: str) -> list[str]:
    return [str(node.get_attribute("data-key")) for node in visit.page.locator(selector).all()]


def by_price(visit: Visit) -> list[str]:
    """The keys of all points, cheapest first."""
    return visit.page.evaluate(
        f"""() => [...document.querySelectorAll({POINTS!r})]
            .map((node) => [node.dataset.key, Number(/USD per month \\$([\\d.]+)/.exec(node.ariaLabel)[1])])
            .sort((a, b) => a[1] - b[1]).map(([key]) => key)"""
    )


def focused(visit: Visit) -> str | None:
    return visit.page.evaluate("() => document.activeElement.dataset?.key ?? null")


def row(visit: Visit, key: str) -> str:
    return f'.aknb-bids tr[data-key="{key}"]'


def test_the_front_stands_out_and_is_joined_and_the_table_stands_beside_it(view: Visit) -> None:
    page = view.page
    front = answer(view, "list(view.front['key'])")

    assert isinstance(front, list)
    assert len(front) > 1
    assert set(keys(view, f'{POINTS}[data-kind="front"]')) == set(front)
    assert page.locator(POINTS).count() == page.locator(".aknb-bids tr[data-key] input").count()
    expect(page.locator(f"{PLOT} .aknb-fronts path")).to_have_count(1)
    expect(page.locator(f"{PLOT} .aknb-mock")).to_be_visible()
    expect(page.get_by_role("heading", name=f"{len(front)} of 21 bids on the front")).to_be_visible()


def test_hover_shows_who_it_is_and_marks_the_row_and_a_click_picks(view: Visit) -> None:
    page = view.page
    point = page.locator(f'{POINTS}[data-kind="front"]').first
    key = str(point.get_attribute("data-key"))
    expect(page.locator(CARD)).to_be_hidden()
    point.hover(force=True)  # the pointer means the nearest point, whatever is drawn above it
    name = str(point.get_attribute("aria-label")).split(",")[0]

    expect(page.locator(CARD)).to_contain_text(name)
    assert {"USD per month", "Region", "Audited", "$/h"} <= set(page.locator(f"{CARD} dt").all_inner_texts())
    page.locator(f"{row(view, key)}[data-near]").wait_for()

    point.click(force=True)
    page.locator(PICKED).wait_for(state="attached")
    page.locator(f"{row(view, key)} input:checked").wait_for(state="attached")  # the table hears of it on its own
    assert answer(view, "[o.key for o in deployment.choice.chosen.values()]") == [key]


def test_a_pick_in_the_table_is_one_in_the_plot_and_a_row_shows_its_point(view: Visit) -> None:
    page = view.page
    last = by_price(view)[-1]
    page.locator(f"{row(view, last)} input").check()
    page.locator(PICKED).wait_for(state="attached")

    assert keys(view, PICKED) == [last]
    expect(page.locator(f"{PLOT} .aknb-halos circle")).to_have_count(1)
    page.mouse.move(5, 5)
    page.locator(CARD).wait_for(state="hidden")
    page.locator(row(view, last)).hover()
    page.locator(CARD).wait_for()


def test_the_keyboard_alone_walks_from_bid_to_bid_by_price_and_picks(view: Visit) -> None:
    page = view.page
    order = by_price(view)
    up = page.get_by_label("Column up")
    up.focus()
    page.keyboard.press("Tab")
    assert focused(view) in keys(view, f'{POINTS}[data-kind="front"]')

    page.keyboard.press("Home")
    walked = [focused(view)]
    for _ in order[1:]:
        page.keyboard.press("ArrowRight")
        walked.append(focused(view))
    assert walked == order
    page.keyboard.press("ArrowRight")
    assert focused(view) == order[-1]
    page.keyboard.press("ArrowLeft")
    assert focused(view) == order[-2]
    expect(page.locator(CARD)).to_be_visible()
    page.locator(f"{row(view, order[-2])}[data-near]").wait_for()

    page.keyboard.press("Escape")
    expect(page.locator(CARD)).to_be_hidden()
    page.keyboard.press("Enter")
    page.locator(PICKED).wait_for(state="attached")
    assert keys(view, PICKED) == [order[-2]]
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    page.wait_for_function(f"() => document.querySelector({PICKED!r})?.dataset.key === {order[0]!r}")

    assert focused(view) == order[0]
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.ariaLabel") == "Column across"
    expect(page.locator(".jp-CodeCell")).to_have_count(3)  # no key was a command of the notebook


def test_columns_can_be_chosen_and_points_keep_focus_and_nodes(view: Visit) -> None:
    page = view.page
    page.evaluate(f"() => document.querySelectorAll({POINTS!r}).forEach((node) => {{ node.mine = true; }})")
    before = page.locator(POINTS).count()
    page.get_by_label("Column across").select_option("Uptime over 7 d")
    page.locator(PLOT).get_by_text("more is better").nth(1).wait_for()
    assert answer(view, "[view.x, view.y]") == ["uptime_7d", "uptime_30d"]

    page.locator(f'{POINTS}[tabindex="0"]').focus()
    key = focused(view)
    page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
            .requestExecute({ code: "view.x = 'usd_hour'" }).done"""
    )
    page.locator(PLOT).get_by_text("less is better").wait_for()

    assert focused(view) == key
    assert (
        page.evaluate(f"() => [...document.querySelectorAll({POINTS!r})].filter((node) => node.mine).length") == before
    )


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("width", [600, 1500])
def test_it_fits_and_can_be_read_in_both_themes_narrow_and_wide(view: Visit, theme: str, width: int) -> None:
    page = view.page
    page.set_viewport_size({"width": width, "height": 1300})
    if width < 1000:
        view.command("application:toggle-left-area")
    view.theme(theme)
    page.wait_for_function("() => !document.querySelector('.aknb-moving')?.getAnimations({ subtree: true }).length")
    if os.environ.get("AKASH_NB_SCREENSHOTS"):
        folder = Path(os.environ.get("AKASH_NB_SCREENSHOT_FOLDER", PICTURES))
        page.locator(".aknb-pareto").screenshot(path=folder / f"pareto-{width}-{theme.split()[1].lower()}.png")
    plot, table = (page.locator(part).bounding_box() for part in (PLOT, ".aknb-bids"))
    assert plot
    assert table
    assert (plot["y"] + plot["height"] <= table["y"]) == (width == 600)
    out = page.evaluate(
        """() => {
            const frame = document.querySelector(".aknb-plot").getBoundingClientRect();
            const parts = document.querySelectorAll(".aknb-plot :is(.aknb-marks path, text, .aknb-axis select)");
            return [...parts].map((node) => node.getBoundingClientRect())
                .filter((box) => box.left < frame.left || box.right > frame.right || box.bottom > frame.bottom).length;
        }"""
    )
    assert out == 0
    inks = page.evaluate(
        """() => [".aknb-plot", ".aknb-ticks text", ".aknb-marks [data-kind=front]"].map((name) => {
            const style = getComputedStyle(document.querySelector(name));
            return name === ".aknb-plot" ? style.backgroundColor : style.fill;
        })"""
    )
    assert len(set(inks)) == 3
    texts = page.evaluate(
        """() => [...document.querySelectorAll(".aknb-plot .aknb-ticks text")].map((node) => {
            const { left, right, top, bottom } = node.getBoundingClientRect();
            return [left, right, top, bottom];
        })"""
    )
    for i, (left, right, top, bottom) in enumerate(texts):
        for other in texts[i + 1 :]:
            assert left >= other[1] or right <= other[0] or top >= other[3] or bottom <= other[2]


CHART = charts.scatter(
    pd.DataFrame({"provider": ["one.example", "two.example"], "usd_month": [1.0, 2.0], "uptime_7d": [0.9, 1.0]}),
    "usd_month",
    "uptime_7d",
)


def test_a_chart_is_drawn_in_the_colour_of_the_page_and_in_a_notebook_from_elsewhere_as_an_image(
    visit: Visit, lab: Lab
) -> None:
    page = visit.page
    name = notebook(
        lab,
        "chart.ipynb",
        "import pandas as pd\nfrom akash_nb import charts\n"
        "charts.scatter(pd.DataFrame({'usd_month': [1.0, 2.0], 'uptime_7d': [0.9, 1.0]}), 'usd_month', 'uptime_7d')",
    )
    visit.open(lab, name)
    visit.theme("JupyterLab Dark")
    visit.run_all()
    picture = page.locator(".aknb-chart svg")
    picture.wait_for()
    ink = page.evaluate("() => getComputedStyle(document.querySelector('.aknb-chart svg text')).fill")
    assert min(int(part) for part in re.findall(r"\d+", ink)[:3]) > 150  # light on dark
    expect(page.locator(".aknb-chart img")).to_be_hidden()

    content = json.loads((lab.folder / name).read_text())
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": CHART._repr_html_()}}
    content["cells"][0] |= {"outputs": [output], "execution_count": 1}
    (lab.folder / "elsewhere.ipynb").write_text(json.dumps(content))
    visit.open(lab, "elsewhere.ipynb")  # nobody here has run it, so JupyterLab does not trust it
    image = page.locator(".aknb-chart img")
    image.wait_for()

    assert image.evaluate("(node) => node.complete && node.naturalWidth") >= 600
    assert "on the Pareto front" in str(image.get_attribute("alt"))
    assert "Pareto front" not in page.locator(".aknb-chart").inner_text()  # no heap of words beside it
