"""The bid table in a real JupyterLab: pick, filter and sort, updates that disturb nobody, and 5,000 rows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from akash_nb.demo import WEB_SDL
from tests.browser.conftest import ROOT, Lab, Visit, expect, new_visit, notebook, playwright

pytestmark = pytest.mark.browser

PICTURES = ROOT / "notebooks" / "images"

#: Nothing is read: a verb seems to be under way, and nobody knows who else could bid without the SDL.
SETUP = """
import akash_nb as akash
from akash_nb.deployment import Activity
from akash_nb.widgets import BidTable
from tests.akash_nb.records import bids, offer
session = akash.connect(home={home!r})
deployment = session.deploy({sdl!r})
deployment.activity, deployment.sdl = Activity("test"), ""
offers = [offer(f"p{{n:04}}", f"{{100 + n}}.5", region=("eu-west", "us-west")[n % 2]) for n in range(5000)]
def show(*offers, **about):
    deployment.bids = bids(*offers, **about)
view = BidTable(deployment)
view
"""

TABLE = ".aknb-bids"
FRAME = f"{TABLE} .aknb-scroll"
ROWS = f"{TABLE} tbody tr[data-state]"
WIDTHS = f"() => [...document.querySelectorAll('{TABLE} thead tr:first-child th')].map((node) => node.offsetWidth)"


@pytest.fixture(scope="module")
def opened(browser: playwright.Browser, lab: Lab) -> Iterator[Visit]:
    """One page for most tests of this module: opening it takes longer than they do."""
    with new_visit(browser) as visit:
        setup = SETUP.format(home=str(lab.folder.parent / "home-bids"), sdl=WEB_SDL)
        visit.open(lab, notebook(lab, "bids.ipynb", setup, "0"))
        visit.run_all()
        visit.page.wait_for_selector(TABLE)
        yield visit


@pytest.fixture
def table(opened: Visit) -> Visit:
    """Twenty bids, none picked, no filter, by price, from the top."""
    opened.page.set_viewport_size({"width": 1600, "height": 1200})
    opened.page.evaluate(f"() => {{ document.activeElement.blur(); document.querySelector({FRAME!r}).scrollTop = 0; }}")
    opened.kernel("setattr(view, 'filters', {}) or setattr(view, 'selection', []) or setattr(view, 'sort', 'usd_hour')")
    show(opened, "*offers[:20]", 20)
    return opened


def show(visit: Visit, offers: str, count: int) -> None:
    """Let these be the bids, and wait until as many are in the table."""
    visit.kernel(f"show({offers})")
    shows(visit, count)


def shows(visit: Visit, count: int) -> None:
    visit.page.wait_for_function(
        f"() => document.querySelector('{TABLE} table')?.getAttribute('aria-rowcount') === '{count + 1}'"
    )


def names(visit: Visit) -> list[str]:
    """The providers of the rows that are in the page."""
    texts = visit.page.locator(f"{ROWS} [data-column=provider]").all_inner_texts()
    return [text.removesuffix(".example") for text in texts]


def box(name: str) -> str:
    return f'{TABLE} tr[data-key="1/1/akash1{name}"] input'


def focused(visit: Visit) -> str | None:
    """The provider of the row that has the focus."""
    key = visit.page.evaluate("() => document.activeElement.closest('tr')?.dataset.key ?? null")
    return str(key).removeprefix("1/1/akash1") if key else None


def top(visit: Visit) -> float:
    return float(visit.page.evaluate(f"() => document.querySelector({FRAME!r}).scrollTop"))


def scroll(visit: Visit, pixels: int) -> None:
    visit.page.evaluate(f"() => {{ document.querySelector({FRAME!r}).scrollTop = {pixels}; }}")
    visit.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def picture(visit: Visit, name: str) -> None:
    """A screenshot for a look by eye, made only when asked for."""
    if os.environ.get("AKASH_NB_SCREENSHOTS"):
        folder = Path(os.environ.get("AKASH_NB_SCREENSHOT_FOLDER", PICTURES))
        visit.page.locator(TABLE).first.screenshot(path=folder / f"{name}.png")


def test_a_click_picks_and_so_does_python(table: Visit) -> None:
    table.page.locator(box("p0003")).check()
    table.page.locator(f"{ROWS}[data-picked]", has_text="p0003").wait_for()
    assert table.kernel("view.selection") == ["1/1/akash1p0003"]
    table.kernel("setattr(view, 'selection', [offers[5].key])")
    table.page.locator(f"{ROWS}[data-picked]", has_text="p0005").wait_for()

    expect(table.page.locator(box("p0005"))).to_be_checked()
    expect(table.page.locator(f"{ROWS}[data-picked]")).to_have_count(1)


def test_filters_of_columns_leave_some_are_kept_and_cleared(table: Visit) -> None:
    page = table.page
    page.get_by_label("Filter Region").fill("us-west")
    page.get_by_label("Filter Region").press("Tab")
    shows(table, 10)
    page.get_by_label("Filter $/month").fill("<0.2")
    page.locator(f"{TABLE} .aknb-help", has_text="1..3").wait_for()
    page.locator(f"{TABLE} .aknb-empty", has_text="None of 20 bids matches the filters.").wait_for()
    page.get_by_label("Filter $/month").fill("> 0.10 | oh")
    page.locator(f"{TABLE} .aknb-help[data-problem]", has_text="'oh' compares no figures").wait_for()
    assert page.get_by_label("Filter $/month").get_attribute("aria-invalid") == "true"
    show(table, "*offers[:40]", 20)
    expect(page.get_by_text("20 of 40 shown")).to_be_visible()
    assert table.kernel("list(view.shown['region'].unique())") == ["us-west"]
    page.get_by_role("button", name="Clear filters").click()
    shows(table, 40)

    assert table.kernel("view.filters") == {}
    expect(page.get_by_label("Filter $/month")).to_have_value("")


def test_filters_and_sort_from_python_are_in_the_page(table: Visit) -> None:
    table.kernel("setattr(view, 'filters', {'any': 'p001'}) or setattr(view, 'sort', '-usd_hour')")
    shows(table, 10)

    assert names(table) == [f"p{n:04}" for n in range(19, 9, -1)]
    expect(table.page.get_by_label("Filter the bids by any text")).to_have_value("p001")
    assert table.page.locator(f"{TABLE} th[aria-sort=descending]").inner_text().startswith("$/h")
    table.page.locator(f"{TABLE} th button", has_text="Provider").click()
    table.page.locator(f"{TABLE} th[aria-sort=ascending]", has_text="Provider").wait_for()
    assert names(table) == [f"p{n:04}" for n in range(10, 20)]


def test_an_update_leaves_focus_text_selection_and_scroll(table: Visit) -> None:
    show(table, "*offers[100:400]", 300)
    scroll(table, 3000)
    visible = names(table)[12]
    table.page.locator(box(visible)).check()
    before = table.page.locator(box(visible)).bounding_box()
    show(table, "*offers[:400]", 400)
    table.page.wait_for_function(f"() => document.querySelector({FRAME!r}).scrollTop > 5000")
    after = table.page.locator(box(visible)).bounding_box()

    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 2
    assert focused(table) == visible
    assert table.page.locator(box(visible)).is_checked()
    show(table, f"*(o for o in offers[:400] if '{visible}' not in o.key)", 399)
    assert table.page.evaluate(f"() => document.activeElement === document.querySelector({FRAME!r})")


def test_of_5000_rows_those_in_sight_are_in_the_page_and_keys_reach_all(table: Visit) -> None:
    page = table.page
    show(table, "*offers", 5000)
    assert page.locator(ROWS).count() < 60
    height = page.evaluate(f"() => document.querySelector({FRAME!r}).scrollHeight")
    row = page.locator(ROWS).first.bounding_box()
    assert row is not None
    assert abs(height / row["height"] - 5000) < 10

    page.locator(FRAME).focus()
    for key, name in (
        ("ArrowDown", "p0000"),
        ("ArrowDown", "p0001"),
        ("End", "p4999"),
        ("ArrowUp", "p4998"),
        ("Home", "p0000"),
    ):
        page.keyboard.press(key)
        assert focused(table) == name
    page.keyboard.press("PageDown")
    page.keyboard.press("Space")
    page.locator(f"{ROWS}[data-picked]").wait_for()
    name = focused(table)
    assert table.kernel("view.selection") == [f"1/1/akash1{name}"]
    index = page.locator(f"{ROWS}[data-picked]").get_attribute("aria-rowindex")
    assert index == str(int(str(name)[1:]) + 2)

    scroll(table, 60_000)
    assert focused(table) == name  # it stays in the page, far above
    assert names(table).index(str(name)) == 0
    widths = page.evaluate(WIDTHS)
    scroll(table, 10**7)
    assert names(table)[-1] == "p4999"
    assert page.evaluate(WIDTHS) == widths


def test_a_second_view_and_a_page_that_is_loaded_again_show_what_has_changed(table: Visit, lab: Lab) -> None:
    show(table, "*offers[:30]", 30)
    show(table, "*offers[:31]", 31)
    page = table.page
    page.evaluate(
        """() => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = 1;
            notebook.activeCell.model.sharedModel.setSource("view");
        }"""
    )
    table.command("notebook:run-cell")
    page.wait_for_function(f"() => document.querySelectorAll({TABLE!r}).length === 2")
    show(table, "*offers[:32]", 32)
    page.wait_for_function(
        f"""() => [...document.querySelectorAll('{TABLE} table')].every((node) => node.ariaRowCount === '33')"""
    )
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }")
    table.command("notebook:clear-cell-output")
    table.command("docmanager:save")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    page.goto(page.url)
    table.wait_for_kernel()
    shows(table, 32)
    show(table, "*offers[:33]", 33)


#: Two groups with bids of every state; and who else could have bid, which the service is asked now.
MANY = """
from types import MappingProxyType
from dataclasses import replace
from akash_nb.models import ResourceOffer
stated = {{"capabilities/cpu": "amd", "capabilities/memory": "ddr5", "capabilities/storage/1/class": "beta3"}}
def full(made):
    provider = replace(made.provider, attributes=MappingProxyType(stated))
    offered = ResourceOffer(1000, 10**9, 10**9, 2, ("nvidia/model/rtx4090/ram/24Gi",), 1)
    return replace(made, provider=provider, bid=replace(made.bid, resources=(offered,)))
mixed = [offer(f"q{{n}}", f"{{20 - n}}", gseq=1 + n % 2, uptime=1 - n**3 / 2000, height=1000 + n,
    state="closed" if n in (3, 8) else "open") for n in range(9)]
deployment.gseqs = (1, 2)
deployment.sdl = {sdl!r}
show(*map(full, mixed), gseqs=(1, 2))
view.look_again()
"""


def test_groups_states_and_those_who_did_not_bid_each_have_their_place(table: Visit) -> None:
    page = table.page
    table.start(MANY.format(sdl=WEB_SDL))
    page.locator(f"{ROWS}[data-state=silent] .aknb-week [data-day]").first.wait_for()
    heads = page.locator(f"{TABLE} .aknb-group").all_inner_texts()

    assert heads[0] == "anywhere"
    assert heads[1].startswith("Could bid on anywhere, and did not: ")
    expect(page.locator(f"{ROWS}[data-state=silent] input:enabled")).to_have_count(0)
    expect(page.get_by_text("9 of 9 shown")).to_be_visible()
    for theme in ("Light", "Dark"):
        table.theme(f"JupyterLab {theme}")
        for width in (600, 760, 1400):
            page.set_viewport_size({"width": width, "height": 1200})
            scroll(table, 0)
            picture(table, f"bids-groups-{width}-{theme.lower()}")
    table.kernel("setattr(deployment, 'sdl', '') or setattr(deployment, 'gseqs', (1,)) or view.look_again()")
    page.locator(f"{ROWS}[data-state=silent]").first.wait_for(state="detached")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("width", [600, 760, 1400])
def test_it_fits_narrow_and_wide(table: Visit, theme: str, width: int) -> None:
    page = table.page
    page.set_viewport_size({"width": width, "height": 1200})
    if width < 1000 and page.locator("#jp-left-stack:visible").count():
        table.command("application:toggle-left-area")
    table.theme(theme)
    page.locator(box("p0002")).check()
    page.get_by_label("Filter Provider").fill("p00")
    picture(table, re.sub(r"\W", "-", f"bids-{width}-{theme.split()[1].lower()}"))
    overflow = page.evaluate(
        f"() => {{ const n = document.querySelector({TABLE!r}); return n.scrollWidth - n.clientWidth; }}"
    )

    assert overflow <= 1
