"""The picture that stays where no script runs: plain text and small script-free HTML, with the time it was taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape

from akash_nb.units import counted

#: A saved notebook stays small, however many bids there were.
MOST_ROWS = 20

#: Otherwise MathJax takes what stands between two prices for a formula.
_NO_MATH = "tex2jax_ignore mathjax_ignore"
_BOX = "border:1px solid #8886;border-radius:8px;padding:10px 14px;font:13px/1.5 system-ui,sans-serif"


@dataclass(frozen=True, slots=True)
class Still:
    """A widget at one moment.

    Attributes:
        title: What it is.
        facts: Name and value.
        head, rows: A table; the rows beyond the first 20 are counted, not shown.
    """

    title: str
    as_of: datetime
    is_mock: bool
    facts: tuple[tuple[str, str], ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    def text(self) -> str:
        """One line per fact."""
        mock = "MOCK " if self.is_mock else ""
        facts = [f"  {name}: {value}" for name, value in self.facts]
        count = [f"  {counted(len(self.rows), 'row')}"] if self.head else []
        return "\n".join([f"{mock}{self.title}, as of {self._when}", *facts, *count])

    def html(self) -> str:
        """Everything escaped, since names and texts are the providers'."""
        mock = "<b style='border:1px solid;border-radius:4px;padding:0 5px'>MOCK</b> " if self.is_mock else ""
        facts = "".join(f"<div>{escape(name)}: <b>{escape(value)}</b></div>" for name, value in self.facts)
        note = f"As it was on {self._when}. Run the notebook for live figures and controls."
        return (
            f'<div class="{_NO_MATH}" style="{_BOX}">{mock}<b>{escape(self.title)}</b>{facts}{self._table()}'
            f'<div style="opacity:.75">{escape(note)}</div></div>'
        )

    @property
    def _when(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M:%S} UTC"

    def _table(self) -> str:
        if not self.head:
            return ""
        head = "".join(f"<th scope='col'>{escape(cell)}</th>" for cell in self.head)
        rows = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in self.rows[:MOST_ROWS]
        )
        rest = len(self.rows) - MOST_ROWS
        more = f"<div>and {rest} more</div>" if rest > 0 else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"
