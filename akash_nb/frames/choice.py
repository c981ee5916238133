"""What was decided about each bid: one row per bid, the chosen ones first."""

from __future__ import annotations

from typing import Any

import pandas as pd

from akash_nb.frames import shared
from akash_nb.frames.shared import PROVIDER, REGION, USD_HOUR, USD_MONTH
from akash_nb.frames.table import Column, Origin, define
from akash_nb.policy import Choice

VERDICTS = ("chosen", "passed over")

TABLE = define(
    "choice",
    (
        Column("gseq", "Int64", "placement group the bid is for, from 1"),
        PROVIDER,
        *shared.PRICE,
        REGION,
        Column("verdict", "category", "chosen or passed over", states=VERDICTS),
        Column("reason", "string", "why it was passed over; <NA> for a chosen one"),
        Column("key", "string", "identifies the bid within the deployment; stable"),
    ),
)


def choice_frame(choice: Choice) -> pd.DataFrame:
    """One row per bid with the columns of `TABLE`."""
    bids = choice.bids
    offers = [offer for _, offer in sorted(choice.chosen.items())]
    offers += [item.offer for item in choice.passed_over]
    reasons = [None] * len(choice.chosen) + [item.reason for item in choice.passed_over]
    hours, months = [bids.usd_per_hour(o) for o in offers], [bids.usd_per_month(o) for o in offers]
    values: dict[str, Any] = {
        "gseq": [offer.bid.id.gseq for offer in offers],
        PROVIDER.name: [offer.name for offer in offers],
        USD_HOUR.name: [None if usd is None else float(usd) for usd in hours],
        USD_MONTH.name: [None if usd is None else float(usd) for usd in months],
        REGION.name: [(offer.provider and offer.provider.region) or None for offer in offers],
        "verdict": [VERDICTS[0 if reason is None else 1] for reason in reasons],
        "reason": reasons,
        "key": [offer.key for offer in offers],
    }
    return TABLE.frame(values, Origin(bids.is_mock, bids.as_of, bids.prices))
