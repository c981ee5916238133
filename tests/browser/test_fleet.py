"""The fleet in a real JupyterLab: select by keyboard and in ranges, close many, light and dark, narrow and wide."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from akash_nb.demo import WEB_SDL
from tests.browser.conftest import Lab, Visit, expect
from tests.browser.test_pareto import answer
from tests.browser.test_studio import PICTURES, notebook

pytestmark = pytest.mark.browser

SETUP = """
import akash_nb as akash
from mock_server import MockConsole
console = MockConsole()
session = akash.connect(mock=console, home={home!r})
for _ in range(3):
    deployment = session.deploy({sdl!r})
    deployment.wait_for_bids()
    deployment.lease()
    deployment.wait_until_ready()
for _ in range(2):
    session.deploy({sdl!r})
"""

FLEET = ".aknb-fleet"
ROWS = f"{FLEET} tbody tr:not(.aknb-work)"
BOXES = f"{ROWS} input"


@pytest.fixture
def view(visit: Visit, lab: Lab, request: pytest.FixtureRequest) -> Visit:
    name = re.sub(r"\W+", "-", request.node.name)
    setup = SETUP.format(home=str(lab.folder.parent / f"home-{name}"), sdl=WEB_SDL)
    cells = (setup, "view = akash.widgets.FleetView(session)\nview", "0")
    visit.open(lab, notebook(lab, f"{name}.ipynb", *cells))
    visit.run_all()
    visit.page.locator(ROWS).first.wait_for(timeout=60_000)
    return visit


def test_a_range_is_selected_with_shift_and_python_sees_it_and_can_set_it(view: Visit) -> None:
    page = view.page
    boxes = page.locator(BOXES)
    expect(boxes).to_have_count(5)
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    keys = [node.get_attribute("data-key") for node in page.locator(ROWS).all()]

    expect(page.locator(f"{ROWS}[data-picked]")).to_have_count(3)
    assert answer(view, "sorted(view.selection)") == sorted(keys[:3])
    answer(view, "view.set_trait('selection', [])")
    page.locator(f"{ROWS}[data-picked]").first.wait_for(state="detached")


def test_the_keyboard_alone_closes_what_was_selected(view: Visit) -> None:
    page = view.page
    page.get_by_label("Filter the deployments by any text").fill("no lease")
    expect(page.locator(ROWS)).to_have_count(2)
    page.get_by_label("Select all that are shown").focus()
    page.keyboard.press("Space")
    close = page.locator(f"{FLEET} .aknb-close")
    close.get_by_text("Close 2").wait_for()
    close.focus()
    page.keyboard.press("Enter")
    page.locator(f"{FLEET} .aknb-ask").get_by_text("of MOCK money comes back").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="3 open deployments").wait_for()

    assert answer(view, "len(view.frame)") == 3


def test_escape_takes_the_question_away_and_closes_nothing(view: Visit) -> None:
    page = view.page
    page.locator(BOXES).first.click()
    close = page.locator(f"{FLEET} .aknb-close")
    close.click()
    page.locator(f"{FLEET} .aknb-ask").wait_for()
    page.keyboard.press("Escape")
    page.locator(f"{FLEET} .aknb-ask").wait_for(state="hidden")
    assert answer(view, "len(view.frame)") == 5


def test_a_close_that_fails_says_so_in_its_row_and_the_others_are_closed(view: Visit) -> None:
    page = view.page
    answer(view, "len(str(console.faults.status(400, 'closeDeployment', times=1)))")
    page.get_by_label("Select all that are shown").check()
    page.locator(f"{FLEET} .aknb-close").click()
    page.locator(f"{FLEET} .aknb-ask").get_by_role("button", name="Confirm").click()
    page.locator(f'{FLEET} .aknb-work[data-work="failed"]').get_by_text("Not closed:").wait_for(timeout=60_000)
    page.get_by_role("heading", name="1 open deployment").wait_for(timeout=60_000)

    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator(f"{FLEET} .aknb-error")).to_be_hidden()
    picture(view, "fleet-failed")


def picture(view: Visit, name: str) -> None:
    """A screenshot, made only when asked for."""
    if os.environ.get("AKASH_NB_SCREENSHOTS"):
        folder = Path(os.environ.get("AKASH_NB_SCREENSHOT_FOLDER", PICTURES))
        view.page.locator(FLEET).screenshot(path=folder / f"{name}.png")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("width", [600, 1400])
def test_it_fits_its_cell(view: Visit, theme: str, width: int) -> None:
    page = view.page
    view.theme(theme)
    page.set_viewport_size({"width": 1900, "height": 1000})
    page.evaluate(f"() => {{ document.querySelector({FLEET!r}).style.width = '{width}px'; }}")
    page.locator(BOXES).nth(1).click()
    page.locator(f"{FLEET} .aknb-close").click()
    page.locator(f"{FLEET} .aknb-ask").wait_for()
    inside = page.evaluate(
        f"""() => {{
            const root = document.querySelector({FLEET!r});
            const edge = root.getBoundingClientRect().right;
            const parts = root.querySelectorAll("header, .aknb-acts, .aknb-scroll, .aknb-totals, .aknb-foot");
            return [...parts].every((part) => part.getBoundingClientRect().right <= edge);
        }}"""
    )
    assert inside
    picture(view, f"fleet-{theme.split()[-1].lower()}-{width}")


def test_of_5000_deployments_those_in_sight_are_in_the_page_and_keys_reach_all(view: Visit) -> None:
    page = view.page
    view.start(
        "import pandas as pd\n"
        "fleet = view._fleet\n"
        "fleet._is_closing = True  # while it closes, it is not read anew\n"
        "parts = [view.frame.assign(dseq=[str(10**12 + n * 5 + i) for i in range(5)]) for n in range(1000)]\n"
        "fleet.frame = pd.concat(parts, ignore_index=True)\n"
        "view.refresh()"
    )
    page.locator(f"{FLEET} table[aria-rowcount='5001']").wait_for()
    assert page.locator(ROWS).count() < 100
    page.locator(BOXES).first.focus()
    page.keyboard.press("End")
    last = page.evaluate("() => document.activeElement.closest('tr').getAttribute('aria-rowindex')")
    assert last == "5001"
    page.keyboard.press("Space")
    page.locator(f"{ROWS}[data-picked]").wait_for()

    assert answer(view, "view.selection") == [str(10**12)]
