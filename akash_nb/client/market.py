"""The market as a whole: GPUs, prices, capacity, and who could take a workload (contract §6); public."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from akash_nb.client.call import Call, Flow, send
from akash_nb.client.inputs import segment
from akash_nb.client.operation import C_co, Resource, operation
from akash_nb.models import (
    Candidate,
    CloudPrices,
    ComputeSpec,
    GPUDay,
    GPUModel,
    GPUPrice,
    GPUSupply,
    MarketData,
    NetworkCapacity,
)
from akash_nb.models.market import gpu_models as read_gpu_models
from akash_nb.models.market import gpu_supplies

#: The service takes no more specs and no longer body in one call for prices (contract §1, §6).
_SPECS_PER_CALL = 10
_PRICING_BYTES = 512


def gpu(
    *, provider: str | None = None, vendor: str | None = None, model: str | None = None, memory_size: str | None = None
) -> Call[tuple[GPUSupply, ...]]:
    """GPUs of the network by kind, those in use included; by vendor, model, memory and interface.

    Args:
        provider: Only this provider's: an address or a host URI.
        memory_size: Only with exactly this memory, such as `24Gi`.
    """
    filters = {"provider": provider, "vendor": vendor, "model": model, "memory_size": memory_size}
    return Call("getGpu", "GET", "/v1/gpu", gpu_supplies, params=_given(filters))


def gpu_models() -> Call[tuple[GPUModel, ...]]:
    """Every GPU model an SDL can ask for, with the memory sizes and interfaces it comes in."""
    return Call("listGpuModels", "GET", "/v1/gpu-models", read_gpu_models)


def gpu_breakdown(*, vendor: str | None = None, model: str | None = None) -> Call[tuple[GPUDay, ...]]:
    """GPUs and their use, one entry per day and model, days ascending."""
    params = _given({"vendor": vendor, "model": model})
    return Call("getGpuBreakdown", "GET", "/v1/gpu-breakdown", _gpu_days, params=params)


def gpu_prices() -> Call[tuple[GPUPrice, ...]]:
    """US dollars per GPU and hour by kind of GPU, from the bids of the last 31 days on one GPU; up to 15 min old."""
    return Call("listGpuPrices", "GET", "/v1/gpu-prices", _gpu_prices)


def pricing(specs: Iterable[ComputeSpec]) -> Flow[tuple[CloudPrices, ...]]:
    """US dollars per month for machines, here and at three large clouds, in the order given; without GPUs.

    Any number of specs: the service takes ten, or 512 bytes, at a time.
    """
    prices: list[CloudPrices] = []
    for batch in _batches(specs):
        prices += yield from send(_pricing(batch))
    return tuple(prices)


def screen(
    group: Mapping[str, Any], *, timezone: str = "UTC", reclamation_window_s: int | None = None
) -> Call[tuple[Candidate, ...]]:
    """Online providers that could take a group now, in no order; no order is made and nothing is spent.

    A candidate may still not bid, and a provider may ask more than your price: the price is not looked at.

    Args:
        group: One group of a compiled SDL (`Compiled.groups`).
        timezone: IANA name of the zone whose days the incidents are counted in.
        reclamation_window_s: Only providers that give at least so much notice, in seconds.
    """
    body: dict[str, Any] = {
        "resources": [_screening_unit(unit) for unit in group["resources"]],
        "timezone": timezone,
        "requirements": dict(group.get("requirements") or {}),
    }
    if reclamation_window_s is not None:
        body["reclamationWindow"] = reclamation_window_s
    return Call("screenProviders", "POST", "/v1/bid-screening", _candidates, json=body, timeout_s=60)


def market_data(coin: str = "akt") -> Call[MarketData]:
    """The price of AKT in US dollars, up to 10 minutes old."""
    return Call("getMarketData", "GET", f"/v1/market-data/{segment(coin)}", MarketData.from_wire)


def network_capacity() -> Call[NetworkCapacity]:
    """What the active providers have together, leased and free."""
    return Call("getNetworkCapacity", "GET", "/v1/network-capacity", NetworkCapacity.from_wire)


def blockchain_status() -> Call[bool]:
    """Whether the service reaches a node of the chain; without one it cannot create, lease or close."""
    return Call(
        "getBlockchainStatus", "GET", "/v1/blockchain-status", lambda value: bool(value["isBlockchainReachable"])
    )


class Market(Resource[C_co]):
    """The market as a whole."""

    gpu = operation(gpu)
    gpu_models = operation(gpu_models)
    gpu_breakdown = operation(gpu_breakdown)
    gpu_prices = operation(gpu_prices)
    pricing = operation(pricing)
    screen = operation(screen)
    market_data = operation(market_data)
    network_capacity = operation(network_capacity)
    blockchain_status = operation(blockchain_status)


def _given(filters: Mapping[str, str | None]) -> dict[str, str | int]:
    return {name: value for name, value in filters.items() if value is not None}


def _batches(specs: Iterable[ComputeSpec]) -> Iterator[list[ComputeSpec]]:
    """As few calls as both limits allow; a body is `[a,b,c]` without blanks."""
    batch: list[ComputeSpec] = []
    size = 2
    for spec in specs:
        length = len(json.dumps(spec.to_wire(), separators=(",", ":"))) + 1
        if batch and (len(batch) == _SPECS_PER_CALL or size + length - 1 > _PRICING_BYTES):
            yield batch
            batch, size = [], 2
        batch.append(spec)
        size += length
    if batch:
        yield batch


def _pricing(batch: list[ComputeSpec]) -> Call[tuple[CloudPrices, ...]]:
    return Call(
        "getPricing",
        "POST",
        "/v1/pricing",
        lambda value: tuple(CloudPrices.from_wire(spec, item) for spec, item in zip(batch, value, strict=True)),
        json=[spec.to_wire() for spec in batch],
    )


def _screening_unit(unit: Mapping[str, Any]) -> dict[str, Any]:
    """A unit of a compiled group in the words of this endpoint: `quantity` for size, `sequenceNumber`, whole prices."""
    resource = unit["resource"]
    price = unit["price"]
    return {
        "resource": {
            "id": resource["id"],
            "cpu": resource["cpu"],
            "memory": _with_quantity(resource["memory"]),
            "gpu": resource.get("gpu") or {"units": {"val": "0"}},
            "storage": [_with_quantity(volume) for volume in resource["storage"]],
            "endpoints": [_endpoint(endpoint) for endpoint in resource.get("endpoints") or ()],
        },
        "count": unit["count"],
        # Only digits are taken, and nobody looks at it.
        "price": {"denom": price["denom"], "amount": str(price["amount"]).partition(".")[0]},
    }


def _with_quantity(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"quantity" if key == "size" else key: item for key, item in value.items()}


def _endpoint(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"sequenceNumber" if key == "sequence_number" else key: item for key, item in value.items()}


def _gpu_days(value: Any) -> tuple[GPUDay, ...]:
    return tuple(GPUDay.from_wire(item) for item in value)


def _gpu_prices(value: Any) -> tuple[GPUPrice, ...]:
    return tuple(GPUPrice.from_wire(item) for item in value["models"])


def _candidates(value: Any) -> tuple[Candidate, ...]:
    return tuple(Candidate.from_wire(item) for item in value["providers"])
