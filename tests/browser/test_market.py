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
