"""How long `compile` takes: `python tests/bench/sdl.py`.

Over the corpus, beside parsing alone; and for each text that is made to hurt, with `patch` and `diff`, the slowest.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import yaml

from akash_nb.errors import InvalidInputError
from akash_nb.sdl import compile as compile_sdl
from akash_nb.sdl import diff, patch, render
from tests.akash_nb.sdl.hostile import HOSTILE, WEB

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "sdl" / "corpus"
ROUNDS = 15


def compose_only(text: str) -> None:
    """What the figures are measured against: libyaml's node tree and nothing else."""
    with contextlib.suppress(yaml.YAMLError):
        yaml.compose(text, yaml.CSafeLoader)


def best_ms(works: tuple[Callable[[str], object], ...], text: str) -> list[float]:
    """The best time of each of some works on a text, in milliseconds; they take turns, so that noise hits all."""
    times = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for place, work in enumerate(works):
            start = time.perf_counter()
            work(text)
            times[place] = min(times[place], time.perf_counter() - start)
    return [seconds * 1e3 for seconds in times]


def seconds(work: Callable[[], object]) -> float:
    """How long something takes once; a refusal is an answer too."""
    start = time.perf_counter()
    with contextlib.suppress(InvalidInputError):
        work()
    return time.perf_counter() - start


def slowest() -> str:
    """For each thing that is done with a text, the hostile one that takes longest."""
    verbs: dict[str, Callable[[str], object]] = {
        "compile": compile_sdl,
        "render": lambda text: render(compile_sdl(text)),
        "patch": lambda text: patch(text, "/services/web/image", "nginx:1.27"),
        "diff": lambda text: diff(WEB, text),
    }
    found = {
        name: max((seconds(partial(verb, text)), label) for label, text in HOSTILE.items())
        for name, verb in verbs.items()
    }
    return "; ".join(f"{name} {time_s:.2f} s ({label})" for name, (time_s, label) in found.items())


def main() -> int:
    print(f"slowest of {len(HOSTILE)} hostile texts: {slowest()}")
    files = [path for path in sorted(CORPUS.iterdir()) if path.suffix in (".yaml", ".yml")] if CORPUS.is_dir() else []
    if not files:
        print(f"no corpus in {CORPUS}")
        return 1
    texts = [path.read_text() for path in files]
    pairs = [best_ms((compose_only, compile_sdl), text) for text in texts]
    parse, whole = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"{len(files)} files: compose {parse:.3f} ms, compile {whole:.3f} ms, ratio {whole / parse:.2f} (medians)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
