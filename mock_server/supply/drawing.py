"""Providers drawn by chance: what a seed and a name or number make of them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from mock_server.supply.catalogue import CLASSIC_COMPANIES, CLASSIC_GPUS, COMPANIES, GPU_MODELS, GpuModel
from mock_server.supply.places import CLASSIC_PLACES, PLACES, Place
from mock_server.supply.provider import GI, GpuStock, Prices, Provider
from mock_server.supply.sizes import FLEETS
from mock_server.world import chance
from mock_server.world.state import Load

#: The models that GPU farms have, one each in turn, on SXM boards.
FARMED = ("h100", "h200", "a100", "b200")

#: What some providers of the larger fleets are for, by the last digit of their number: GPU farms with nodes of eight,
#: fit for confidential work, and big machines that advertise chia plotting. Large SDL files need them; chance might
#: not.
ROLES = {3: "farm", 6: "plotter"}


def _lottery_of(models: Iterable[GpuModel]) -> list[GpuModel]:
    """Each model as often as its weight says."""
    return [gpu for gpu in models for _ in range(gpu.weight)]


_CLASSIC_LOTTERY, WIDE_LOTTERY = _lottery_of(CLASSIC_GPUS), _lottery_of(GPU_MODELS)
#: Seven of ten providers hardly ever fail, one often does.
RELIABILITIES = ("steady",) * 7 + ("fair",) * 2 + ("shaky",)
#: Persistent classes on offer besides `ram`, which every provider has.
_STORAGE_CLASSES: tuple[tuple[str, ...], ...] = (
    (),
    ("beta3",),
    ("beta3",),
    ("beta2",),
    ("beta1", "beta3"),
    ("beta2", "beta3"),
)


class Identity(NamedTuple):
    """Where a provider stands, whose it is, and under which host name."""

    place: Place
    organization: str
    domain: str
    host: str


def providers(seed: int, name: str, count: int) -> list[Provider]:
    """That many providers of the kind that a fleet's name asks for."""
    make = {"small": _small, "default": _default}.get(name, _wide)
    return [make(seed, number) for number in range(count)]


def _small(seed: int, number: int) -> Provider:
    """All are online and never fail, and all but the last are audited, so that lessons have no gaps."""
    place = CLASSIC_PLACES[number % len(CLASSIC_PLACES)]
    return drawn(
        seed,
        number,
        _identity(number, place, CLASSIC_COMPANIES),
        lottery=_CLASSIC_LOTTERY,
        audited=number != FLEETS["small"] - 1,
        online=True,
        reliability="always",
    )


def _default(seed: int, number: int) -> Provider:
    place = chance.pick(CLASSIC_PLACES, seed, "fleet", number, "place")
    return _numbered(seed, number, place, CLASSIC_COMPANIES, _CLASSIC_LOTTERY)


def _wide(seed: int, number: int) -> Provider:
    """Goes round the world in long steps, so that a fleet of some size is everywhere."""
    first = chance.below(len(PLACES), seed, "fleet", "first place")
    return _numbered(seed, number, PLACES[(first + 37 * number) % len(PLACES)], COMPANIES, WIDE_LOTTERY)


def _numbered(
    seed: int, number: int, place: Place, companies: tuple[tuple[str, str], ...], lottery: list[GpuModel]
) -> Provider:
    """One of many. Two of sixty are always off and one is never audited: a market without such hides half the rules.

    Farms are never off, unaudited or shy: few providers have the large models, and each must find a bidder.
    """
    key = ("fleet", number)
    role = ROLES.get(number % 10, "")
    sure = role == "farm"
    return drawn(
        seed,
        number,
        _identity(number, place, companies),
        lottery=lottery,
        role=role,
        audited=number != FLEETS["small"] - 1 and (sure or chance.happens(80, seed, *key, "audited")),
        online=sure or (number not in (17, 41) and chance.happens(96, seed, *key, "online")),
        reliability="always" if sure else chance.pick(RELIABILITIES, seed, *key, "reliability"),
    )


def _identity(number: int, place: Place, companies: tuple[tuple[str, str], ...]) -> Identity:
    organization, domain = companies[number % len(companies)]
    site = place.city.lower().replace(" ", "")[:3]
    return Identity(place, organization, f"{domain}.example", f"{site}{number // len(companies) + 1}.{domain}.example")


def drawn(
    seed: int,
    ident: int | str,
    identity: Identity,
    *,
    lottery: list[GpuModel],
    audited: bool,
    online: bool,
    reliability: str,
    role: str = "",
) -> Provider:
    """A provider that is drawn by chance, but for what is given. `ident` names its draws."""
    key = ("fleet", ident)
    prices = _prices(seed, ident)
    factor = gpu_factor(seed, ident)
    gpus = _farm_gpus(seed, ident, factor) if role == "farm" else _gpus(seed, ident, lottery, factor)
    nodes = chance.between(2, 12, seed, *key, "nodes")
    total, others = _hardware(seed, ident, nodes, gpus, role)
    return Provider(
        address=chance.address(seed, *key, "address"),
        host=identity.host,
        organization=identity.organization,
        domain=identity.domain,
        place=identity.place,
        tier="community" if chance.happens(70, seed, *key, "tier") else "akash",
        audited=audited,
        online=online,
        total=total,
        others=others,
        nodes=nodes,
        gpus=gpus,
        storage_classes=("beta2", "beta3") if role == "farm" else chance.pick(_STORAGE_CLASSES, seed, ident),
        leased_ips=chance.happens(45, seed, *key, "ip"),
        custom_domains=chance.happens(80, seed, *key, "domains"),
        prices=prices,
        created_height=chance.between(11_000_000, 23_000_000, seed, *key, "created"),
        akash_version=chance.pick(("0.10.0", "0.10.0", "0.10.1", "0.9.2"), seed, *key, "version"),
        shyness=0 if role == "farm" else chance.between(0, 45, seed, *key, "shyness"),
        role=role,
        reliability=reliability,
    )


def _gpus(seed: int, ident: int | str, lottery: list[GpuModel], factor: Decimal) -> tuple[GpuStock, ...]:
    """None for four of ten providers, else one or two models."""
    key = ("fleet", ident, "gpu")
    if chance.happens(40, seed, *key, "none"):
        return ()
    found = {g.model: g for g in (chance.pick(lottery, seed, *key, i) for i in range(1 + chance.below(2, seed, *key)))}
    stocks = []
    for gpu in found.values():
        per_node = chance.pick((4, 8) if gpu.interface == "sxm" else (1, 2, 4, 8), seed, *key, gpu.model, "node")
        total = per_node * chance.between(1, 4, seed, *key, gpu.model, "nodes")
        others = min(total, total * chance.between(20, 100, seed, *key, gpu.model, "others") // 100)
        stocks.append(GpuStock(gpu, total, others, per_node, gpu.usd_hour * factor))
    return tuple(stocks)


def _farm_gpus(seed: int, number: int | str, factor: Decimal) -> tuple[GpuStock, ...]:
    """Nodes of eight of one of the large models, at least one node free."""
    key = ("fleet", number, "farm")
    model = FARMED[int(number) // 10 % len(FARMED)]
    gpu = next(gpu for gpu in CLASSIC_GPUS if gpu.model == model and gpu.interface == "sxm")
    total = 8 * chance.between(3, 8, seed, *key, "total")
    return (GpuStock(gpu, total, 8 * chance.below(total // 8 - 1, seed, *key, "others"), 8, gpu.usd_hour * factor),)


def _hardware(seed: int, ident: int | str, nodes: int, gpus: tuple[GpuStock, ...], role: str) -> tuple[Load, Load]:
    """All that a provider has, and what its other tenants use of it."""
    key = ("fleet", ident, "hardware")
    cores = nodes * (192 if role else chance.pick((16, 32, 64, 96), seed, *key, "cores"))
    memory = cores * (8 if role else chance.pick((4, 4, 8), seed, *key, "memory")) * GI
    disk = nodes * (7680 if role else chance.pick((960, 1920, 3840), seed, *key, "disk")) * GI
    used = chance.between(10, 40, seed, *key, "used") if role else chance.between(15, 80, seed, *key, "used")
    total = Load(cores * 1000, memory, disk, disk * 2, {s.gpu.model: s.total for s in gpus})
    others = Load(
        cores * 10 * used,
        memory * used // 100,
        disk * used // 200,
        disk * used // 100,
        {s.gpu.model: s.others for s in gpus},
    )
    return total, others


def gpu_factor(seed: int, ident: int | str) -> Decimal:
    """The factor on the usual prices of GPUs."""
    return chance.decimal("0.85", "1.35", seed, "fleet", ident, "price", "gpu")


def _prices(seed: int, ident: int | str) -> Prices:
    key = ("fleet", ident, "price")
    return Prices.at(chance.decimal("0.6", "1.6", seed, *key), chance.between(5, 45, seed, *key, "load"))
