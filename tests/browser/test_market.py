"""The market in a real JupyterLab: a click filters all three, pages, detail; light and dark, narrow and wide."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.browser.conftest import Lab, Visit, expect
from tests.browser.test_pareto import answer
from tests.browser.test_studio import PICTURES, notebook

pytestmark = pytest.mark.browser

MARKET = ".aknb-market"
SETUP = "import akash_nb as akash\nsession = akash.connect(home={home!r})"
PROVIDERS = f'{MARKET} section[aria-label="Providers"] tbody tr'
KINDS = f'{MARKET} section[aria-label="GPUs"] tbody tr'
REGIONS = f'{MARKET} section[aria-label="Regions"] tbody tr'


@pytest.fixture
def view(visit: Visit, lab: Lab, request: pytest.FixtureRequest) -> Visit:
    name = re.sub(r"\W+", "-", request.node.name)
    cells = (
        SETUP.format(home=str(lab.folder.parent / f"home-{name}")),
        "view = akash.widgets.MarketView(session)\nview",
        "0",
    )
    visit.open(lab, notebook(lab, f"{name}.ipynb", *cells))
    visit.run_all()
    visit.page.locator(PROVIDERS).first.wait_for(timeout=60_000)
    return visit


def test_a_click_on_a_model_and_on_a_region_filters_all_three(view: Visit) -> None:
    page = view.page
    model = page.locator(f"{KINDS} button").first
    name = model.inner_text()
    model.click()
    page.locator(f'{KINDS} button[aria-pressed="true"]').first.wait_for()
    page.locator(f"{REGIONS} button").first.click()
    page.locator(f'{REGIONS} button[aria-pressed="true"]').wait_for()

    expect(page.locator(REGIONS)).to_have_count(1)
    assert answer(view, "view.filters['model']") == name
    assert answer(view, "len(view.shown)") == page.locator(PROVIDERS).count()


def test_a_click_on_a_cell_of_a_chart_filters_by_its_model_and_region(view: Visit) -> None:
    cell = view.page.locator(f"{MARKET} .aknb-charts [data-row]").first
    region, model = cell.get_attribute("data-row"), cell.get_attribute("data-column")
    cell.click()
    view.page.locator(f'{REGIONS} button[aria-pressed="true"]').wait_for()

    assert answer(view, "view.filters['region']") == region
    assert answer(view, "view.filters['model']") == model


def test_the_keyboard_alone_shows_a_provider_in_detail_and_python_sees_it(view: Visit) -> None:
    page = view.page
    page.locator(f"{PROVIDERS} button").first.focus()
    page.keyboard.press("Enter")
    card = page.locator(f"{MARKET} aside")
    card.get_by_text("Uptime 1, 7, 30 days").wait_for()
    key = page.locator(PROVIDERS).first.get_attribute("data-key")

    assert answer(view, "view.selection") == key
    assert key is not None
    expect(card).to_contain_text(key)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("width", [600, 1400])
def test_it_fits_its_cell(view: Visit, theme: str, width: int) -> None:
    page = view.page
    view.theme(theme)
    page.set_viewport_size({"width": 1900, "height": 1400})
    page.evaluate(f"() => {{ document.querySelector({MARKET!r}).style.width = '{width}px'; }}")
    page.locator(f"{PROVIDERS} button").nth(1).click()
    page.locator(f"{MARKET} aside").wait_for()
    inside = page.evaluate(
        f"""() => {{
            const root = document.querySelector({MARKET!r});
            const edge = root.getBoundingClientRect().right;
            const parts = root.querySelectorAll("header, .aknb-filters, .aknb-scroll, aside, .aknb-pages");
            return [...parts].every((part) => part.getBoundingClientRect().right <= edge);
        }}"""
    )
    assert inside
    if os.environ.get("AKASH_NB_SCREENSHOTS"):
        folder = Path(os.environ.get("AKASH_NB_SCREENSHOT_FOLDER", PICTURES))
        page.locator(MARKET).screenshot(path=folder / f"market-{theme.split()[-1].lower()}-{width}.png")


SWEEP = ".aknb-sweep"
SLOW = """
import time
import akash_nb as akash
from mock_server import MockConsole
class Slow(MockConsole):
    def handle(self, request):
        time.sleep({pause_s})
        return super().handle(request)
market = Slow()
session = akash.connect(mock=market, home={home!r})
session.sdl = akash.sdl.scaffold("gpu")
axes = dict(cpu=[1, 4, 16], gpu=["t4", "a100", "rtx4090", None], count=[1, 2, 4])
axes |= dict(region=["eu-west", "na-us-west", None])
"""


def test_a_sweep_is_cancelled_by_the_keyboard_while_it_runs_and_goes_on(visit: Visit, lab: Lab) -> None:
    page = visit.page
    setup = SLOW.format(pause_s=0.2, home=str(lab.folder.parent / "home-sweep"))  # one request after the other
    visit.open(lab, notebook(lab, "sweep.ipynb", setup, "view = akash.widgets.SweepView(session, **axes)\nview"))
    visit.run_all()
    cancel, go_on = (page.locator(f'{SWEEP} [data-action="{name}"]') for name in ("cancel", "go_on"))
    bar = page.locator(f"{SWEEP} progress")
    expect(bar).not_to_have_attribute("value", "0")
    cancel.focus()
    page.keyboard.press("Enter")

    expect(page.locator(SWEEP)).to_contain_text("Nothing was created or spent.")
    expect(cancel).to_be_focused()
    expect(cancel).to_have_attribute("aria-disabled", "true")
    expect(page.locator(f"{SWEEP} .aknb-mock")).to_be_visible()
    assert visit.kernel("[view.view['stage'], view.frame is None]") == ["stopped", True]
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        visit.theme(theme)
        assert visit.findings(SWEEP) == []

    go_on.click()
    expect(page.locator(f'{SWEEP}[data-state="done"]')).to_be_visible()
    expect(bar).to_have_attribute("value", "100")
    expect(page.locator(SWEEP)).to_contain_text("Could be hosted")
    assert visit.kernel("[len(view.frame), len(market.calls) < 35 + 12]") == [108, True]


def test_an_interrupt_of_the_kernel_leaves_a_word_in_the_cell_and_the_next_run_goes_on(visit: Visit, lab: Lab) -> None:
    page = visit.page
    setup = SLOW.format(pause_s=1, home=str(lab.folder.parent / "home-interrupt"))  # six requests at once
    # Not as an error, after which the kernel drops what it is asked next.
    swept = "try:\n    session.sweep(**axes)\nexcept KeyboardInterrupt:\n    print('heard')"
    visit.open(lab, notebook(lab, "interrupt.ipynb", setup, swept))
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")  # not waited for
    cell = page.locator(".jp-CodeCell").last
    expect(cell.locator("progress")).to_be_visible()
    expect(cell).to_contain_text(re.compile(r"\d+ requests? so far"))
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")

    expect(cell).to_contain_text(re.compile(r"Stopped at .* Nothing was created or spent\."))
    expect(cell.get_by_text("heard", exact=True)).to_be_visible()
    assert visit.kernel("[len(session.sweep(**axes, progress=False)), len(market.calls) < 35 + 12]") == [108, True]
