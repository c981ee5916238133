"""axe-core on every widget, through the states of two deployments, in light and dark: nothing serious or critical."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from akash_nb.demo import WEB_SDL
from tests.browser.conftest import Lab, Visit, notebook
from tests.browser.test_explanation import WRONG as NO_BIDS
from tests.browser.test_studio import confirm, picture, press, stage

pytestmark = pytest.mark.browser

SETUP = """
import akash_nb as akash
from akash_nb.widgets import ParetoView, Studio
from mock_server import MockConsole, Pacer
session = akash.connect(mock=Pacer(MockConsole(), hurry=25), home={home!r})
studio, pareto = Studio(session), ParetoView(session)
"""

MISTAKEN = WEB_SDL.replace("size: 512Mi", "size2: 512Mi").replace("uact", "uakt")


def states(visit: Visit) -> Iterator[str]:
    """Goes from state to state; each is named when it is there."""
    page = visit.page
    studio = page.locator(".aknb-studio")
    editor = page.locator(".aknb-sdl .cm-content")
    yield "empty"

    editor.fill(MISTAKEN)
    page.locator('.aknb-sdl [data-verdict="error"]').wait_for()
    page.locator(".aknb-keys summary").click()
    editor.press("Control+f")
    page.locator(".cm-search").wait_for()
    editor.press("Control+End")
    editor.press("Control+Space")
    page.locator(".cm-tooltip-autocomplete").wait_for()
    yield "problems, keys, search and completion"

    editor.press("Escape")
    editor.fill(NO_BIDS)
    press(visit, "create")
    page.locator(".aknb-life .aknb-ask").wait_for()
    yield "question"

    confirm(visit)
    stage(visit, "open")
    press(visit, "wait")
    page.locator(".aknb-life .aknb-bar").wait_for()
    yield "waiting"

    page.locator(".aknb-why").get_by_text("Region moon").first.wait_for(timeout=90_000)
    yield "no bids, and why"

    editor.fill(WEB_SDL)
    page.locator(".aknb-life .aknb-head select").select_option("")
    press(visit, "create")
    confirm(visit)
    stage(visit, "open")
    press(visit, "wait")
    stage(visit, "has bids")
    page.locator(".aknb-life .aknb-busy").wait_for(state="hidden", timeout=90_000)
    page.locator(".aknb-bids input[type=radio]:enabled").first.check()
    yield "bids, one of them picked"

    visit.start("session.current.lease(akash.policy.cheapest().region('moon'), confirm=True)")
    page.locator(".aknb-life .aknb-error").wait_for()
    yield "error"

    press(visit, "lease")
    confirm(visit)
    stage(visit, "running")
    page.locator(".aknb-running .aknb-line").first.wait_for()
    yield "running, with its logs"

    for name in ("Events", "Shell"):
        page.locator(".aknb-running").get_by_role("tab", name=name).click()
        page.locator(".aknb-running").get_by_role("tabpanel", name=name).wait_for()
        yield f"running, {name}"

    studio.get_by_role("tab", name="Fleet").click()
    page.locator(".aknb-fleet tbody input:enabled").first.check()
    page.locator(".aknb-fleet .aknb-close:not([aria-disabled])").click()
    page.locator(".aknb-fleet .aknb-ask").wait_for()
    yield "fleet, asked whether to close"

    studio.get_by_role("tab", name="Market").click()
    page.locator('.aknb-market section[aria-label="Providers"] tbody button').first.click()
    page.locator(".aknb-market aside").get_by_text("Uptime 1, 7, 30 days").wait_for()
    yield "market, one provider in detail"

    studio.get_by_role("tab", name="Deploy").click()
    press(visit, "close")
    confirm(visit)
    stage(visit, "closed")
    page.locator(".aknb-receipt").get_by_text("MOCK receipt").wait_for()
    yield "closed"


def test_axe_finds_nothing_serious_in_any_state(visit: Visit, lab: Lab) -> None:
    setup = SETUP.format(home=str(lab.folder.parent / "home-access"))
    visit.open(lab, notebook(lab, "access.ipynb", setup, "studio", "pareto"))
    visit.run_all()
    visit.page.wait_for_selector(".aknb-life", timeout=60_000)
    themes = ("JupyterLab Light", "JupyterLab Dark")
    found = []
    for state in states(visit):
        parts = (".aknb-studio", ".aknb-pareto") if "bids" in state else (".aknb-studio",)
        for theme, rules in zip(themes, ((), ("color-contrast",)), strict=True):  # a theme changes colours, no more
            visit.theme(theme)
            picture(visit, f"access-{state.split(',')[0].replace(' ', '-')}-{theme.split()[1].lower()}")
            found += [f"{state}, {theme}, {part}: {line}" for part in parts for line in visit.findings(part, *rules)]
        themes = (themes[1], themes[0])  # one change per state

    assert found == []
