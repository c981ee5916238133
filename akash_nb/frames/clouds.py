"""What large clouds ask for a machine, by the list formulas with which the service compares itself to them."""

from __future__ import annotations

import pandas as pd

from akash_nb.money import PriceModel

#: Hours of a month in the service's formulas: 24 of each of 30.437 days (contract §6).
_HOURS = 730.488

#: Storage that comes with a machine at AWS, in GB.
_AWS_FREE_GB = 20

CLOUDS = ("aws", "gcp", "azure")


def cloud_usd_month(
    vcpu: pd.Series, memory_gb: pd.Series, storage_gb: pd.Series, prices: PriceModel
) -> dict[str, pd.Series]:
    """US dollars per month by cloud, row by row; a GB has 10⁹ bytes. GPUs are not in these formulas.

    They are those of `POST /v1/pricing` (contract §6: AWS Fargate, on-demand machines of GCP and Azure), which rounds
    to cents; a month is the model's. With several replicas the storage that comes with each at AWS is counted once, so
    that AWS may seem up to $1.62 a month too dear for each more.
    """
    paid_gb = (storage_gb - _AWS_FREE_GB).clip(lower=0)
    hours = float(prices.hours_per_month)
    return {
        "aws": hours * (0.04048 * vcpu + 0.004445 * memory_gb + 0.000111 * paid_gb),
        "gcp": hours * (0.0445 * vcpu + 0.0049225 * memory_gb + 0.0000548 * storage_gb),
        "azure": hours / _HOURS * (35.478 * vcpu + 3.8909 * memory_gb),
    }
