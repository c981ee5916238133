"""The studio in Notebook 7, and as a page of its own through Voilà: from the SDL to a picked bid, offline; VS Code's
themes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from akash_nb.demo import WEB_SDL
from akash_nb.widgets.parts.base import asset
from tests.browser.conftest import TOKEN, Lab, Visit, expect, free_port, notebook, served
from tests.browser.test_studio import confirm, picture, press, stage

pytestmark = pytest.mark.browser

#: The colour of text on a light and on a dark ground.
INK = {"light": "rgb(28, 35, 48)", "dark": "rgb(230, 233, 239)"}

SDL = WEB_SDL.replace("nginx:1.27", "nginx:1.28")


def pick_a_bid(visit: Visit) -> str:
    """Type an SDL, create, wait for bids, pick the first; returns its provider."""
    page = visit.page
    page.locator(".aknb-sdl .cm-content").fill(SDL)
    page.locator('.aknb-sdl [data-verdict="ok"]').wait_for()
    press(visit, "create")
    confirm(visit)
    stage(visit, "open")
    press(visit, "wait")
    stage(visit, "has bids")
    page.locator(".aknb-busy").wait_for(state="hidden", timeout=90_000)
    row = page.locator(".aknb-bids tbody tr[data-state=open]").first
    row.get_by_role("radio").check()
    return row.locator('[data-column="provider"]').inner_text()


def lease_question(visit: Visit) -> str:
    press(visit, "lease")
    return visit.page.locator(".aknb-ask:not([hidden]) p").inner_text()


def test_notebook_7_takes_an_sdl_to_a_picked_bid_that_python_sees(visit: Visit, lab: Lab) -> None:
    home = str(lab.folder.parent / "home-notebook-7")
    name = notebook(lab, "seven.ipynb", f"import akash_nb as akash\nsession = akash.connect(home={home!r})", "session")
    visit.open(lab, name, at="notebooks")
    visit.run_all()
    visit.page.wait_for_selector(".aknb-life", timeout=60_000)
    provider = pick_a_bid(visit)

    assert visit.kernel("session.sdl") == SDL
    assert visit.kernel(f"{provider!r} in str(session.current.choice)")
    assert provider in lease_question(visit)
    picture(visit, "notebook-7")


@pytest.mark.parametrize("kind", ["vscode-light", "vscode-dark", "vscode-high-contrast", "vscode-high-contrast-light"])
def test_the_theme_of_vs_code_is_followed(visit: Visit, kind: str) -> None:
    """VS Code cannot run here: this is its page as it is documented, the theme's kind and its variables on the body."""
    is_dark = kind in ("vscode-dark", "vscode-high-contrast")
    ground, theme = ("rgb(31, 31, 31)", "dark") if is_dark else ("rgb(250, 250, 250)", "light")
    visit.page.set_content(
        f"<style>{asset('market.css')} body {{ --vscode-editor-background: {ground} }}</style>"
        f'<body data-vscode-theme-kind="{kind}" style="background: white"><section class="aknb aknb-market">'
        '<button class="aknb-primary">Go</button><p>text</p><p class="aknb-faint">faint</p></section>'
    )
    style = "(node) => { const { color, backgroundColor } = getComputedStyle(node); return [color, backgroundColor]; }"

    assert visit.page.locator("section").evaluate(style) == [INK[theme], ground]
    assert visit.findings("section", "color-contrast") == []


@dataclass
class App:
    """The running page: where it is."""

    url: str


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    base, port = tmp_path_factory.mktemp("app"), free_port()
    url = f"http://localhost:{port}"
    options = ["--no-browser", f"--port={port}", f"--token={TOKEN}"]
    with served(["akash_nb.app", *options], base, f"{url}/voila/static/voila.js?token={TOKEN}"):
        yield App(url)


def test_the_app_takes_an_sdl_to_a_picked_bid_and_its_kernel_ends_with_the_page(visit: Visit, app: App) -> None:
    page = visit.page
    assert page.goto(app.url).url.startswith(f"{app.url}/login")  # nothing without the token
    page.emulate_media(color_scheme="dark")
    page.goto(f"{app.url}/?token={TOKEN}")
    page.wait_for_selector(".aknb-life", timeout=60_000)
    assert page.title() == "Akash studio"
    expect(page.locator(".aknb-still")).to_be_hidden()
    expect(page.locator(".jp-InputArea")).to_have_count(0)
    ground = "getComputedStyle(document.querySelector('.aknb-life')).backgroundColor"
    dark = page.evaluate(ground)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"(dark) => {ground} !== dark", arg=dark)
    provider = pick_a_bid(visit)

    assert provider in lease_question(visit)
    assert visit.findings("html") == []
    picture(visit, "app")
    kernel = page.evaluate("() => JSON.parse(document.querySelector('#jupyter-config-data').textContent).kernelId")
    address = f"{app.url}/api/kernels/{kernel}"
    assert page.request.get(address).ok
    page.context.unroute_all()  # a page that goes waits for no gate
    page.goto("about:blank")
    deadline = time.monotonic() + 20
    while page.request.get(address).ok:
        assert time.monotonic() < deadline, "the kernel lives on"
        page.wait_for_timeout(200)
