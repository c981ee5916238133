"""What a workload is likely to cost, by arithmetic that can be done by hand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from akash_nb.estimate import (
    Clouds,
    GroupEstimate,
    ListPrice,
    ListPrices,
    Size,
    estimate,
    gpu_kinds,
    list_price,
    sizes_of,
)
from akash_nb.models import CloudPrices, ComputeSpec, GPUPrice, PriceRange
from akash_nb.money import Coin, PriceModel
from akash_nb.sdl import build, demands, patch, scaffold
from akash_nb.sdl import compile as compile_sdl

CENT = Decimal("0.01")
HOURS = Decimal("730.488")


def service_price(spec: ComputeSpec) -> CloudPrices:
    """The service's formulas with their rounding (contract §6)."""
    cpu, memory, storage = spec.cpu_millicores / 1000, spec.memory_bytes / 1e9, spec.storage_bytes / 1e9
    hours = float(HOURS)
    usd = (
        4.5 * cpu + 1.25 * memory + 0.08 * storage,
        hours * (0.04048 * cpu + 0.004445 * memory + 0.000111 * max(0, storage - 20)),
        hours * (0.0445 * cpu + 0.0049225 * memory + 0.0000548 * storage),
        35.478 * cpu + 3.8909 * memory,
    )
    return CloudPrices(spec, *(Decimal(f"{value:.2f}") for value in usd))


def estimated(
    text: str, gpus: Sequence[GPUPrice] = (), prices: PriceModel | None = None, seen: Sequence[Coin] = ()
) -> GroupEstimate:
    wanted = demands(compile_sdl(text))
    sizes = {size: list_price(size, [service_price(spec) for spec in size.asked()]) for size in sizes_of(wanted)}
    return estimate(wanted[0], ListPrices(sizes, gpus), prices or PriceModel(), seen)


def gpu(model: str, usd: tuple[str, str, str] | None = ("1", "2", "3"), *, free: int = 1, **about: Any) -> GPUPrice:
    """A kind of GPU with its lowest, median and highest price."""
    low, median, high = map(Decimal, usd or ("0", "0", "0"))
    price = PriceRange(low, high, median, median, median) if usd else None
    return GPUPrice("nvidia", model, about.get("ram", "80Gi"), about.get("interface", "sxm"), free, 8, 1, 1, price)


def sized(cpu: float, memory: str, storage: str, **more: Any) -> str:
    return build(image="nginx:1.27", cpu=cpu, memory=memory, storage=storage, **more)


@pytest.mark.parametrize(
    ("cpu", "memory", "storage", "akash", "aws", "gcp", "azure"),
    [
        (1, "2Gi", "10Gi", "8.04", "36.54", "40.66", "43.83"),
        (4, "16Gi", "50Gi", "43.77", "176.80", "193.95", "208.76"),
        (16, "64Gi", "200Gi", "175.08", "712.05", "775.81", "835.03"),
    ],
)
def test_the_parts_add_up_to_what_the_service_says_of_the_whole(
    cpu: int, memory: str, storage: str, akash: str, aws: str, gcp: str, azure: str
) -> None:
    found = estimated(sized(cpu, memory, storage))
    whole = [sum(part.usd_month.typical for part in found.parts if part.usd_month)]
    whole += [found.clouds.aws_usd, found.clouds.gcp_usd, found.clouds.azure_usd]

    assert [float(value) for value in whole] == pytest.approx(list(map(float, (akash, aws, gcp, azure))), abs=0.011)
    assert found.usd_month is not None
    assert found.usd_hour is not None
    assert found.usd_month.typical.quantize(CENT) == Decimal(akash)
    assert (found.usd_hour.typical * HOURS).quantize(CENT) == Decimal(akash)


def test_replicas_multiply_every_part_and_each_has_its_free_storage_at_aws() -> None:
    one, three = estimated(sized(1, "1Gi", "30Gi")), estimated(sized(1, "1Gi", "30Gi", count=3))

    assert three.usd_hour == one.usd_hour * 3  # type: ignore[operator]
    assert three.clouds == one.clouds * 3
    assert [part.quantity for part in three.parts] == [part.quantity * 3 for part in one.parts]


def test_other_clouds_are_compared_over_the_same_month() -> None:
    month = estimated(sized(4, "8Gi", "30Gi"))
    half = estimated(sized(4, "8Gi", "30Gi"), prices=PriceModel(days_per_month=Decimal("15.2185")))

    assert half.usd_month is not None
    assert month.usd_month is not None
    assert half.usd_month.typical == month.usd_month.typical / 2
    assert half.clouds == month.clouds * Decimal("0.5")


def test_no_size_is_so_small_that_it_costs_nothing() -> None:
    found = estimated(sized(0.01, "1Mi", "5Mi"))

    assert all(part.usd_month and part.usd_month.low > 0 for part in found.parts)
    assert "$0.00/" not in str(found)


def test_storage_that_stays_is_told_apart_and_a_ram_disk_is_memory() -> None:
    text = patch(
        scaffold("persistent-storage"),
        "/profiles/compute/db/resources/storage/2",
        {"name": "shm", "size": "1Gi", "attributes": {"persistent": False, "class": "ram"}},
    )
    text = patch(text, "/services/db/params/storage/shm", {"mount": "/dev/shm"})
    found = {part.resource: part.quantity for part in estimated(text).parts}
    before = {part.resource: part.quantity for part in estimated(scaffold("persistent-storage")).parts}

    assert found["memory"] - before["memory"] == 2**30
    assert (found["storage"], found["persistent storage"]) == (before["storage"], before["persistent storage"])


def test_a_price_per_gpu_hour_of_the_service_is_one_of_600_blocks() -> None:
    web = estimated(sized(1, "1Gi", "1Gi", gpu="a100:2", count=3), [gpu("a100")])
    api = estimated(sized(1, "1Gi", "1Gi", gpu="a100:2", count=3), [gpu("a100")], PriceModel.api())
    (part,) = (part for part in api.parts if part.resource == "GPU")
    (slower,) = (part for part in web.parts if part.resource == "GPU")

    assert part.usd_month is not None
    assert slower.usd_month is not None
    assert [usd / HOURS for usd in (part.usd_month.low, part.usd_month.typical, part.usd_month.high)] == [6, 12, 18]
    assert (slower.usd_month.typical / part.usd_month.typical).quantize(Decimal("0.0001")) == Decimal("0.9839")


@pytest.mark.parametrize(
    ("kinds", "low", "typical", "high"),
    [
        ([gpu("a100"), gpu("t4", ("0.1", "0.2", "0.3"))], "0.1", "0.2", "3"),
        ([gpu("a100"), gpu("t4", ("0.1", "0.2", "0.3"), free=0)], "1", "2", "3"),
        ([gpu("a100", free=0), gpu("t4", ("0.1", "0.2", "0.3"), free=0)], "0.1", "0.2", "3"),
        ([gpu("a100"), gpu("t4", None)], "1", "2", "3"),
        ([gpu("a100", ("1", "2", "16"))], "1", "2", "4"),
    ],
    ids=["the cheapest is usual", "of those that are free", "none is free", "nobody has bid", "eight in one bid"],
)
def test_of_several_kinds_that_will_do(kinds: list[GPUPrice], low: str, typical: str, high: str) -> None:
    found = estimated(sized(1, "1Gi", "1Gi", gpu=1), kinds, PriceModel.api())
    (part,) = (part for part in found.parts if part.resource == "GPU")
    usd = part.usd_month

    assert usd is not None
    assert [value / HOURS for value in (usd.low, usd.typical, usd.high)] == list(map(Decimal, (low, typical, high)))
    assert found.gpus_free == sum(kind.available for kind in kinds)


def test_a_gpu_that_nobody_has_makes_the_price_unknown_and_never_nothing() -> None:
    found = estimated(sized(1, "1Gi", "1Gi", gpu="b300"), [gpu("a100")])

    assert found.usd_hour is None
    assert found.usd_month is None
    assert not found.is_ceiling_under_market
    assert found.gpus_free == 0
    assert "unknown" in str(found)


@pytest.mark.parametrize(
    ("wish", "models"),
    [
        ("nvidia/model/a100", ["a100 80Gi", "a100 40Gi"]),
        ("nvidia/model/A100", ["a100 80Gi", "a100 40Gi"]),
        ("nvidia/model/a100/ram/80Gi", ["a100 80Gi"]),
        ("nvidia/model/*", ["a100 80Gi", "a100 40Gi", "t4 16Gi"]),
        ("nvidia/model/*/interface/sxm", ["a100 80Gi"]),
        ("nvidia/model/a100/interface/sxm4", ["a100 80Gi"]),
        ("nvidia/model/*/interface/pcie", ["a100 40Gi", "t4 16Gi"]),
        ("amd/model/*", []),
    ],
)
def test_kinds_are_matched_by_model_memory_and_interface(wish: str, models: list[str]) -> None:
    board = [
        gpu("a100", interface="sxm5"),
        gpu("a100", ram="40Gi", interface="pcie"),
        gpu("t4", ram="16Gi", interface="pcie"),
    ]

    assert [f"{kind.model} {kind.ram}" for kind in gpu_kinds([wish], board)] == models


def test_bids_seen_before_are_the_range_and_say_so() -> None:
    prices = PriceModel.api()
    found = estimated(sized(1, "1Gi", "1Gi"), prices=prices, seen=[Coin("uact", Decimal(p)) for p in (30, 10, 14)])
    listed = estimated(sized(1, "1Gi", "1Gi"), prices=prices)

    assert found.usd_hour is not None
    assert [found.usd_hour.low, found.usd_hour.typical, found.usd_hour.high] == [
        prices.per_hour(Decimal(price) / 1_000_000) for price in (10, 14, 30)
    ]
    assert found.basis == "3 bids seen on this"
    assert listed.basis == "list prices, no quote"
    assert found.list_usd_hour == listed.usd_hour


def test_a_bid_without_a_value_in_dollars_says_nothing() -> None:
    assert estimated(sized(1, "1Gi", "1Gi"), seen=[Coin("uakt", Decimal(5))]).bids_seen == 0


@pytest.mark.parametrize(("denom", "amount", "under"), [("uact", 10, True), ("uact", 20, False), ("uakt", 10, True)])
def test_a_ceiling_counts_in_uact_whatever_its_denom(denom: str, amount: int, under: bool) -> None:
    """1 CPU, 1 GiB and 1 GiB are $5.93 a month: 13.7 uact per block."""
    text = sized(1, "1Gi", "1Gi", count=2, max_price=amount).replace("denom: uact", f"denom: {denom}")
    found = estimated(text)

    assert found.ceiling_usd_hour == PriceModel().per_hour(Decimal(2 * amount) / 1_000_000)
    assert found.is_ceiling_under_market is under


def test_a_month_of_another_length_is_more_hours_of_the_same_price() -> None:
    usual, short = (
        estimated(sized(1, "1Gi", "1Gi")),
        estimated(sized(1, "1Gi", "1Gi"), prices=PriceModel(days_per_month=Decimal(30))),
    )

    assert usual.usd_hour is not None
    assert short.usd_hour is not None
    assert short.usd_month is not None
    assert short.usd_hour.typical.quantize(Decimal("1e-9")) == usual.usd_hour.typical.quantize(Decimal("1e-9"))
    assert (short.usd_month.typical / short.usd_hour.typical).quantize(Decimal("1e-9")) == 720


def test_the_first_gigabytes_that_are_free_are_asked_about_as_they_are() -> None:
    storage = Size("storage", 30 * 2**30)
    price = list_price(storage, [service_price(spec) for spec in storage.asked()])

    assert price == ListPrice(Decimal("2.57698"), Clouds(Decimal("0.99"), Decimal("1.29"), Decimal("0.00")))
