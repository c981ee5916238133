"""The SDL editor in a real JupyterLab: what it marks, offers, explains and mends, and that no change is ever lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from akash_nb.demo import WEB_SDL
from akash_nb.sdl import scaffold
from tests.browser.conftest import EDITOR, ROOT, Lab, Visit, expect, new_visit, notebook, playwright

pytestmark = pytest.mark.browser

PICTURES = ROOT / "notebooks" / "images"


def open_editors(visit: Visit, lab: Lab, name: str, *more: str) -> None:
    """A notebook with an editor of a session's SDL, and more cells."""
    home = lab.folder.parent / f"home-{name}"
    cells = [
        f"import akash_nb as akash\nsession = akash.connect(home={str(home)!r})",
        f"from akash_nb.widgets import SdlEditor\nsession.sdl = {WEB_SDL!r}\neditor = SdlEditor(session)",
        "editor",
        *more,
    ]
    visit.open(lab, notebook(lab, f"{name}.ipynb", *cells))
    visit.run_all()
    visit.page.wait_for_function(
        f"() => document.querySelectorAll('.aknb-sdl .cm-content').length === {len(cells) - 2}"
    )


@pytest.fixture(scope="module")
def opened(browser: playwright.Browser, lab: Lab) -> Iterator[Visit]:
    """One page for most tests of this module: opening it takes longer than they do."""
    with new_visit(browser) as visit:
        open_editors(visit, lab, "editor")
        yield visit


@pytest.fixture
def editor(opened: Visit) -> Visit:
    """The editor, as new but for what can be undone."""
    opened.page.set_viewport_size({"width": 1600, "height": 1400})
    opened.page.mouse.move(0, 0)
    cursor_after(opened, "version")
    opened.page.keyboard.press("Escape")  # closes what is open
    opened.until_in_step(opened.sdl())  # what was typed last may be on its way
    opened.kernel(f"setattr(session, 'sdl', {WEB_SDL!r})")
    opened.until_in_step(WEB_SDL)
    return opened


def cursor_after(visit: Visit, text: str) -> None:
    """Put the cursor behind the first occurrence of a text."""
    visit.page.evaluate(
        f"""(text) => {{
            const view = {EDITOR};
            view.focus();
            const anchor = view.state.doc.toString().indexOf(text) + text.length;
            view.dispatch({{ selection: {{ anchor }}, scrollIntoView: true }});
        }}""",
        text,
    )


def word_before_cursor(visit: Visit) -> str:
    """The line up to the cursor."""
    return str(
        visit.page.evaluate(
            f"""() => {{
                const {{ state }} = {EDITOR};
                const {{ head }} = state.selection.main;
                return state.sliceDoc(state.doc.lineAt(head).from, head);
            }}"""
        )
    )


def options(visit: Visit) -> list[str]:
    """What completion offers."""
    visit.page.locator(".cm-tooltip-autocomplete li").first.wait_for()
    return visit.page.locator(".cm-tooltip-autocomplete .cm-completionLabel").all_inner_texts()


def picture(visit: Visit, name: str) -> None:
    """A screenshot for a look by eye, made only when asked for."""
    if os.environ.get("AKASH_NB_SCREENSHOTS"):
        folder = Path(os.environ.get("AKASH_NB_SCREENSHOT_FOLDER", PICTURES))
        visit.page.locator(".jp-NotebookPanel-notebook").first.screenshot(path=folder / f"{name}.png")


def test_what_is_typed_is_in_python_and_what_python_sets_is_shown(editor: Visit) -> None:
    cursor_after(editor, "nginx:1.27")
    editor.page.keyboard.type("-alpine")
    editor.until_in_step(WEB_SDL.replace("1.27", "1.27-alpine"))

    editor.kernel("setattr(session, 'sdl', session.sdl.replace('count: 1', 'count: 3'))")
    editor.until_in_step(WEB_SDL.replace("1.27", "1.27-alpine").replace("count: 1", "count: 3"))


def test_a_change_from_python_leaves_cursor_and_undo(editor: Visit) -> None:
    cursor_after(editor, "nginx:1.27")
    editor.page.keyboard.type("1")
    editor.kernel("setattr(session, 'sdl', '# above\\n' + session.sdl.replace('count: 1', 'count: 3'))")

    assert word_before_cursor(editor) == "    image: nginx:1.271"
    editor.page.keyboard.press("Control+z")  # what Python did
    editor.page.keyboard.press("Control+z")  # what was typed
    editor.until_in_step(WEB_SDL)
    editor.page.keyboard.press("Control+y")
    editor.until_in_step(WEB_SDL.replace("1.27", "1.271"))


def test_what_is_typed_while_python_changes_the_text_is_kept_and_so_is_that_change(editor: Visit) -> None:
    """The kernel changes the text in one cell, over and over, while it cannot see what comes in."""
    cursor_after(editor, "nginx:1.27")
    page = editor.page
    editor.start(
        "import time\nfor n in range(2, 6):\n    time.sleep(0.3)\n"
        "    session.sdl = session.sdl.replace(f'count: {n - 1}', f'count: {n}')"
    )
    page.keyboard.type("-abcdefghijklmnopqrstuvwxyz", delay=40)

    editor.until_in_step(WEB_SDL.replace("1.27", "1.27-abcdefghijklmnopqrstuvwxyz").replace("count: 1", "count: 5"))


def test_all_views_of_one_text_stay_in_step(visit: Visit, lab: Lab) -> None:
    open_editors(visit, lab, "views", "editor", "SdlEditor(session)")
    cursor_after(visit, "nginx:1.27")
    visit.page.keyboard.type("1")
    visit.page.wait_for_function(
        """() => [...document.querySelectorAll('.aknb-sdl .cm-content')]
            .every((node) => node.cmTile.view.state.doc.toString().includes('nginx:1.271'))"""
    )
    visit.until_in_step(WEB_SDL.replace("1.27", "1.271"))


def test_a_problem_is_marked_at_its_place_and_in_the_gutter(editor: Visit) -> None:
    page = editor.page
    cursor_after(editor, "\n          size")
    page.keyboard.type("2")
    page.locator(".cm-lintRange-error", has_text="size2").wait_for()

    expect(page.locator(".cm-lintRange-error")).to_have_text(["memory", "size2"])
    expect(page.locator(".cm-gutter-lint .cm-lint-marker-error")).to_have_count(2)
    cursor_after(editor, "size2")
    page.keyboard.press("Backspace")
    page.locator(".cm-lintRange-error").first.wait_for(state="detached")
    expect(page.locator(".aknb-head [data-verdict]")).to_have_text("Valid: ready to deploy")


def test_a_place_is_right_behind_characters_outside_the_first_plane(editor: Visit) -> None:
    cursor_after(editor, "\n    image: ")
    editor.page.keyboard.type("'🚀🚀' # 🚀")
    cursor_after(editor, "port: 80")
    editor.page.keyboard.type("x")
    editor.page.locator(".cm-lintRange-error", has_text="80x").wait_for()

    assert "80x" in editor.page.locator(".cm-lintRange-error").all_inner_texts()


def test_a_fix_is_one_key_or_one_click(editor: Visit) -> None:
    page = editor.page
    cursor_after(editor, "512Mi")
    page.keyboard.type("b")
    page.locator(".cm-lintRange-warning", has_text="512Mib").wait_for()
    page.keyboard.press("Control+.")
    editor.until_in_step(WEB_SDL)

    page.keyboard.press("Control+z")
    page.locator(".aknb-problems .aknb-fix").get_by_text("Change to 512Mi").click()
    editor.until_in_step(WEB_SDL)
    page.keyboard.press("Control+z")
    page.locator(".cm-lintRange-warning").hover()
    page.locator(".cm-tooltip-lint .cm-diagnosticAction").click()
    editor.until_in_step(WEB_SDL)


@pytest.mark.parametrize(
    ("after", "typed", "offered"),
    [
        ("\n    image: nginx:1.27", "\n", {"args", "command", "env", "params"}),
        ("as: 80", "\nproto: ", {"tcp", "udp"}),
        ("size: 512Mi", "", {"512Mi", "4Gi"}),
        ("anywhere:", "\nattributes:\nlocation-region: ", {"na-us-west", "eu-central"}),
        ("resources:", "\ngpu:\nunits: 1\nattributes:\nvendor:\nnvidia:\n- model: ", {"h100", "rtx4090", "t4"}),
        ("cpu:", "\nunits: 7", {"7m"}),
        ("profile: ", "", {"web"}),
        ("services:", "\napi:\nimage: a:1\nexpose:\n- port: 80\nto:\n- ", {"service", "global", "ip"}),
        ("resources:", "\ngpu: { ", {"units", "attributes"}),
        ("resources:", "\ngpu: { units: 1, attributes: { vendor: { nvidia: [{ model: ", {"h100", "rtx4090"}),
        ("anywhere:", "\nattributes: { tier: community,\nlocation-region: ", {"na-us-west"}),
        ("as: 80", "\nhttp_options: { next_cases: [off, ", {"error", "timeout"}),
    ],
    ids=[
        "keys",
        "values",
        "others",
        "regions",
        "gpus",
        "units",
        "names",
        "items",
        *(f"in brackets {n}" for n in range(4)),
    ],
)
def test_completion_offers_what_can_stand_there(editor: Visit, after: str, typed: str, offered: set[str]) -> None:
    cursor_after(editor, after)
    editor.page.keyboard.type(typed)
    editor.page.keyboard.press("Escape")
    editor.page.keyboard.press("Control+Space")

    assert offered <= set(options(editor))


def test_a_key_between_brackets_is_completed_and_explained_there(editor: Visit) -> None:
    page = editor.page
    text = WEB_SDL.replace("        cpu:\n          units: 0.5", "        cpu: { units: 0.5 }")
    editor.kernel(f"setattr(session, 'sdl', {text!r})")
    editor.until_in_step(text)
    cursor_after(editor, "units: 0.5")
    page.keyboard.type(", at")
    assert options(editor) == ["attributes"]
    page.wait_for_timeout(100)  # CodeMirror takes no Enter in the first 75 ms of a list
    page.keyboard.press("Enter")
    editor.until_in_step(text.replace("0.5 }", "0.5, attributes:  }"))
    page.keyboard.press("Escape")
    cursor_after(editor, "{ unit")
    page.keyboard.press("F1")

    page.locator(".aknb-doc code", has_text="cpu › units").wait_for()


def test_a_completed_key_leads_to_its_value(editor: Visit) -> None:
    page = editor.page
    cursor_after(editor, "as: 80")
    page.keyboard.type("\npro")
    assert options(editor) == ["proto"]
    page.wait_for_timeout(100)  # CodeMirror takes no Enter in the first 75 ms of a list
    page.keyboard.press("Enter")
    assert options(editor) == ["tcp", "udp"]
    page.wait_for_timeout(100)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    editor.until_in_step(WEB_SDL.replace("as: 80", "as: 80\n        proto: udp"))


def test_a_key_explains_itself_under_the_pointer_and_by_f1(editor: Visit) -> None:
    page = editor.page
    page.locator(".cm-line", has_text="denom").locator(".tok-propertyName").hover()
    page.locator(".aknb-doc", has_text="uact").wait_for()
    page.mouse.move(0, 0)
    page.locator(".aknb-doc").wait_for(state="detached")
    cursor_after(editor, "count: 1")
    page.keyboard.press("F1")
    page.locator(".aknb-doc", has_text="How many replicas run").wait_for()
    page.keyboard.press("Escape")

    page.locator(".aknb-doc").wait_for(state="detached")


def test_find_and_fold_by_keys(editor: Visit) -> None:
    page = editor.page
    cursor_after(editor, "services:")
    page.keyboard.press("Control+f")
    page.keyboard.type("nginx")
    page.locator(".cm-searchMatch", has_text="nginx").wait_for()
    expect(page.locator(".jp-DocumentSearch-overlay")).to_have_count(0)  # the notebook's own
    page.keyboard.press("Escape")
    cursor_after(editor, "services:")
    page.keyboard.press("Control+Shift+BracketLeft")
    page.locator(".cm-foldPlaceholder").wait_for()
    page.keyboard.press("Control+Shift+BracketRight")

    page.locator(".cm-foldPlaceholder").wait_for(state="detached")


def test_tab_indents_and_after_escape_it_leaves(editor: Visit) -> None:
    page = editor.page
    cursor_after(editor, "count: 1")
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    assert "        count: 1" in editor.sdl()
    page.keyboard.press("Shift+Tab")
    assert editor.sdl() == WEB_SDL
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")

    assert not page.evaluate("() => document.activeElement.classList.contains('cm-content')")


def test_keys_of_the_editor_are_no_commands_of_the_notebook(editor: Visit) -> None:
    page = editor.page
    cursor_after(editor, "count: 1")
    for key in ("Escape", "a", "b", "d", "d", "Control+z", "Control+/"):
        page.keyboard.press(key)

    expect(page.locator(".jp-CodeCell")).to_have_count(3)


def test_colours_follow_the_theme_at_once(editor: Visit) -> None:
    look = """() => ['.cm-content', '.cm-gutters', '.tok-propertyName', '.tok-string'].map((name) => {
        const style = getComputedStyle(document.querySelector('.aknb-sdl ' + name));
        return [style.color, style.backgroundColor, style.caretColor];
    })"""
    editor.theme("JupyterLab Light")
    light = editor.page.evaluate(look)
    editor.theme("JupyterLab Dark")
    dark = editor.page.evaluate(look)

    assert all(a[0] != b[0] for a, b in zip(light, dark, strict=True))


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("width", [600, 1400])
def test_it_fits_narrow_and_wide(editor: Visit, theme: str, width: int) -> None:
    page = editor.page
    page.set_viewport_size({"width": width, "height": 1100})
    if width < 1000 and page.locator("#jp-left-stack:visible").count():
        editor.command("application:toggle-left-area")
    editor.theme(theme)
    cursor_after(editor, "512Mi")
    page.keyboard.type("b")
    cursor_after(editor, "as: 80")
    page.keyboard.type("\npro: tcp")
    page.locator(".cm-lintRange-error", has_text="pro").wait_for()
    kind = theme.split()[1].lower()
    page.locator(".cm-lintRange-error", has_text="pro").hover()
    page.locator(".cm-tooltip").first.wait_for()
    picture(editor, f"editor-problem-{width}-{kind}")
    page.mouse.move(0, 0)
    cursor_after(editor, "uact")
    page.keyboard.press("Control+Space")
    options(editor)
    picture(editor, f"editor-completion-{width}-{kind}")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+f")
    page.locator(".aknb-keys summary").click()
    picture(editor, f"editor-find-{width}-{kind}")
    overflow = page.evaluate(
        "() => { const n = document.querySelector('.aknb-sdl'); return n.scrollWidth - n.clientWidth; }"
    )

    assert overflow <= 1


def test_completion_offers_what_the_service_names(editor: Visit) -> None:
    cursor_after(editor, "anywhere:")
    editor.page.keyboard.type("\nattributes:\nlocation-region: ")
    editor.page.keyboard.press("Escape")
    editor.page.keyboard.press("Control+Space")

    expect(editor.page.locator(".cm-tooltip-autocomplete")).to_contain_text("Western United States")


def large(services: int) -> str:
    """A valid SDL of about 20 lines per service."""
    names = [f"s{n}" for n in range(services)]
    expose = "    expose:\n      - port: 80\n        to:\n          - global: true\n"
    sizes = "        cpu:\n          units: 1\n" + "".join(
        f"        {x}:\n          size: 1Gi\n" for x in ("memory", "storage")
    )
    parts = [
        'version: "2.0"\nservices:\n',
        *(f"  {name}:\n    image: nginx:1.27\n{expose}" for name in names),
        "profiles:\n  compute:\n",
        *(f"    {name}:\n      resources:\n{sizes}" for name in names),
        "  placement:\n    anywhere:\n      pricing:\n",
        *(f"        {name}:\n          denom: uact\n          amount: 1000\n" for name in names),
        "deployment:\n",
        *(f"  {name}:\n    anywhere:\n      profile: {name}\n      count: 1\n" for name in names),
    ]
    return "".join(parts)


def test_fast_typing_in_a_long_text_arrives_whole(editor: Visit) -> None:
    """60 characters a second in 2,100 lines. How smooth it was is reported, not demanded: `pytest -s`."""
    page = editor.page
    text = large(100)
    editor.kernel(f"setattr(session, 'sdl', {text!r})")
    editor.until_in_step(text)
    cursor_after(editor, "  s50:\n    image: nginx:1.27")
    page.evaluate(
        """() => {
            window.frames_ = [];
            let last = performance.now();
            const tick = (now) => {
                window.frames_.push(now - last);
                last = now;
                window.ticking = requestAnimationFrame(tick);
            };
            window.ticking = requestAnimationFrame(tick);
        }"""
    )
    typed = "-" + "abcdefghij" * 18
    page.keyboard.type(typed, delay=1000 / 60)
    frames = sorted(page.evaluate("() => { cancelAnimationFrame(window.ticking); return window.frames_; }"))
    editor.until_in_step(text.replace("  s50:\n    image: nginx:1.27", f"  s50:\n    image: nginx:1.27{typed}"))
    print(f"frames: median {frames[len(frames) // 2]:.0f} ms, worst {frames[-1]:.0f} ms")


def test_a_problem_is_marked_soon_after_the_key(editor: Visit) -> None:
    """How soon is reported, not demanded: `pytest -s`."""
    for name, text in (("short", WEB_SDL), ("2,100 lines", large(100))):
        editor.kernel(f"setattr(session, 'sdl', {text!r})")
        editor.until_in_step(text)
        times = []
        for _ in range(7):
            cursor_after(editor, "port: 80")
            marked = editor.page.evaluate_handle(
                """() => ({ time: new Promise((done) => {
                    const pane = document.querySelector('.aknb-sdl .cm-content');
                    pane.addEventListener('keydown', () => {
                        const start = performance.now();
                        const see = () => pane.querySelector('.cm-lintRange-error')
                            ? done(performance.now() - start) : requestAnimationFrame(see);
                        see();
                    }, { once: true });
                }) })"""
            )
            editor.page.keyboard.type("x")
            times.append(marked.evaluate("({ time }) => time"))
            editor.page.keyboard.press("Backspace")
            editor.page.wait_for_function("() => !document.querySelector('.cm-lintRange-error')")
        assert times
        print(f"key to underline, {name}: median {sorted(times)[3]:.0f} ms, worst {max(times):.0f} ms")


def test_a_scaffold_is_found_by_keyboard_and_one_click_undoes_it(editor: Visit) -> None:
    page = editor.page
    page.locator(".aknb-menu > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("openai")
    page.locator(".aknb-menu li", has_text="language model").wait_for()
    picture(editor, "editor-menu")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    editor.until_in_step(scaffold("gpu"))
    assert page.evaluate("() => document.activeElement.matches('.aknb-menu > summary')")
    page.locator(".aknb-loaded").get_by_role("button", name="Undo").click()

    editor.until_in_step(WEB_SDL)
    page.locator(".aknb-loaded").wait_for(state="hidden")


def test_the_templates_of_the_service_are_in_the_menu(editor: Visit) -> None:
    page = editor.page
    page.locator(".aknb-menu > summary").click()
    page.locator(".aknb-menu li button", has_text="Hello web").click()

    page.locator(".aknb-loaded", has_text="template Hello web is here now").wait_for()
    assert editor.kernel("session.sdl") == editor.sdl() != WEB_SDL


def test_a_file_is_opened_in_the_page_and_downloaded_from_it(editor: Visit, tmp_path: Path) -> None:
    page = editor.page
    (tmp_path / "mine.yaml").write_text(scaffold("web"))
    (tmp_path / "huge.yaml").write_bytes(b"#" * (512 * 1024 + 1))
    (tmp_path / "picture.yaml").write_bytes(b"\x89PNG\xff\xfe")
    for name, wrong in (("huge", "larger than 512 KB"), ("picture", "is no text"), ("mine", "")):
        with page.expect_file_chooser() as chosen:
            page.get_by_role("button", name="Open…").click()
        chosen.value.set_files(tmp_path / f"{name}.yaml")
        if wrong:
            page.locator(".aknb-file-error", has_text=wrong).wait_for()
            assert editor.sdl() == WEB_SDL
    editor.until_in_step(scaffold("web"))
    assert page.locator(".aknb-file-error").is_hidden()

    with page.expect_download() as downloaded:
        page.get_by_role("button", name="Download").click()
    assert downloaded.value.suggested_filename == "mine.yaml"
    assert Path(downloaded.value.path()).read_text() == scaffold("web")
