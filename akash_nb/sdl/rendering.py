"""Issues for people: the line of the SDL, a caret under the place, the message and the hint, as text or HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from akash_nb.sdl.compiler import Compiled
from akash_nb.sdl.issues import Issue

#: Longer lines are cut around the place.
MAX_WIDTH = 160
_RED, _YELLOW, _DIM, _BOLD, _RESET = "\033[31m", "\033[33m", "\033[2m", "\033[1m", "\033[0m"


def render(issues: Compiled | Iterable[Issue], text: str | None = None, color: bool = False) -> str:
    """The issues as text, one block each, in the order given; errors before warnings for a compiled SDL.

    Args:
        issues: A compiled SDL, or issues.
        text: The SDL the issues are about; None takes the compiled one's.
        color: With ANSI colours, for a terminal.
    """
    source = _source(issues, text)
    return "\n\n".join(_block(issue, source, color) for issue in _all(issues))


def render_html(issues: Compiled | Iterable[Issue], text: str | None = None) -> str:
    """The issues as an HTML list: classes, no styles, no scripts, all text escaped. Arguments as for `render`."""
    source = _source(issues, text)
    items = "".join(_item(issue, source) for issue in _all(issues))
    return f'<ul class="akash-issues">{items}</ul>' if items else ""


def _all(issues: Compiled | Iterable[Issue]) -> Sequence[Issue]:
    return (*issues.errors, *issues.warnings) if isinstance(issues, Compiled) else tuple(issues)


def _source(issues: Compiled | Iterable[Issue], text: str | None) -> list[str]:
    if text is None and isinstance(issues, Compiled):
        text = issues.text
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _kind(issue: Issue) -> str:
    return "warning" if issue.layer == "network" else "error"


def _block(issue: Issue, lines: list[str], color: bool) -> str:
    def paint(style: str, part: str) -> str:
        return f"{style}{part}{_RESET}" if color and part else part

    kind = _kind(issue)
    tone = _RED if kind == "error" else _YELLOW
    head = f"{paint(tone, kind)}: {paint(_BOLD, visible(issue.message))}"
    line, start, length = _excerpt(issue, lines)
    number = str(issue.line)
    margin = " " * len(number)
    caret = " " * start + "^" * length
    rows = [
        head,
        f"{margin} {paint(_DIM, '-->')} line {issue.line}, column {issue.column}{_place(issue)}",
        f"{paint(_DIM, f'{number} |')} {line}",
        f"{paint(_DIM, f'{margin} |')} {paint(tone, caret)}",
    ]
    if issue.hint:
        rows.append(f"{margin} = hint: {visible(issue.hint)}")
    return "\n".join(rows)


def _item(issue: Issue, lines: list[str]) -> str:
    line, start, length = _excerpt(issue, lines)
    marked = (
        f"{escape(line[:start])}<mark>{escape(line[start : start + length])}</mark>{escape(line[start + length :])}"
    )
    hint = f'<div class="akash-hint">{escape(visible(issue.hint))}</div>' if issue.hint else ""
    return (
        f'<li class="akash-{_kind(issue)}"><strong>{escape(visible(issue.message))}</strong> '
        f"<span>line {issue.line}, column {issue.column}{escape(_place(issue))}</span>"
        f"<pre><code>{marked}</code></pre>{hint}</li>"
    )


def _place(issue: Issue) -> str:
    return f", at {visible(issue.path)}" if issue.path else ""


def _excerpt(issue: Issue, lines: list[str]) -> tuple[str, int, int]:
    """The line as it can be shown, the offset of the place in it, and how many characters it covers."""
    line = lines[issue.line - 1] if issue.line <= len(lines) else ""
    start = min(issue.column - 1, len(line))
    end = min(issue.end_column - 1, len(line)) if issue.end_line == issue.line else len(line)
    length = max(1, end - start)
    if len(line) > MAX_WIDTH:
        cut = max(0, start - MAX_WIDTH // 2)
        line, start = line[cut : cut + MAX_WIDTH], start - cut
        length = min(length, max(1, len(line) - start))
    return visible(line), start, length


def visible(text: str) -> str:
    """Text that is safe on a terminal: control characters and line breaks become a placeholder, tabs a blank."""
    return "".join(" " if char == "\t" else char if char.isprintable() else "\ufffd" for char in text)
