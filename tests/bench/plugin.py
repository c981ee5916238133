"""What the package costs whoever has it installed and does not use it: `python tests/bench/plugin.py`.

pytest collects a file without tests, in a folder of its own, with and without our plugin; and what the imports take.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.bench.measure import table

OURS = "akash_console"
GOAL_MS = 5
IMPORTS = {
    "nothing": "pass",
    "import mock_server": "import mock_server",
    "import akash_nb": "import akash_nb",
    "import mock_server.pytest_plugin": "import mock_server.pytest_plugin",
    "import pytest, the same": "import pytest, mock_server.pytest_plugin",
    "import pytest": "import pytest",
    "from mock_server import MockConsole": "from mock_server import MockConsole",
    "from mock_server import serve": "from mock_server import serve",
    "import fastapi": "import fastapi",
    "import httpx": "import httpx",
}

#: What loading the plugin adds to pytest, from within: all else of it is done already. Prints milliseconds.
FROM_WITHIN = """
import importlib, pytest, time
start = time.perf_counter()
importlib.import_module("mock_server.pytest_plugin")
print((time.perf_counter() - start) * 1e3)
"""

#: Milliseconds of a process: by the clock, and of processor time.
Cost = tuple[float, float]


def cost(command: list[str], folder: str) -> Cost:
    """What a process costs, from start to end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 5):  # 5: pytest found no test
        raise RuntimeError(f"{command}: {done.stdout.decode()}{done.stderr.decode()}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1e3, cpu * 1e3


def collecting() -> list[str]:
    """pytest, as fast as it can be: without the other plugins that happen to be installed."""
    names = {entry.name for entry in importlib.metadata.entry_points(group="pytest11")} - {OURS}
    without = [option for name in sorted(names) for option in ("-p", f"no:{name}")]
    return [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *without]


def in_both_directions(commands: Mapping[str, list[str]], folder: str, rounds: int) -> dict[str, list[Cost]]:
    """What each command costs in each round, every other round backwards; a first round does not count."""
    found: dict[str, list[Cost]] = {name: [] for name in commands}
    names = list(commands)
    for turn in range(rounds + 1):
        for name in names if turn % 2 else reversed(names):
            found[name].append(cost(commands[name], folder))
    return {name: costs[1:] for name, costs in found.items()}


def show_plugin(rounds: int) -> None:
    """The table of the plugin. What two runs without it differ by says how far the difference can be trusted."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_nothing.py").touch()
        (Path(folder) / "pytest.ini").write_text("[pytest]\n")
        without = [*collecting(), "-p", f"no:{OURS}"]
        commands = {"with": collecting(), "without": without, "without again": without}
        found = in_both_directions(commands, folder, rounds)
    rows = []
    for place, kind in enumerate(("by the clock", "CPU")):
        lacking = [figures[place] for figures in found["without"]]
        for name in ("with", "without again"):
            figures = [costs[place] for costs in found[name]]
            differences = [this - that for this, that in zip(figures, lacking, strict=True)]
            low, middle, high = statistics.quantiles(differences, n=4)
            medians = f"{statistics.median(figures):.1f}", f"{statistics.median(lacking):.1f}"
            least = f"{min(figures) - min(lacking):.1f}"
            rows.append([f"{name}, {kind}", *medians, f"{middle:.1f}", f"{low:.1f} to {high:.1f}", least])
    table(
        f"pytest --collect-only of an empty file   goal: with less without <= {GOAL_MS} ms   ({rounds} rounds in turn)",
        ["ms", "median", "without", "difference", "its middle half", "of the least"],
        rows,
    )


def show_from_within(rounds: int) -> None:
    """The same without the noise of processes, as far as it is the plugin's import."""
    command = [sys.executable, "-c", FROM_WITHIN]
    times = [float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(rounds)]
    print(f"  its import alone, pytest being there: {statistics.median(times):.1f} ms (least {min(times):.1f})")


def show_imports(rounds: int) -> None:
    """The table of imports, each in a fresh process."""
    commands = {name: [sys.executable, "-c", code] for name, code in IMPORTS.items()}
    found = in_both_directions(commands, ".", rounds)
    nothing = [statistics.median(figures) for figures in zip(*found["nothing"], strict=True)]
    rows = []
    for name, costs in found.items():
        wall, cpu = (statistics.median(figures) for figures in zip(*costs, strict=True))
        rows.append([name, f"{wall:.0f}", f"{cpu:.0f}", f"{wall - nothing[0]:.0f}", f"{cpu - nothing[1]:.0f}"])
    table(
        f"a process that imports   goal: none   ({rounds} rounds in turn)",
        ["ms, medians", "by the clock", "CPU", "above nothing", "CPU above nothing"],
        rows,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="of collecting")
    parser.add_argument("--imports", type=int, default=9, help="rounds of them")
    options = parser.parse_args()
    show_plugin(options.rounds)
    show_from_within(options.imports)
    show_imports(options.imports)
    return 0


if __name__ == "__main__":
    sys.exit(main())
