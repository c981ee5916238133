"""How long `compile` takes over the corpus, beside parsing alone: `python tests/bench/sdl.py`."""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from akash_nb.sdl import compile as compile_sdl

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


def main() -> int:
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
