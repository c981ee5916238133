"""The list formulas of large clouds, against worked values and against the mock's own, which was written apart."""

from __future__ import annotations

import json
from decimal import Decimal

import pandas as pd
import pytest

from akash_nb.frames.clouds import cloud_usd_month
from akash_nb.money import PriceModel
from mock_server import MockConsole, MockRequest

#: CPUs, GiB of memory, GiB of storage -> AWS, GCP, Azure in US dollars per month.
WORKED = {
    (1, 2, 10): (36.54, 40.66, 43.83),
    (4, 16, 50): (176.80, 193.95, 208.76),
    (16, 64, 200): (712.05, 775.81, 835.03),
}


def clouds(sizes: list[tuple[float, float, float]], prices: PriceModel | None = None) -> pd.DataFrame:
    frame = pd.DataFrame(sizes, columns=["vcpu", "memory", "storage"], dtype="Float64")
    model = prices or PriceModel()
    return pd.DataFrame(cloud_usd_month(frame["vcpu"], frame["memory"], frame["storage"], model))


def test_worked_values_come_out_to_the_cent() -> None:
    gib = 1024**3 / 1e9
    found = clouds([(cpu, memory * gib, storage * gib) for cpu, memory, storage in WORKED])

    assert [tuple(row) for row in found.round(2).to_numpy()] == list(WORKED.values())


@pytest.mark.parametrize("size", [(0.1, 0.128, 0.5), (2, 3.7, 20), (2, 3.7, 21), (96, 1024, 4000)])
def test_they_are_what_the_service_answers(size: tuple[float, float, float]) -> None:
    spec = {"cpu": size[0] * 1000, "memory": size[1] * 1e9, "storage": size[2] * 1e9}
    request = MockRequest.from_parts(
        "POST", "/v1/pricing", {"content-type": "application/json"}, json.dumps(spec).encode()
    )
    answer = json.loads(MockConsole().handle(request).body)

    for cloud, usd in clouds([size]).iloc[0].items():
        assert usd == pytest.approx(answer[cloud], abs=0.00501)


def test_an_unknown_size_has_no_price() -> None:
    assert clouds([(1, None, 1)]).isna().all(axis=None)  # type: ignore[list-item]


def test_a_shorter_month_costs_less_at_all_of_them() -> None:
    month = clouds([(4, 8, 30)])
    shorter = clouds([(4, 8, 30)], PriceModel(days_per_month=Decimal("15.2185")))

    assert shorter.iloc[0].to_list() == pytest.approx((month / 2).iloc[0].to_list())
