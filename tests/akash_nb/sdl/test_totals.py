from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from akash_nb.money import Coin, PriceModel
from akash_nb.sdl import Compiled, resources

Compile = Callable[..., Compiled]
GI = 2**30


def test_a_group_adds_up_its_replicas(compiled: Compile) -> None:
    (group,) = resources(compiled(("count: 1", "count: 3")))
    assert (group.name, group.services, group.replicas) == ("dcloud", ("web",), 3)
    assert group.cpu_millicores == 1500
    assert group.memory_bytes == 3 * GI // 2
    assert (group.ephemeral_bytes, group.persistent_bytes) == (3 * GI // 2, 0)
    assert (group.gpus, group.gpu_models, group.endpoints) == (0, (), 1)
    assert group.max_price == (Coin("uact", Decimal(3000)),)


def test_persistent_storage_and_gpus_are_told_apart(compiled: Compile) -> None:
    volumes = "storage: [{size: 1Gi}, {name: d, size: 5Gi, attributes: {class: beta3, persistent: true}}]"
    gpu = "gpu: {units: 2, attributes: {vendor: {nvidia: [{model: a100, ram: 80Gi}, {model: h100}]}}}"
    got = compiled(
        ("storage:\n          size: 512Mi", f"{volumes}\n        {gpu}"),
        ("    expose:", "    params: {storage: {d: {mount: /d}}}\n    expose:"),
    )
    (group,) = resources(got)
    assert (group.ephemeral_bytes, group.persistent_bytes) == (GI, 5 * GI)
    assert (group.gpus, group.gpu_models) == (2, ("a100/ram/80Gi", "h100"))


def test_the_ceiling_in_dollars_follows_the_price_model(compiled: Compile) -> None:
    """1000 uact per block of 6 s are 0.6 dollars per hour."""
    (group,) = resources(compiled())
    assert group.usd_per_hour(PriceModel.api()) == Decimal("0.6")
    assert group.usd_per_month(PriceModel.api()) == Decimal("0.6") * 24 * Decimal("30.437")


def test_akt_has_a_value_in_dollars_only_with_a_rate(compiled: Compile) -> None:
    (group,) = resources(compiled(("uact", "uakt")))
    assert group.usd_per_hour(PriceModel.api()) is None
    assert group.usd_per_month(PriceModel.api()) is None
    assert group.usd_per_hour(PriceModel.api(), akt_usd=Decimal(2)) == Decimal("1.2")


def test_numbers_that_are_none_count_as_nothing(compiled: Compile) -> None:
    got = compiled(("size: 512Mi", "size: .Gi"), ("amount: 1000", "amount: .inf"))
    (group,) = resources(got)
    assert (group.memory_bytes, group.max_price) == (0, (Coin("uact", Decimal(0)),))
    assert len(got.warnings) == 2


def test_an_sdl_with_errors_asks_for_nothing(compiled: Compile) -> None:
    assert resources(compiled(("image:", "imagine:"))) == ()
