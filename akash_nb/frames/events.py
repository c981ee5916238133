"""Events of a workload as a DataFrame: one row per event."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from akash_nb.frames.logs import SEEN_AT, SERVICE
from akash_nb.frames.table import Column, Origin, define
from akash_nb.models import LeaseEvent

TABLE = define(
    "events",
    (
        SERVICE,
        Column("type", "category", "how it is meant", states=("Normal", "Warning")),
        Column("reason", "string", "what happened, in a word of Kubernetes"),
        Column("note", "string", "what happened, in its words"),
        Column("kind", "string", "what it happened to, such as Pod"),
        Column("object", "string", "the name of that"),
        SEEN_AT,
    ),
)


def events_frame(events: Sequence[LeaseEvent], origin: Origin) -> pd.DataFrame:
    """One row per event with the columns of `TABLE`, in the order in which they came. The text is the provider's."""
    return TABLE.frame(
        {
            "service": [event.service for event in events],
            "type": [event.type for event in events],
            "reason": [event.reason for event in events],
            "note": [event.note for event in events],
            "kind": [event.kind for event in events],
            "object": [event.object for event in events],
            "seen_at": [event.seen_at for event in events],
        },
        origin,
    )
