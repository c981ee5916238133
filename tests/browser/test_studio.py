"""The studio in a real JupyterLab: every lifecycle button in order, in light and dark, narrow and wide."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from akash_nb.demo import WEB_SDL
from tests.browser.conftest import ROOT, Lab, Visit, expect, notebook

pytestmark = pytest.mark.browser

PICTURES = ROOT / "notebooks" / "images"


def press(visit: Visit, name: str) -> None:
    """Click a lifecycle button once it is enabled."""
    button = visit.page.locator(f'.aknb-life button[data-action="{name}"]:not([aria-disabled])')
    button.wait_for(timeout=60_000)
    button.click()


def confirm(visit: Visit) -> None:
    visit.page.locator(".aknb-ask:not([hidden])").get_by_role("button", name="Confirm").click()


def stage(visit: Visit, name: str) -> None:
    """Wait until the panel says so."""
    visit.page.wait_for_selector(f'.aknb-chip[data-stage="{name}"]', timeout=90_000)


def picture(visit: Visit, name: str) -> None:
    """A screenshot of the studio for the README, made only when asked for."""
    if os.environ.get("AKASH_NB_SCREENSHOTS"):
        folder = Path(os.environ.get("AKASH_NB_SCREENSHOT_FOLDER", PICTURES))
        visit.page.locator(".aknb-studio").first.screenshot(path=folder / f"{name}.png")


@pytest.fixture
def studio(visit: Visit, lab: Lab, request: pytest.FixtureRequest) -> Visit:
    """A studio on a market of its own, ready to be used."""
    home = lab.folder.parent / f"home-{request.node.name}".replace("[", "-").replace("]", "")
    name = notebook(
        lab,
        f"{home.name}.ipynb",
        f"import akash_nb as akash\nsession = akash.connect(home={str(home)!r})\nsession.sdl = {WEB_SDL!r}",
        "session",
    )
    visit.open(lab, name)
    visit.run_all()
    visit.page.wait_for_selector(".aknb-life", timeout=60_000)
    return visit


def test_every_lifecycle_button_in_order_takes_an_sdl_to_a_service_and_back(studio: Visit) -> None:
    page = studio.page
    press(studio, "certificate")
    page.get_by_text("not needed here").first.wait_for()
    press(studio, "create")
    page.locator(".aknb-ask").get_by_text("Lock $5.00 of MOCK money").wait_for()
    confirm(studio)
    stage(studio, "open")
    press(studio, "wait")
    stage(studio, "has bids")
    page.locator(".aknb-busy").wait_for(state="hidden", timeout=90_000)
    page.locator('.aknb-bids input[type="radio"]:not([disabled])').first.check()
    picture(studio, "bids")
    press(studio, "lease")
    confirm(studio)
    stage(studio, "running")
    page.locator(".aknb-standing").get_by_text("It runs").wait_for()
    address = page.locator(".aknb-running .aknb-services a").first
    address.wait_for()
    assert (address.get_attribute("href") or "").startswith("http://")
    assert address.get_attribute("rel") == "noopener noreferrer"
    for once in ("h3:has-text('Deployment ')", ".aknb-chip", ".aknb-foot :text('s per block')"):
        expect(page.locator(f".aknb-studio {once}:visible")).to_have_count(1)
    press(studio, "deposit")
    page.locator(".aknb-ask").get_by_text("Add $1.00 of MOCK money").wait_for()
    confirm(studio)
    page.locator(".aknb-money").get_by_text("$6.00").first.wait_for()
    picture(studio, "studio")
    page.locator(".aknb-sdl .cm-content").fill(WEB_SDL.replace("nginx:1.27", "nginx:1.28"))
    press(studio, "update")
    page.locator(".aknb-ask").get_by_text("It replaces what runs").wait_for()
    confirm(studio)
    page.locator('.aknb-life button[data-action="update"][aria-disabled]').wait_for()
    page.locator(".aknb-busy").wait_for(state="hidden")
    press(studio, "close")
    confirm(studio)
    stage(studio, "closed")
    page.locator(".aknb-receipt").get_by_text("MOCK receipt").wait_for()
    picture(studio, "closed")


def test_a_question_moves_nothing_below_it_and_cancel_spends_nothing(studio: Visit) -> None:
    panel = studio.page.locator(".aknb-life")
    height = panel.evaluate("(node) => node.offsetHeight")
    press(studio, "create")
    panel.locator(".aknb-ask").wait_for()
    assert panel.evaluate("(node) => node.offsetHeight") == height
    studio.page.locator(".aknb-ask").get_by_role("button", name="Cancel").click()
    studio.page.locator(".aknb-ask").wait_for(state="hidden")

    expect(studio.page.locator(".aknb-chip")).to_be_hidden()


def test_a_question_that_is_gone_leaves_a_word_of_why(studio: Visit) -> None:
    press(studio, "create")
    studio.page.locator(".aknb-life .aknb-ask").wait_for()
    studio.start("session.sdl += '# one more line\\n'")
    studio.page.locator(".aknb-life .aknb-notice").get_by_text("Nothing was done").wait_for()

    expect(studio.page.locator(".aknb-life .aknb-ask")).to_be_hidden()


def test_a_double_click_on_confirm_creates_one_deployment(studio: Visit) -> None:
    press(studio, "create")
    studio.page.locator(".aknb-ask").get_by_role("button", name="Confirm").dblclick()
    stage(studio, "open")

    expect(studio.page.locator(".aknb-life .aknb-head select option")).to_have_count(2)  # one new, one made


def test_a_question_takes_no_focus_from_somebody_who_types_elsewhere(studio: Visit) -> None:
    page = studio.page
    create = page.locator('.aknb-life button[data-action="create"]')
    create.wait_for()
    page.evaluate(
        """() => {
            document.querySelector('.aknb-life button[data-action="create"]').click();
            document.querySelector('.aknb-sdl .cm-content').focus();
        }"""
    )
    page.locator(".aknb-ask:not([hidden])").wait_for()

    assert page.evaluate("() => document.activeElement.classList.contains('cm-content')")


def test_enter_pressed_again_and_again_spends_nothing(studio: Visit) -> None:
    page = studio.page
    page.locator('.aknb-life input[aria-label="Deposit in US dollars"]').focus()
    for _ in range(6):
        page.keyboard.press("Enter")
    page.locator(".aknb-ask:not([hidden])").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.locator(".aknb-ask").wait_for(state="hidden")

    expect(page.locator(".aknb-chip")).to_be_hidden()


def walk_to(visit: Visit, selector: str, key: str = "Tab") -> None:
    """Press a key until the focus is there."""
    for _ in range(80):
        if visit.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        visit.page.keyboard.press(key)
    pytest.fail(f"{selector} is not reached by {key}")


def by_keys(visit: Visit, name: str, key: str = "Tab") -> None:
    """Press a lifecycle button that is enabled without a pointer."""
    selector = f'.aknb-life button[data-action="{name}"]:not([aria-disabled])'
    visit.page.locator(selector).wait_for(timeout=60_000)
    walk_to(visit, selector, key)
    visit.page.keyboard.press("Enter")


def yes_by_keys(visit: Visit) -> None:
    visit.page.locator(".aknb-ask:not([hidden])").wait_for()
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")


def test_the_keyboard_alone_takes_an_sdl_to_a_service_and_back(studio: Visit) -> None:
    page = studio.page
    page.locator(".aknb-life select").first.focus()
    by_keys(studio, "create")
    yes_by_keys(studio)
    stage(studio, "open")
    by_keys(studio, "wait")
    stage(studio, "has bids")
    page.locator(".aknb-busy").wait_for(state="hidden", timeout=90_000)
    walk_to(studio, ".aknb-bids .aknb-scroll")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.locator(".aknb-standing").get_by_text("You have picked").wait_for()
    by_keys(studio, "lease", "Shift+Tab")
    yes_by_keys(studio)
    stage(studio, "running")
    by_keys(studio, "close")
    yes_by_keys(studio)
    stage(studio, "closed")


def test_keys_pressed_in_the_studio_are_no_commands_of_the_notebook(studio: Visit) -> None:
    page = studio.page
    page.locator('.aknb-life button[data-action="create"]').focus()
    for key in ("Shift+M", "Shift+L", "a", "d", "d", "Control+z"):
        page.keyboard.press(key)

    expect(page.locator(".jp-CodeCell")).to_have_count(2)
    expect(page.locator(".aknb-life")).to_be_visible()


def test_undo_in_the_editor_undoes_what_was_typed(studio: Visit) -> None:
    page = studio.page
    editor = page.locator(".aknb-sdl .cm-content")
    editor.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("#")
    assert studio.sdl() == WEB_SDL + "#"
    page.keyboard.press("Control+z")

    assert studio.sdl() == WEB_SDL


def test_a_kernel_that_has_ended_is_said_to_have_ended(studio: Visit) -> None:
    studio.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    studio.page.locator(".aknb-silent:not([hidden])", has_text="The kernel has ended").wait_for()

    expect(studio.page.locator(".aknb-silent:not([hidden])")).to_have_count(1)


def test_a_notebook_opened_again_with_a_new_kernel_shows_what_was_last_true(studio: Visit) -> None:
    page = studio.page
    expect(page.locator(".aknb-still")).to_be_hidden()
    press(studio, "create")
    confirm(studio)
    stage(studio, "open")
    studio.command("docmanager:save")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.goto(page.url)
    studio.wait_for_kernel()

    page.locator(".aknb-still", has_text="✓ Deployment").wait_for(timeout=60_000)
    expect(page.locator(".aknb-life")).to_have_count(0)
    notice = page.locator(".jp-OutputArea-output", has_text="model not found")
    notice.wait_for(state="attached")
    expect(notice).to_be_hidden()


def run_again(visit: Visit) -> None:
    """Run all cells once more, until the studio is another one."""
    visit.page.evaluate("() => { document.querySelector('.aknb-life').dataset.old = ''; }")
    visit.run_all()
    visit.page.locator(".aknb-life:not([data-old])").wait_for()


def test_a_page_keeps_one_copy_of_each_script_and_no_old_model_however_often_a_cell_is_run(studio: Visit) -> None:
    page = studio.page
    copies = "() => globalThis.akashNb.scripts.size"
    before = page.evaluate(copies)
    page.evaluate(
        """() => {
            const { render } = globalThis.akashNb;
            globalThis.akashNb.render = (context) => {
                window.manager_ = context.model.widget_manager;
                return render(context);
            };
        }"""
    )
    run_again(studio)
    shown = studio.kernel("list(__import__('ipywidgets').widgets.widget._instances)")
    page.evaluate(
        """async (ids) => {
            const models = await Promise.all(ids.map((id) => window.manager_.get_model(id)));
            window.models_ = models.map((model) => new WeakRef(model));
        }""",
        shown,
    )
    run_again(studio)
    assert page.evaluate(copies) == before > 0
    devtools = page.context.new_cdp_session(page)
    kept = "() => window.models_.map((ref) => ref.deref()?.name).filter(Boolean)"
    deadline = time.monotonic() + 30
    while page.evaluate(kept):
        assert time.monotonic() < deadline, page.evaluate(kept)
        devtools.send("HeapProfiler.collectGarbage")


def test_a_wrong_sdl_is_marked_as_it_is_typed_and_cannot_be_deployed(studio: Visit) -> None:
    page = studio.page
    editor = page.locator(".aknb-sdl .cm-content")
    editor.fill(WEB_SDL.replace("size: 512Mi", "size2: 512Mi"))
    page.locator(".aknb-sdl").get_by_text('Missing required field: "size"').first.wait_for()

    expect(page.locator('button[data-action="create"]')).to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("width", [700, 1500])
def test_it_fits_and_can_be_read_in_both_themes_narrow_and_wide(studio: Visit, theme: str, width: int) -> None:
    page = studio.page
    page.set_viewport_size({"width": width, "height": 1300})
    if page.locator(".jp-SideBar-sidePanel, #jp-left-stack:visible").count() and width < 1000:
        studio.command("application:toggle-left-area")
    studio.theme(theme)
    press(studio, "create")
    confirm(studio)
    press(studio, "wait")
    stage(studio, "has bids")
    picture(studio, f"look-{width}-{theme.split()[1].lower()}")
    overflow = page.evaluate(
        "() => { const n = document.querySelector('.aknb-studio'); return n.scrollWidth - n.clientWidth; }"
    )
    assert overflow <= 1
    ink, paper = page.evaluate(
        """() => {
            const style = getComputedStyle(document.querySelector('.aknb-life h3'));
            return [style.color, getComputedStyle(document.querySelector('.aknb-life')).backgroundColor];
        }"""
    )
    assert ink != paper


def test_the_first_lesson_runs_from_top_to_bottom(visit: Visit, lab: Lab) -> None:
    visit.open(lab, "01-first-deployment.ipynb")
    visit.run_all()
    visit.page.wait_for_function("() => document.body.innerText.includes('MOCK receipt of deployment')", timeout=90_000)

    expect(visit.page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(
        0
    )
