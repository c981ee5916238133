"""Why no bids come: one row per cause that was checked, the likeliest first."""

from __future__ import annotations

from typing import Any

import pandas as pd

from akash_nb.explanation import VERDICTS, Explanation
from akash_nb.frames.table import Column, Origin, define

TABLE = define(
    "explanation",
    (
        Column("cause", "string", "what was checked"),
        Column("verdict", "category", "cause, possible, unknown (not checked) or ok (not the cause)", states=VERDICTS),
        Column("found", "string", "what was found"),
        Column("advice", "string", "what to do; <NA> for nothing"),
        Column("fix", "Int64", "number of the fix, as Explanation.apply takes it; <NA> without one"),
        Column("change", "string", "what the fix changes in the SDL; <NA> without one"),
        Column("providers", "Int64", "audited providers that could then host it", better="high"),
        Column("group", "string", "placement that it is about; <NA> where it is about none alone"),
        Column("kind", "string", "what it is about, in one word"),
    ),
)


def explanation_frame(explanation: Explanation) -> pd.DataFrame:
    """One row per finding with the columns of `TABLE`."""
    found, fixes = explanation.findings, explanation.fixes
    values: dict[str, Any] = {
        "cause": [finding.cause for finding in found],
        "verdict": [finding.verdict for finding in found],
        "found": [finding.text for finding in found],
        "advice": [finding.advice or None for finding in found],
        "fix": [fixes.index(finding) if finding.patched else None for finding in found],
        "change": [finding.change or None for finding in found],
        "providers": [finding.providers for finding in found],
        "group": [finding.group or None for finding in found],
        "kind": [finding.kind for finding in found],
    }
    return TABLE.frame(values, Origin(explanation.is_mock, explanation.at, explanation.prices))
