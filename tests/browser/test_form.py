"""The form beside the SDL editor in a real JupyterLab: one text, changed from either side, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from akash_nb.demo import WEB_SDL
from tests.browser.conftest import EDITOR, Lab, Visit, expect, new_visit, notebook, playwright
from tests.browser.test_editor import cursor_after, picture

pytestmark = pytest.mark.browser

TEXT = WEB_SDL.replace("units: 0.5", "units: 0.5  # half of one").replace(
    "    expose:", "    env:\n      - DB_PASSWORD=hunter22\n      - MODE=plain  # or fast\n    expose:"
)


@pytest.fixture(scope="module")
def opened(browser: playwright.Browser, lab: Lab) -> Iterator[Visit]:
    """One page for all tests of this module: opening it takes longer than they do."""
    cells = [
        f"import akash_nb as akash\nsession = akash.connect(home={str(lab.folder.parent / 'home')!r})",
        f"from akash_nb.widgets import Workbench\nsession.sdl = {TEXT!r}\nbench = Workbench(session)",
        "bench",
    ]
    with new_visit(browser) as visit:
        visit.open(lab, notebook(lab, "form.ipynb", *cells))
        visit.run_all()
        visit.page.locator(".aknb-form fieldset").first.wait_for()
        yield visit


@pytest.fixture
def form(opened: Visit) -> Visit:
    """Editor and form, as new but for what can be undone."""
    opened.page.set_viewport_size({"width": 1600, "height": 1400})
    opened.page.evaluate("() => document.activeElement.blur()")
    opened.until_in_step(opened.sdl())  # what was changed last may be on its way
    opened.kernel(f"setattr(session, 'sdl', {TEXT!r})")
    opened.until_in_step(TEXT)
    return opened


def control(visit: Visit, label: str) -> playwright.Locator:
    return visit.page.locator(".aknb-form").get_by_label(label, exact=True)


def test_a_field_changes_its_place_in_the_text_and_the_editor_undoes_it(form: Visit) -> None:
    control(form, "CPU").fill("2")
    control(form, "CPU").press("Enter")
    control(form, "Region").fill("eu-west")
    control(form, "Region").press("Tab")
    changed = TEXT.replace("units: 0.5  #", "units: 2  #")
    form.until_in_step(
        changed.replace(
            "          amount: 1000", "          amount: 1000\n      attributes:\n        location-region: eu-west"
        )
    )
    cursor_after(form, "version")
    form.page.keyboard.press("Control+z")
    form.until_in_step(changed)
    form.page.keyboard.press("Control+z")
    form.until_in_step(TEXT)

    expect(control(form, "CPU")).to_have_value("0.5")


def test_the_form_follows_what_is_typed_in_the_text(form: Visit) -> None:
    cursor_after(form, "nginx:1.27")
    form.page.keyboard.type("-alpine")
    expect(control(form, "Image")).to_have_value("nginx:1.27-alpine")
    cursor_after(form, "version")
    form.page.keyboard.type("x")
    form.page.locator(".aknb-form .aknb-obstacle").wait_for()
    expect(control(form, "Image")).to_have_value("nginx:1.27-alpine")
    expect(control(form, "Image")).not_to_be_editable()
    form.page.keyboard.press("Backspace")
    form.page.locator(".aknb-form .aknb-obstacle").wait_for(state="hidden")

    expect(control(form, "Image")).to_be_editable()


def test_what_cannot_be_used_stays_in_the_field_with_its_reason(form: Visit) -> None:
    control(form, "Memory").fill("2 gigs")
    control(form, "Memory").press("Enter")
    form.page.locator(".aknb-form-error", has_text="is no size").wait_for()
    control(form, "CPU").fill("4")
    control(form, "CPU").press("Enter")
    form.until_in_step(TEXT.replace("units: 0.5  #", "units: 4  #"))
    expect(control(form, "Memory")).to_have_value("2 gigs")
    expect(control(form, "Memory")).to_have_attribute("aria-invalid", "true")
    control(form, "Memory").press("Escape")
    form.page.locator(".aknb-form-error", has_text="is no size").wait_for(state="hidden")

    expect(control(form, "Memory")).to_have_value("512Mi")


def test_the_keyboard_alone_adds_changes_reveals_and_removes(form: Visit) -> None:
    page = form.page
    secret = control(form, "Value of DB_PASSWORD")
    expect(secret).to_have_value("")
    secret.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Show
    expect(secret).to_have_value("hunter22")
    page.keyboard.press("Enter")
    expect(secret).to_have_value("")

    control(form, "Name of a new one in Environment").focus()
    page.keyboard.type("LEVEL")
    page.keyboard.press("Tab")
    page.keyboard.type("9 a")
    page.keyboard.press("Enter")
    form.until_in_step(TEXT.replace("# or fast", "# or fast\n      - LEVEL=9 a"))
    page.keyboard.type("MORE")  # the next one can be typed at once
    expect(control(form, "Name of a new one in Environment")).to_have_value("MORE")
    control(form, "Name of a new one in Environment").fill("")
    form.page.locator(".aknb-form").get_by_role("button", name="Remove LEVEL").focus()
    page.keyboard.press("Enter")
    form.until_in_step(TEXT)

    assert page.evaluate("() => document.activeElement.closest('.aknb-form') !== null")
    expect(page.locator(".jp-CodeCell")).to_have_count(3)  # no key was a command of the notebook


def test_a_second_volume_comes_by_keyboard_and_goes_again(form: Visit) -> None:
    page = form.page
    size = control(form, "Size of a new one in Volumes")
    for each in ("10Gi", "20Gi"):
        size.focus()
        page.keyboard.type(each)
        page.keyboard.press("Enter")
        expect(size).to_have_value("")
    expect(control(form, "Mounted at of data2")).to_have_value("/data2")
    control(form, "Class of data2").select_option("ram")
    expect(form.page.locator(".aknb-row-note", has_text="in memory")).to_be_visible()
    assert form.kernel("[list(row) for row in bench.form.values['volumes']]") == [
        ["10Gi", "data", "beta2", "/data"],
        ["20Gi", "data2", "ram", "/data2"],
    ]
    for name in ("data2", "data"):
        page.locator(".aknb-form").get_by_role("button", name=f"Remove {name}", exact=True).click()
        expect(control(form, f"Size of {name}")).to_have_count(0)

    form.until_in_step(TEXT.replace("          size: 1Gi", "          - size: 1Gi"))


def test_a_preset_is_one_click_and_one_undo(form: Visit) -> None:
    form.page.get_by_role("button", name="A100", exact=True).click()
    form.page.locator('.aknb-presets [aria-pressed="true"]', has_text="A100").wait_for()
    assert "# half of one" in form.sdl()
    assert form.kernel("bench.form.values['gpu_models']") == ["a100"]
    cursor_after(form, "version")
    form.page.keyboard.press("Control+z")

    form.until_in_step(TEXT)


def test_both_sides_changed_at_once_lose_nothing(form: Visit) -> None:
    """The form answers while what was typed in the editor is still on its way."""
    cursor_after(form, "nginx:1.27")
    form.page.keyboard.type("-alpine")
    form.page.evaluate(
        """() => {
            const labels = [...document.querySelectorAll('.aknb-form label')];
            const box = labels.find((label) => label.textContent === 'Replicas').control;
            box.value = '3';
            box.dispatchEvent(new Event('change'));
        }"""
    )

    form.until_in_step(TEXT.replace("1.27", "1.27-alpine").replace("count: 1", "count: 3"))


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("width", [600, 1400])
def test_it_fits_narrow_and_wide(form: Visit, theme: str, width: int) -> None:
    page = form.page
    page.set_viewport_size({"width": width, "height": 1900})
    if width < 1000 and page.locator("#jp-left-stack:visible").count():
        form.command("application:toggle-left-area")
    form.theme(theme)
    control(form, "CPU").fill("many")
    control(form, "CPU").press("Enter")
    form.page.locator(".aknb-form-error", has_text="is no number").wait_for()
    picture(form, f"form-{width}-{theme.split()[1].lower()}")
    overflow = page.evaluate(
        "() => { const n = document.querySelector('.aknb-form'); return n.scrollWidth - n.clientWidth; }"
    )
    control(form, "CPU").press("Escape")

    assert overflow <= 1
    assert page.evaluate(f"() => {EDITOR}.dom.getBoundingClientRect().width") > 200


def test_what_differs_from_what_is_deployed_stands_below_the_text(form: Visit) -> None:
    form.kernel("session.deploy().dseq")
    form.page.locator(".aknb-diff", has_text="As it is deployed").wait_for()
    control(form, "Image").fill("nginx:1.28")
    control(form, "Image").press("Enter")
    form.page.locator(".aknb-diff li", has_text="nginx:1.28").get_by_text("in place", exact=True).wait_for()
    control(form, "CPU").fill("2")
    control(form, "CPU").press("Enter")

    form.page.locator(".aknb-diff li", has_text="0.5 -> 2").get_by_text("needs a new deployment").wait_for()
    assert "hunter22" not in form.page.locator(".aknb-diff").inner_text()
