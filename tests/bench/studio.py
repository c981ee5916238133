"""What is left in kernel and page when the studio's cell is run again and again: `python tests/bench/studio.py`.

JupyterLab keeps the comm of each closed widget, and a page each module that anywidget imports: some 30 kB a studio.
Runs JupyterLab and a Chromium on this machine; Linux only: the kernel's memory is read from /proc.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.measure import table
from tests.browser.conftest import Visit, chromium, new_lab, new_visit, notebook, playwright

GOAL_MB = 0.05

#: What a page compiles grows for some twenty runs, and would hide what it keeps.
UNCOMPILED = "--js-flags=--no-turbofan --no-maglev --no-sparkplug"

SETUP = """
import akash_nb as akash, asyncio, gc, re, threading
from pathlib import Path
from ipywidgets.widgets.widget import _instances
from akash_nb.demo import WEB_SDL
from akash_nb.engine import Engine
session = akash.connect(home={home!r})
session.sdl = WEB_SDL
deployment = session.deploy()
deployment.wait_for_bids()
deployment.lease()
deployment.wait_until_ready()

def counts():
    gc.collect()
    kilobytes = re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
    return {{
        "kernel, MB": int(kilobytes) / 1000,
        "widgets": len(_instances),
        "threads": threading.active_count(),
        "engine tasks": len(asyncio.all_tasks(Engine.shared()._running_loop())),
        "objects": len(gc.get_objects()),
    }}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50, help="how often the cell is run again (default 50)")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        playwright.sync_playwright() as p,
        new_lab(Path(folder)) as lab,
    ):
        browser = p.chromium.launch(executable_path=chromium(), args=[UNCOMPILED])
        with new_visit(browser) as visit:
            name = notebook(lab, "studio.ipynb", SETUP.format(home=str(lab.folder.parent / "home")), "session")
            visit.open(lab, name)
            visit.run_all()
            visit.page.wait_for_selector(".aknb-life", timeout=60_000)
            report(visit, options.runs)
        browser.close()


def report(visit: Visit, runs: int) -> None:
    """Run the cell again and again, and print what there is after the first three runs and after each fifth more."""
    done, rows = 0, []
    for more in (3, *[runs // 5] * 5):  # with the first ones, what is loaded once is loaded
        run_again(visit, more)
        done += more
        rows.append({"runs": str(done)} | counted(visit))
    table("The studio's cell, run again", list(rows[0]), [list(row.values()) for row in rows])
    grown = (float(rows[-1]["page, MB"]) - float(rows[0]["page, MB"])) / (done - int(rows[0]["runs"]))
    print(f"the page grows by {grown:.3f} MB per run   goal: under {GOAL_MB}")


def run_again(visit: Visit, runs: int) -> None:
    """Run the studio's cell, each time until its views are in the page."""
    for _ in range(runs):
        visit.page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }")
        visit.page.evaluate("() => document.querySelector('.aknb-life')?.setAttribute('data-old', '')")
        visit.command("notebook:run-cell")
        for view in ("tabs", "life:not([data-old])", "running", "sdl", "form", "bids"):
            visit.page.locator(f"section.aknb-{view}").wait_for()  # a selector's handle would keep the view


def counted(visit: Visit) -> dict[str, str]:
    """What lives in the kernel, and in the page after its garbage was collected."""
    found: Any = visit.kernel("counts()")
    devtools = visit.page.context.new_cdp_session(visit.page)
    devtools.send("Performance.enable")
    devtools.send("HeapProfiler.collectGarbage")
    page = {metric["name"]: metric["value"] for metric in devtools.send("Performance.getMetrics")["metrics"]}
    devtools.detach()
    found |= {"page, MB": page["JSHeapUsedSize"] / 1e6, "nodes": page["Nodes"], "listeners": page["JSEventListeners"]}
    return {name: f"{value:.1f}" if "MB" in name else f"{value:.0f}" for name, value in found.items()}


if __name__ == "__main__":
    main()
