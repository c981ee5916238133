"""What a hint says in words, as a change of the text, where it is mechanical: one click does it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from akash_nb.sdl.issues import Issue

_MEANT = re.compile(r"did you mean (?:`(?P<name>[^`]*)`|(?P<size>[0-9.]+[kmgtpe]i))\?\Z", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]+)"')
_DIGITS = re.compile(r"write the number without quotes: ([0-9]+)\Z")


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement of part of one line.

    Attributes:
        label: What it does, for a button: `Change to 512Mi`.
        old, new: The text at the place and what comes in its stead.
        line, column: Where `old` starts, counted from 1.
    """

    label: str
    old: str
    new: str
    line: int
    column: int


def fix(issue: Issue, lines: list[str]) -> Fix | None:
    """What to change for an issue; None where that is for a person to decide.

    Args:
        lines: The text that the issue is about, split at its line breaks.
    """
    if issue.line != issue.end_line or not 0 < issue.line <= len(lines):
        return None
    line, column = issue.line, issue.column
    old = lines[line - 1][column - 1 : issue.end_column - 1]
    if issue.layer == "semantic":
        place = _only_place(issue, lines)
        if place is None:
            return None
        line, column, old = place
    elif issue.hint.startswith("quote the line"):
        old = lines[line - 1][column - 1 :].rstrip()
    new = _replacement(issue.hint, old)
    return Fix(f"Change to {new}", old, new, line, column) if new and new != old else None


def _only_place(issue: Issue, lines: list[str]) -> tuple[int, int, str] | None:
    """Where the name stands that a message is about; the issue itself is at the section that lacks it. None when it
    stands in several places, since either may be the wrong one."""
    wanted = _QUOTED.search(issue.message)
    if wanted is None:
        return None
    name = re.compile(rf"(?<![\w./-]){re.escape(wanted[1])}(?![\w./-])")
    found = [(n, m.start() + 1, m[0]) for n, line in enumerate(lines, 1) for m in name.finditer(line)]
    return found[0] if len(found) == 1 else None


def _replacement(hint: str, old: str) -> str:
    meant, digits = _MEANT.search(hint), _DIGITS.match(hint)
    if meant:
        return _in_quotes_of(old, meant["name"] or meant["size"])
    if digits:
        return digits[1]
    if hint.startswith("quote ") and old and old[0] not in "'\"[{&*!|>" and " #" not in old:
        return json.dumps(old, ensure_ascii=False)
    return "uact" if hint.endswith("write uact") else ""


def _in_quotes_of(old: str, new: str) -> str:
    quote = old[0] if old[:1] in ("'", '"') and old[-1:] == old[:1] else ""
    return f"{quote}{new}{quote}"
