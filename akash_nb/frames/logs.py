"""Log lines as a DataFrame: one row per line."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from akash_nb.frames.table import Column, Origin, define
from akash_nb.models import LogLine

SERVICE = Column("service", "string", "the service of the SDL")
SEEN_AT = Column("seen_at", "datetime", "when it came here (UTC): the protocol has no times of its own")

TABLE = define(
    "logs",
    (
        SERVICE,
        Column("pod", "string", "the replica that wrote it"),
        Column("line", "string", "what it wrote, escapes and all"),
        SEEN_AT,
    ),
)


def logs_frame(lines: Sequence[LogLine], origin: Origin) -> pd.DataFrame:
    """One row per line with the columns of `TABLE`, in the order in which they came. The text is the container's."""
    return TABLE.frame(
        {
            "service": [line.service for line in lines],
            "pod": [line.pod for line in lines],
            "line": [line.line for line in lines],
            "seen_at": [line.seen_at for line in lines],
        },
        origin,
    )
