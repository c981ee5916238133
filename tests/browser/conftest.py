"""JupyterLab, Notebook and Voilà on this machine and a Chromium to drive them; no request may leave the machine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.base", reason="axe-playwright-python is not installed")

expect = playwright.expect
expect.set_options(timeout=30_000)  # as patient as Playwright's other waits

ROOT = Path(__file__).parent.parent.parent
TOKEN = "browser-tests"

#: Errors that the hosts have by themselves, also without any widget. Notebook 7 asks for a setting that it has not.
HOST_ERRORS = ("Cannot read properties of undefined (reading 'schema')",)

#: The first SDL editor of the page, as CodeMirror has it.
EDITOR = "document.querySelector('.aknb-sdl .cm-content').cmTile.view"


@dataclass
class Lab:
    """A running JupyterLab: where it is and the folder that it shows."""

    url: str
    folder: Path


@dataclass
class Visit:
    """A page, with what it asked of the outside and what went wrong in it."""

    page: playwright.Page
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def command(self, name: str, **args: object) -> None:
        """Run a command of JupyterLab."""
        self.page.evaluate("([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, args])

    def open(self, lab: Lab, notebook: str, at: str = "lab/tree") -> None:
        """Open a notebook and wait until its kernel can run cells: the idle mark comes too early."""
        self.page.goto(f"{lab.url}/{at}/{notebook}?token={TOKEN}&reset")
        self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        """Wait until the notebook is shown and its kernel answers."""
        self.page.wait_for_selector(".jp-NotebookPanel", timeout=60_000)
        self.page.evaluate(
            """async () => {
                const context = window.jupyterapp.shell.currentWidget.sessionContext;
                await context.ready;
                await context.session.kernel.info;
            }"""
        )

    def run_all(self) -> None:
        """Run all cells and wait for the last."""
        self.command("notebook:run-all-cells")
        self.page.wait_for_function(
            """() => [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")]
                .every((node) => /\\[\\d+\\]/.test(node.textContent))""",
            timeout=90_000,
        )

    def sdl(self) -> str:
        """What the editor shows once it is there, all of it: only the lines in sight are in the page."""
        self.page.locator(".aknb-sdl .cm-content").first.wait_for()
        return str(self.page.evaluate(EDITOR + ".state.doc.toString()"))

    def kernel(self, expression: str) -> object:
        """The value of a Python expression in the notebook's kernel, as JSON has it."""
        code = f"import json; print(json.dumps({expression}), end='')"
        return json.loads(
            self.page.evaluate(
                """async (code) => {
                    const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
                    let out = "";
                    const future = kernel.requestExecute({ code, store_history: false });
                    future.onIOPub = ({ header, content }) => {
                        if (header.msg_type === "stream") out += content.text;
                        if (header.msg_type === "error") out += JSON.stringify(content.traceback.join("\\n"));
                    };
                    await future.done;
                    return out;
                }""",
                code,
            )
        )

    def start(self, code: str) -> None:
        """Have the kernel run something, and do not wait for it."""
        self.page.evaluate(
            """(code) => {
                const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
                kernel.requestExecute({ code, store_history: false });
            }""",
            code,
        )

    def until_kernel(self, expression: str) -> None:
        """Wait until that is true in the kernel."""
        deadline = time.monotonic() + 30
        while not self.kernel(expression):
            assert time.monotonic() < deadline, expression

    def until_in_step(self, text: str) -> None:
        """Wait until editor and session both have this text."""
        deadline = time.monotonic() + 30
        while (found := (self.sdl(), self.kernel("session.sdl"))) != (text, text):
            assert time.monotonic() < deadline, found

    def findings(self, selector: str, *rules: str) -> list[str]:
        """What axe-core finds serious or critical in the elements of a selector, one line each; by all rules, or by
        some of them."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(axe.AXE_SCRIPT)
            # JupyterLab's body has no height and hides what flows over: to axe all is hidden then, and no colour wrong.
            self.page.evaluate("() => { document.body.style.minHeight = '100vh'; }")
        found = self.page.evaluate(
            """async ([selector, rules]) => {
                const options = { resultTypes: ["violations"], ...(rules.length ? { runOnly: rules } : {}) };
                const { violations } = await axe.run({ include: selector }, options);
                return violations.filter(({ impact }) => impact === "serious" || impact === "critical");
            }""",
            [selector, list(rules)],
        )
        return [f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]

    def theme(self, name: str) -> None:
        self.command("apputils:change-theme", theme=name)
        light = "true" if "Light" in name else "false"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")


def notebook(lab: Lab, name: str, *cells: str) -> str:
    """A notebook of these code cells in the lab's folder; returns its name."""
    content = {
        "cells": [
            {"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": cell, "outputs": [], "execution_count": None}
            for i, cell in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (lab.folder / name).write_text(json.dumps(content))
    return name


def chromium() -> str:
    """The browser's path. Without one the tests are skipped, or fail where they are demanded."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        reason = "there is no Chromium on this machine"
        if os.environ.get("AKASH_NB_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def new_browser() -> Iterator[playwright.Browser]:
    path = chromium()
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    """Ended with its module: while it lives, an event loop runs in this thread and other tests could start none."""
    with new_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def lab(browser: playwright.Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One server for all tests of a module."""
    with new_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@contextmanager
def new_lab(base: Path) -> Iterator[Lab]:
    """JupyterLab, which is Notebook 7 as well, with settings, data and notebooks of its own in a folder."""
    folder = base / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder)
    settings = base / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false"}))
    port = free_port()
    options = [f"--port={port}", "--no-browser", "--expose-app-in-browser", "--allow-root"]
    options += ["--JupyterNotebookApp.expose_app_in_browser=True"]
    options += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}", "--ServerApp.ip=127.0.0.1"]
    with served(["jupyterlab", *options], base, f"http://127.0.0.1:{port}/api?token={TOKEN}"):
        yield Lab(f"http://127.0.0.1:{port}", folder)


@contextmanager
def served(module: list[str], base: Path, url: str) -> Iterator[None]:
    """A server in a process of its own, whose settings, data and logs are in a folder, until it answers at the URL."""
    names = {"HOME": "home", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "AKASH_NB_HOME": "akash"}
    names |= {"JUPYTER_RUNTIME_DIR": "runtime", "IPYTHONDIR": "ipython", "JUPYTERLAB_SETTINGS_DIR": "settings"}
    env = {k: v for k, v in os.environ.items() if k not in ("AKASH_API_KEY", "AKASH_CONSOLE_URL")}
    env |= {name: str(base / part) for name, part in names.items()} | {"PYTHONPATH": str(ROOT)}
    with (base / "server.log").open("w") as log:
        server = subprocess.Popen([sys.executable, "-m", *module], env=env, stdout=log, stderr=log)
        try:
            wait_for(url, server)
            yield
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:  # it waits for a kernel that is just starting
                server.kill()
                server.wait()


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended at once"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.3)  # a server process in the making has nothing else to wait on
    pytest.fail("the server did not answer within a minute")


@contextmanager
def new_visit(browser: playwright.Browser) -> Iterator[Visit]:
    """A fresh page. Requests to other machines are refused and are an error at its end, as are errors in scripts."""
    context = browser.new_context(viewport={"width": 1600, "height": 1400})
    visit = Visit(context.new_page())

    def gate(route: playwright.Route) -> None:
        if route.request.url.startswith(("http://127.0.0.1:", "http://localhost:", "data:", "blob:")):
            route.continue_()
        else:
            visit.outside.append(route.request.url)
            route.abort()

    context.route("**/*", gate)
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    yield visit
    outside, errors = list(visit.outside), list(visit.errors)  # what a page says while it is closed is not of interest
    context.close()
    assert outside == []
    assert [error for error in errors if error not in HOST_ERRORS] == []


@pytest.fixture
def visit(browser: playwright.Browser) -> Iterator[Visit]:
    with new_visit(browser) as visit:
        yield visit
