"""Why no bids come: the causes that were checked, the likeliest first, each with what would change it in the SDL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from akash_nb import sdl
from akash_nb.errors import InvalidInputError
from akash_nb.money import PriceModel
from akash_nb.sdl.values import same
from akash_nb.sdl.vary import Edit, value_at
from akash_nb.shown import Shown
from akash_nb.units import counted

if TYPE_CHECKING:
    import pandas as pd

#: `cause` (it keeps bids away), `possible` (it may), `unknown` (it could not be checked) or `ok` (it does not).
Verdict: TypeAlias = Literal["cause", "possible", "unknown", "ok"]
VERDICTS: tuple[Verdict, ...] = ("cause", "possible", "unknown", "ok")
MARKS: dict[Verdict, str] = {"cause": "✗", "possible": "!", "unknown": "?", "ok": "✓"}

#: Otherwise MathJax takes what stands between two prices for a formula.
_NO_MATH = "tex2jax_ignore mathjax_ignore"
_BOX = (
    "border:1px solid #8886;border-radius:8px;padding:12px 16px;font:13px/1.5 system-ui,sans-serif;color:inherit;"
    "max-width:860px;box-sizing:border-box"
)
_MOCK = "<b style='border:1.5px solid currentColor;border-radius:4px;padding:0 5px;font-size:11px'>MOCK</b> "
_CELL = "padding:3px 14px 3px 0;text-align:left;vertical-align:top;border:0;background:none;color:inherit"


@dataclass(frozen=True, slots=True, repr=False)
class Finding(Shown):
    """One cause that was checked.

    Attributes:
        kind: What it is about: `sdl`, `lapsed`, `supply`, `audit`, `ceiling`, `several`, or a kind of
            `akash_nb.relax.Relaxation`.
        cause: What was checked, in a few words.
        verdict: See `VERDICTS`.
        text: What was found.
        advice: What to do; empty when there is nothing to do.
        group: The placement that it is about; empty where it is about none alone.
        providers: How many audited providers that are online could host the group if it were changed so. Whether they
            bid is up to them. None where nothing is to be changed in the SDL.
        change: What changes in the SDL, in one line; empty when nothing does.
        edits: The same, value by value.
        patched: The SDL after it, comments and all; empty where it cannot be changed by itself. It may hold secrets.
    """

    kind: str
    cause: str
    verdict: Verdict
    text: str
    advice: str = ""
    group: str = ""
    providers: int | None = None
    change: str = ""
    edits: tuple[Edit, ...] = ()
    patched: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{MARKS[self.verdict]} {self.cause}: {self.text}" + (f" → {self.advice}" if self.advice else "")


@dataclass(frozen=True, slots=True, repr=False)
class Explanation(Shown):
    """Why no bids come. `print(explanation)` lists what was checked, a notebook shows it as a table; `apply()` gives
    the SDL with the first fix.

    Attributes:
        headline: What it comes to, in a sentence.
        findings: What was checked, the likeliest cause first.
        sdl: The text that was checked. It may hold secrets, and is not shown.
        dseq: The deployment; empty where none was made yet.
        is_mock: The market is simulated.
        at: When (UTC).
        prices: Block time and month length behind every dollar figure.
    """

    headline: str
    findings: tuple[Finding, ...]
    sdl: str
    dseq: str
    is_mock: bool
    at: datetime
    prices: PriceModel

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    @property
    def causes(self) -> tuple[Finding, ...]:
        """What keeps bids away, or may."""
        return tuple(finding for finding in self.findings if finding.verdict in ("cause", "possible"))

    @property
    def fixes(self) -> tuple[Finding, ...]:
        """Those that a change of the SDL takes away, as `apply` counts them."""
        return tuple(finding for finding in self.findings if finding.patched)

    @property
    def best(self) -> Finding | None:
        """The likeliest cause; None when none was found."""
        return next(iter(self.causes), None)

    def apply(self, n: int = 0, sdl: str | None = None) -> str:
        """The SDL with the n-th of `fixes`. Nothing is sent, and no deployment is changed: resources and prices are
        fixed when one is created.

        Args:
            sdl: The text to change; None for the one that was explained. What was changed in it since stays.

        Raises:
            InvalidInputError: There is no such fix, or the text has it already, or something else in its place by now.
        """
        fix = self._fix(n)
        return fix.patched if sdl is None or sdl == self.sdl else _patched(sdl, self.sdl, fix)

    def is_in(self, n: int, sdl: str) -> bool:
        """Whether a text has already what the n-th of `fixes` changes."""
        return not _pending(sdl, self._fix(n))

    def _fix(self, n: Any) -> Finding:
        if not isinstance(n, int) or not 0 <= n < len(self.fixes):
            listed = f"there are {len(self.fixes)}, counted from 0" if self.fixes else "there is none"
            raise InvalidInputError(f"There is no fix number {n}: {listed}.", means="Nothing was changed.")
        return self.fixes[n]

    def lines(self) -> Iterator[str]:
        """A line per finding, and one per fix."""
        fixes = self.fixes
        for finding in self.findings:
            yield str(finding)
            if finding.patched:
                yield f"    apply({fixes.index(finding)}): {finding.change}{gain(finding)}"

    def __str__(self) -> str:
        mock = "MOCK: " if self.is_mock else ""
        return "\n".join([f"{mock}{self.headline}", *(f"  {line}" for line in self.lines()), f"  ({self.prices})"])

    def _repr_html_(self) -> str:
        """Names and texts may be the providers' own, so that all of it is escaped."""
        rows = "".join(self._row(finding) for finding in self.findings)
        head = "".join(
            f"<th scope='col' style='{_CELL}'>{name}</th>" for name in ("Checked", "Found", "Fix") if self.findings
        )
        return (
            f'<div class="{_NO_MATH}" style="{_BOX}"><div style="font-size:15px">{_MOCK if self.is_mock else ""}'
            f"<b>{escape(self.headline)}</b></div>"
            f"<table style='border-collapse:collapse;border:0;margin:6px 0;color:inherit;font:inherit'>"
            f"<thead><tr style='background:none'>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f'<div style="opacity:.75;font-size:12px">{self.prices}; as of {self.at:%Y-%m-%d %H:%M:%S} UTC</div></div>'
        )

    def _row(self, finding: Finding) -> str:
        advice = f"<br><i>{escape(finding.advice)}</i>" if finding.advice else ""
        fix = ""
        if finding.patched:
            number = self.fixes.index(finding)
            fix = f"<code>apply({number})</code><br>{escape(finding.change + gain(finding))}"
        mark = f"{MARKS[finding.verdict]} {escape(finding.cause)}"
        return (
            f"<tr style='background:none'><th scope='row' style='{_CELL};font-weight:600'>{mark}</th>"
            f"<td style='{_CELL}'>{escape(finding.text)}{advice}</td><td style='{_CELL}'>{fix}</td></tr>"
        )

    def frame(self) -> pd.DataFrame:
        """One row per finding; the columns are documented in `akash_nb.frames.explanation`."""
        from akash_nb.frames.explanation import explanation_frame  # pandas is heavy, and only tables need it

        return explanation_frame(self)


def patched(text: str, edits: tuple[Edit, ...]) -> str:
    """A text with these values changed in place.

    Raises:
        InvalidInputError: One of them cannot be changed alone.
    """
    for edit in edits:
        text = sdl.patch(text, edit.path, edit.value)
    return text


def gain(finding: Finding) -> str:
    """Whom a fix brings, for people."""
    return f" (for up to {counted(finding.providers, 'provider')})" if finding.providers else ""


def _pending(text: str, fix: Finding) -> list[Edit]:
    """What of a fix a text does not have yet; all of it where the text cannot be read."""
    document = sdl.compile(text).document
    return [edit for edit in fix.edits if document is None or not same(value_at(document, edit.path), edit.value)]


def _patched(text: str, explained: str, fix: Finding) -> str:
    """A text that was changed since, with what changes at the same places."""
    before, now, pending = sdl.compile(explained), sdl.compile(text), _pending(text, fix)
    if not pending:
        raise _refused(f"The SDL has this already: {fix.change}.", "")
    for edit in pending if now.document is not None else ():
        if not same(value_at(before.document, edit.path), value_at(now.document, edit.path)):
            place = "/" + "/".join(map(str, edit.path))
            raise _refused(f"The SDL has something else at {place} by now than what was explained.")
    changed = patched(text, tuple(pending))
    if now.ok and not sdl.compile(changed).ok:
        raise _refused("The fix does not fit the SDL as it is by now.")
    return changed


def _refused(what: str, todo: str = "Explain it again.") -> InvalidInputError:
    return InvalidInputError(what, means="The text was not changed.", todo=todo)
