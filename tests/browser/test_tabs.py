"""The studio's tabs in a real JupyterLab: by keyboard, with one page read at a time."""

from __future__ import annotations

import re

import pytest

from akash_nb.demo import WEB_SDL
from akash_nb.widgets.parts.base import asset
from tests.browser.conftest import Lab, Visit, expect, notebook

pytestmark = pytest.mark.browser

STUDIO = ".aknb-studio"
SETUP = """
import akash_nb as akash
from akash_nb.widgets import Studio
session = akash.connect(home={home!r})
session.sdl = {sdl!r}
first, second = session.deploy(), session.deploy()
studio = Studio(session)
"""


@pytest.fixture
def studio(visit: Visit, lab: Lab, request: pytest.FixtureRequest) -> Visit:
    name = re.sub(r"\W+", "-", request.node.name)
    setup = SETUP.format(home=str(lab.folder.parent / f"home-{name}"), sdl=WEB_SDL)
    visit.open(lab, notebook(lab, f"{name}.ipynb", setup, "studio"))
    visit.run_all()
    visit.page.wait_for_selector(".aknb-life", timeout=60_000)
    return visit


def test_the_keyboard_goes_from_tab_to_tab_and_each_names_its_page(studio: Visit) -> None:
    page = studio.page
    tabs = page.locator(STUDIO).get_by_role("tab")
    tabs.first.focus()
    for key, name in (("ArrowRight", "Fleet"), ("End", "Market"), ("ArrowRight", "Deploy"), ("ArrowLeft", "Market")):
        page.keyboard.press(key)
        page.get_by_role("tabpanel", name=name).wait_for()
        expect(page.locator(STUDIO).get_by_role("tabpanel")).to_have_count(1)
        assert page.evaluate("() => document.activeElement.textContent") == name
    page.keyboard.press("Home")
    page.get_by_role("tabpanel", name="Deploy").wait_for()

    assert tabs.evaluate_all("(nodes) => nodes.map((node) => node.tabIndex)") == [0, -1, -1]
    studio.until_kernel("studio.page == 'deploy'")
    assert studio.kernel("[type(part).__name__ for part in studio.parts][4:]") == ["FleetView", "MarketView"]


def test_show_in_the_fleet_brings_the_deploy_page_and_the_focus_goes_along(studio: Visit) -> None:
    page = studio.page
    page.locator(STUDIO).get_by_role("tab", name="Fleet").click()
    dseq = studio.kernel("first.dseq")
    show = page.get_by_role("button", name=f"Show: deployment {dseq}")
    show.focus()
    page.keyboard.press("Enter")
    page.locator(".aknb-life").get_by_role("heading", name=f"Deployment {dseq}").wait_for()

    assert page.evaluate("() => document.activeElement.textContent") == "Deploy"


def test_only_the_page_that_is_seen_beats(studio: Visit) -> None:
    page = studio.page
    page.locator(STUDIO).get_by_role("tab", name="Fleet").click()
    page.locator(".aknb-fleet tbody tr").first.wait_for()
    for _ in range(2):  # from one beat of the fleet to the next, everything that beats has done so
        studio.start("[part._beats.clear() for part in studio.parts]")
        studio.until_kernel("bool(studio.fleet._beats)")

    assert studio.kernel("[type(part).__name__ for part in studio.parts if part._beats]") == ["FleetView"]


def test_the_page_of_one_deployment_is_seen_although_what_runs_has_tabs_of_its_own(visit: Visit) -> None:
    """Beside a studio with tabs, whose style holds for the page."""
    running = "<section class='aknb aknb-running'><div class='aknb-tablist' role='tablist'>Logs</div></section>"
    visit.page.set_content(
        f"<style>{asset('tabs.css')}</style><div class='aknb-studio'><div class='jupyter-widgets aknb-page'>"
        f"<div class='jupyter-widgets aknb-slot' style='display: flex'><div>{running}</div></div></div></div>"
    )

    expect(visit.page.get_by_text("Logs")).to_be_visible()
