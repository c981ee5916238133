"""An SDL as the editor annotates it: problems with places, and what the SDL asks for and costs at most."""

from __future__ import annotations

import functools
from dataclasses import asdict
from typing import Any

from akash_nb import sdl
from akash_nb.money import PriceModel, format_usd
from akash_nb.sdl import GroupResources, Issue
from akash_nb.sdl.fixes import fix
from akash_nb.units import counted, format_bytes, format_cpu

#: More would not be read; the summary says how many there are.
MOST_PROBLEMS = 100

EMPTY = "Write an SDL here, or paste one."


@functools.lru_cache(maxsize=4)
def compiled(text: str) -> sdl.Compiled:
    """The compiled text; views of one session ask for the same one again and again."""
    return sdl.compile(text)


def editor_view(text: str, prices: PriceModel) -> dict[str, Any]:
    """Problems, errors first, and a summary in a line per group."""
    if not text.strip():
        return {"problems": [], "verdict": "empty", "headline": EMPTY, "groups": [], "prices": ""}
    result = compiled(text)
    found = [(issue, "error") for issue in sorted(result.errors, key=_place)]
    found += [(issue, "warning") for issue in sorted(result.warnings, key=_place)]
    lines = text.splitlines()
    return {
        "problems": [problem(issue, severity, lines) for issue, severity in found[:MOST_PROBLEMS]],
        "verdict": "error" if result.errors else "warning" if result.warnings else "ok",
        "headline": headline(len(result.errors), len(result.warnings)),
        "groups": [group_view(group, prices) for group in sdl.resources(result)],
        "prices": str(prices),
    }


def _place(issue: Issue) -> tuple[int, int]:
    return issue.line, issue.column


def problem(issue: Issue, severity: str, lines: list[str]) -> dict[str, Any]:
    """An issue with its place (1-based), for underline, gutter and list, and what one click would change."""
    change = fix(issue, lines)
    return {
        "severity": severity,
        "message": issue.message,
        "hint": issue.hint,
        "layer": issue.layer,
        "line": issue.line,
        "column": issue.column,
        "end_line": issue.end_line,
        "end_column": issue.end_column,
        "fix": asdict(change) if change else None,
    }


def headline(errors: int, warnings: int) -> str:
    """`2 errors, 1 warning`, or that it can be deployed."""
    counts = [counted(n, word) for n, word in ((errors, "error"), (warnings, "warning")) if n]
    if not errors:
        return "Valid" + (f", {counts[0]}" if counts else ": ready to deploy")
    return ", ".join(counts)


def group_view(group: GroupResources, prices: PriceModel) -> dict[str, str]:
    """One placement group: what it asks for, and the most that it may cost."""
    parts = [
        counted(group.replicas, "container"),
        format_cpu(group.cpu_millicores),
        f"{format_bytes(group.memory_bytes)} memory",
        f"{format_bytes(group.ephemeral_bytes)} disk",
    ]
    if group.persistent_bytes:
        parts.append(f"{format_bytes(group.persistent_bytes)} persistent")
    if group.gpus:
        parts.append(f"{group.gpus} × {' or '.join(group.gpu_models) or 'GPU'}")
    return {"name": group.name, "asks": " · ".join(parts), "ceiling": ceiling(group, prices)}


def ceiling(group: GroupResources, prices: PriceModel) -> str:
    """`at most $0.59/h, $431.25/month`; in the coins' own units where no dollar value is known."""
    hour, month = group.usd_per_hour(prices), group.usd_per_month(prices)
    if hour is None:
        return f"at most {' + '.join(map(str, group.max_price))} per block; its dollar value is not known here"
    return f"at most {format_usd(hour)}/h, {format_usd(month)}/month"
