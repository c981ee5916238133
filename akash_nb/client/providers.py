"""Providers of the network (contract §6); public."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from akash_nb.client.call import Call, Flow, send
from akash_nb.client.inputs import segment
from akash_nb.client.operation import C_co, Resource, operation
from akash_nb.models import AttributeRule, Auditor, LeasesGraph, Provider, ProviderDeployment, Region

#: The service refuses more addresses in one call (contract §6).
_ADDRESSES_PER_CALL = 20

_PAGE = 100


def list_all(*, trial: bool = False) -> Call[tuple[Provider, ...]]:
    """All providers, offline ones included, one entry per host; in order of their creation.

    Args:
        trial: Only those open to trial accounts.
    """
    return Call("listProviders", "GET", "/v1/providers", _providers, params={"scope": "trial"} if trial else {})


def by_address(addresses: Iterable[str]) -> Flow[dict[str, Provider]]:
    """The providers with these addresses, by address; unknown ones are missing from the answer."""
    wanted = list(dict.fromkeys(addresses))
    found: dict[str, Provider] = {}
    for start in range(0, len(wanted), _ADDRESSES_PER_CALL):
        chunk = wanted[start : start + _ADDRESSES_PER_CALL]
        answer = yield from send(
            Call("listProviders", "GET", "/v1/providers", _providers, params={"addresses": ",".join(chunk)})
        )
        found.update((provider.owner, provider) for provider in answer)
    return found


def get(address: str) -> Call[Provider]:
    """One provider, with the checks of the last 24 hours.

    Raises:
        NotFoundError: No such provider.
    """
    return Call("getProvider", "GET", f"/v1/providers/{segment(address)}", Provider.from_wire)


def auditors() -> Call[tuple[Auditor, ...]]:
    """Who vouches for providers. The service shows only bids of providers that one of them signed."""
    return Call("listAuditors", "GET", "/v1/auditors", lambda value: tuple(map(Auditor.from_wire, value)))


def regions() -> Call[tuple[Region, ...]]:
    """Every region a provider can state, with the providers in it."""
    return Call("listProviderRegions", "GET", "/v1/provider-regions", lambda value: tuple(map(Region.from_wire, value)))


def attributes_schema() -> Call[dict[str, AttributeRule]]:
    """What providers may state about themselves, by name of the attribute."""
    return Call("getProviderAttributesSchema", "GET", "/v1/provider-attributes-schema", _rules)


def leases_graph(address: str) -> Call[LeasesGraph]:
    """Active leases of a provider, day by day."""
    path = f"/v1/providers/{segment(address)}/active-leases-graph-data"
    return Call("getProviderLeasesGraph", "GET", path, LeasesGraph.from_wire)


def deployments(
    address: str, *, state: Literal["active", "closed"] | None = None, limit: int = 100
) -> Flow[tuple[ProviderDeployment, ...]]:
    """Deployments that ran at a provider, newest first, of either state where none is given.

    Args:
        limit: How many at most; a page holds 100.
    """
    found: dict[tuple[str, str], ProviderDeployment] = {}
    while len(found) < limit:
        page = yield from send(_deployments_page(address, state, len(found), min(_PAGE, limit - len(found))))
        fresh = {(item.owner, item.dseq): item for item in page if (item.owner, item.dseq) not in found}
        if not fresh:
            break
        found.update(fresh)
    return tuple(found.values())


class Providers(Resource[C_co]):
    """Providers of the network."""

    list = operation(list_all)
    by_address = operation(by_address)
    get = operation(get)
    auditors = operation(auditors)
    regions = operation(regions)
    attributes_schema = operation(attributes_schema)
    leases_graph = operation(leases_graph)
    deployments = operation(deployments)


def _providers(value: Any) -> tuple[Provider, ...]:
    return tuple(Provider.from_wire(item) for item in value)


def _rules(value: Any) -> dict[str, AttributeRule]:
    return {name: AttributeRule.from_wire(name, rule) for name, rule in value.items()}


def _deployments_page(address: str, state: str | None, skip: int, size: int) -> Call[tuple[ProviderDeployment, ...]]:
    return Call(
        "listProviderDeployments",
        "GET",
        f"/v1/providers/{segment(address)}/deployments/{skip}/{size}",
        lambda value: tuple(ProviderDeployment.from_wire(item) for item in value["deployments"]),
        params={"status": state} if state else {},
    )
