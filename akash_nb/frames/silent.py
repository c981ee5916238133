"""Who could have bid on a deployment and did not: one row per group and provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from akash_nb.frames import shared
from akash_nb.frames.table import Column, Origin, define
from akash_nb.models import Candidate

TABLE = define(
    "silent",
    (
        Column("gseq", "Int64", "placement group that it could host, from 1"),
        shared.PROVIDER,
        shared.REGION,
        shared.AUDITED,
        Column("uptime_7d", "Float64", "share of the last 7 days without downtime, 0..1", better="high"),
        Column("why", "string", "why there is no bid of it, as far as anybody knows"),
        shared.ORGANIZATION,
        shared.ADDRESS,
    ),
)


def silent_frame(found: Sequence[tuple[int, Candidate, str]], origin: Origin) -> pd.DataFrame:
    """One row per group, candidate and reason, with the columns of `TABLE`."""
    candidates = [candidate for _, candidate, _ in found]
    values: dict[str, Any] = {
        "gseq": [gseq for gseq, _, _ in found],
        "provider": [candidate.label for candidate in candidates],
        "region": [candidate.location or None for candidate in candidates],
        "audited": [candidate.is_audited for candidate in candidates],
        "uptime_7d": [candidate.uptime_7d for candidate in candidates],
        "why": [why for _, _, why in found],
        "organization": [candidate.organization or None for candidate in candidates],
        "address": [candidate.owner for candidate in candidates],
    }
    return TABLE.frame(values, origin)
