"""Why no bids came, in a real JupyterLab: the causes in the panel, and one click that puts a fix in the editor."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from akash_nb import sdl
from akash_nb.demo import WEB_SDL
from tests.browser.conftest import Lab, Visit
from tests.browser.test_studio import confirm, notebook, press, stage

pytestmark = pytest.mark.browser

WRONG = sdl.vary(WEB_SDL, region="moon", gpu="h100").replace("units: 0.5", "units: 0.5  # a small one")


def picture(visit: Visit, name: str) -> None:
    """A screenshot, made only when asked for."""
    if os.environ.get("AKASH_NB_SCREENSHOT_FOLDER"):
        folder = Path(os.environ["AKASH_NB_SCREENSHOT_FOLDER"])
        visit.page.locator(".aknb-studio").first.screenshot(path=folder / f"{name}.png")


@pytest.fixture
def studio(visit: Visit, lab: Lab, request: pytest.FixtureRequest) -> Visit:
    """A studio in which an SDL got no bids."""
    home = lab.folder.parent / f"home-{request.node.name}".replace("[", "-").replace("]", "")
    setup = f"import akash_nb as akash\nsession = akash.connect(home={str(home)!r})\nsession.sdl = {WRONG!r}"
    visit.open(lab, notebook(lab, f"{home.name}.ipynb", setup, "session"))
    visit.run_all()
    visit.page.wait_for_selector(".aknb-life", timeout=60_000)
    press(visit, "create")
    confirm(visit)
    stage(visit, "open")
    press(visit, "wait")
    visit.page.locator(".aknb-why").get_by_text("Region moon").first.wait_for(timeout=90_000)
    return visit


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("width", [700, 1500])
def test_one_click_puts_the_fix_in_the_editor_and_undo_takes_it_back(studio: Visit, theme: str, width: int) -> None:
    page = studio.page
    page.set_viewport_size({"width": width, "height": 1500})
    studio.theme(theme)
    picture(studio, f"why-{width}-{theme.split()[1].lower()}")
    editor = page.locator(".aknb-sdl .cm-content")
    editor.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("# mine")
    page.locator('.aknb-why button[data-fix="0"]').click()
    page.locator('.aknb-why button[data-fix="0"][aria-disabled="true"]').wait_for()
    picture(studio, f"applied-{width}-{theme.split()[1].lower()}")

    assert "location-region" not in studio.sdl()
    assert "units: 0.5  # a small one" in studio.sdl()
    assert studio.sdl().endswith("# mine")
    overflow = page.evaluate(
        "() => { const n = document.querySelector('.aknb-studio'); return n.scrollWidth - n.clientWidth; }"
    )
    assert overflow <= 1

    editor.focus()
    page.keyboard.press("Control+z")
    assert studio.sdl() == WRONG + "# mine"
    page.locator('.aknb-why button[data-fix="0"]:not([aria-disabled])').wait_for()
    page.keyboard.press("Control+Shift+Z")
    assert "location-region" not in studio.sdl()
