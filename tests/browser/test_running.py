"""What runs, in a real JupyterLab: logs come and are searched, a command shows its exit code, funds are added."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from akash_nb.demo import WEB_SDL
from tests.browser.conftest import Lab, Visit, expect, notebook
from tests.browser.test_studio import PICTURES

pytestmark = pytest.mark.browser

SETUP = """
import akash_nb as akash
from mock_server import MockConsole
console = MockConsole()
session = akash.connect(mock=console, home={home!r})
deployment = session.deploy({sdl!r})
deployment.wait_for_bids()
deployment.lease()
deployment.wait_until_ready()
console.advance(3 * 86400)
"""

VIEW = ".aknb-running"
LINES = f"{VIEW} [role=tabpanel]:not([hidden]) .aknb-line"


def picture(visit: Visit, name: str) -> None:
    """A screenshot, made only when asked for."""
    if os.environ.get("AKASH_NB_SCREENSHOTS"):
        folder = Path(os.environ.get("AKASH_NB_SCREENSHOT_FOLDER", PICTURES))
        visit.page.locator(VIEW).screenshot(path=folder / f"{name}.png")


def test_logs_events_shell_and_funds(visit: Visit, lab: Lab) -> None:
    page = visit.page
    setup = SETUP.format(home=str(lab.folder.parent / "home-running"), sdl=WEB_SDL)
    visit.open(lab, notebook(lab, "running.ipynb", setup, "view = akash.widgets.RunningView(deployment)\nview"))
    visit.run_all()

    # Lines are there, the newest in sight, and new ones come.
    page.locator(LINES).first.wait_for(timeout=30_000)
    expect(page.locator(LINES)).to_have_count(200)
    visit.kernel("console.advance(60)")
    page.wait_for_function(f"() => document.querySelectorAll({LINES!r}).length > 203")
    newest = page.locator(LINES).last
    expect(newest).to_be_visible()
    assert newest.text_content() == "web" + str(visit.kernel("view.logs['line'].iloc[-1]"))
    box = page.get_by_role("region", name="Logs", exact=True)
    assert box.evaluate("(node) => node.scrollTop + node.clientHeight >= node.scrollHeight - 8")

    # Search marks and counts; the keyboard goes from match to match, and what comes then does not scroll it away.
    hits = page.get_by_role("tabpanel", name="Logs")
    page.get_by_label("Search the logs").fill("FAVICON")
    count = int(visit.kernel("int(view.logs['line'].str.contains('favicon').sum())"))
    hits.get_by_text(f"{count} lines").wait_for()
    assert page.locator(f"{LINES} mark").count() == count
    page.keyboard.press("Enter")
    hits.get_by_text(f"1 of {count} lines").wait_for()
    top = box.evaluate("(node) => node.scrollTop")
    visit.kernel("console.advance(60)")
    page.wait_for_function(f"() => document.querySelectorAll({LINES!r}).length > 209")
    assert box.evaluate("(node) => node.scrollTop") == top
    picture(visit, "running")
    page.get_by_role("button", name="Newest").click()

    # The download is made in the page, of what it shows.
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    saved = download.value.path().read_text()
    assert saved.splitlines()[-1] == visit.kernel("view.logs['line'].iloc[-1]")

    # The keyboard chooses another tab.
    page.get_by_role("tab", name="Logs").focus()
    page.keyboard.press("ArrowRight")
    page.locator(LINES).get_by_text("Scheduled: Successfully assigned").wait_for(timeout=20_000)
    assert visit.kernel("view.tab") == "events"
    page.keyboard.press("ArrowRight")

    # Commands, their errors and exit codes, and what was typed before.
    field = page.get_by_label("Command", exact=True)
    field.fill("echo '<b>hi</b>'; nope; exit 3")
    field.press("Enter")
    page.locator('.aknb-end[data-state="bad"]').get_by_text("exit code 3").wait_for(timeout=20_000)
    assert page.locator('[data-stream="stdout"]').text_content() == "<b>hi</b>\n"
    assert page.locator('[data-stream="stderr"]').text_content() == "sh: nope: not found\n"
    field.press("ArrowUp")
    expect(field).to_have_value("echo '<b>hi</b>'; nope; exit 3")
    field.press("ArrowDown")
    expect(field).to_have_value("")
    assert visit.kernel("view.results[-1].exit_code") == 3

    # Money is asked for, and the picture of the escrow follows.
    page.locator(f"{VIEW} [data-action=deposit]").click()
    page.get_by_text("Add $1.00 of MOCK money").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(f"{VIEW} .aknb-ask").wait_for(state="hidden")
    visit.kernel("view.wait()")
    assert visit.kernel("float(deployment.state.escrow.put_in.usd())") == 6
    assert "left, empty in" in str(page.locator(f"{VIEW} .aknb-burn svg").get_attribute("aria-label"))

    # It fits, narrow and wide.
    visit.theme("JupyterLab Dark")
    for width in (600, 1400):
        page.set_viewport_size({"width": 1900, "height": 1400})
        page.evaluate(f"() => {{ document.querySelector({VIEW!r}).style.width = '{width}px'; }}")
        inside = page.evaluate(
            f"""() => {{
                const root = document.querySelector({VIEW!r});
                const edge = root.getBoundingClientRect().right;
                const shown = [...root.querySelectorAll("*")].filter((node) => node.offsetParent);
                return shown.every((part) => part.getBoundingClientRect().right <= edge);
            }}"""
        )
        assert inside
        picture(visit, f"running-dark-{width}")
