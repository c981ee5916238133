"""Providers, their regions, auditors and history (contract §6)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from msgspec import Raw
from msgspec.json import encode

from mock_server.supply import outages
from mock_server.supply.catalogue import AUDITOR, REGIONS
from mock_server.supply.fleet import by_address, fleet
from mock_server.supply.market import order_of_group
from mock_server.supply.provider import Provider, signed
from mock_server.web.call import Call, page_of
from mock_server.web.http import MockResponse, reply, text
from mock_server.web.javascript import printed, to_number
from mock_server.web.takes import takes
from mock_server.web.validate import Issues, Path, address, described, enum, number, obj, optional
from mock_server.world import chance
from mock_server.world.clock import DAY, HOUR, instant_of, iso
from mock_server.world.lifecycle import NOTHING, load_on, reserved_on
from mock_server.world.state import Deployment, Group, Load, World


@described(type="string", description="1 to 20 addresses, with commas between them.")
def _addresses(value: Any, path: Path, issues: Issues) -> list[str]:
    """A comma list of 1 to 20 addresses; blank entries do not count."""
    wanted = [part.strip() for part in str(value).split(",") if part.strip()]
    if not 1 <= len(wanted) <= 20:
        few = not wanted
        bound = {"code": "too_small", "minimum": 1} if few else {"code": "too_big", "maximum": 20}
        message = "Array must contain at least 1 element(s)" if few else "Array must contain at most 20 element(s)"
        shape = {**bound, "type": "array", "inclusive": True, "exact": False}
        issues.append({**shape, "message": message, "path": list(path)})
    return [address(entry, (*path, index), issues) for index, entry in enumerate(wanted)]


_PAGE = {"skip": number(minimum=0, coerce=True), "limit": number(minimum=1, maximum=100, coerce=True)}
_FILTER = obj(scope=optional(enum("all", "trial")), addresses=optional(_addresses))
_ADDRESS, _STATUS = obj(providerAddress=address), obj(status=optional(enum("active", "closed")))
_HOSTED = obj(provider=address, **_PAGE)


@takes(query=_FILTER)
def list_providers(call: Call) -> MockResponse:
    """GET /v1/providers: all by creation height, or those of `addresses`; the offline ones too."""
    wanted = call.query(_FILTER)
    known = fleet(call.world.seed, call.world.fleet)
    if "addresses" in wanted:
        known = tuple(p for p in known if p.address in wanted["addresses"])
    return reply([provider_json(call.world, provider) for provider in known])


def get_provider(call: Call) -> MockResponse:
    """GET /v1/providers/{address}: the list item and the checks of the last 24 hours."""
    provider = by_address(call.world.seed, call.world.fleet).get(call.path["address"])
    if provider is None:
        return text("Provider not found.", 404)
    # The schema of this one wants numbers where the list has null for "never up".
    return reply({**provider_json(call.world, provider), "uptime": _checks(call.world, provider)})


def list_auditors(call: Call) -> MockResponse:
    """GET /v1/auditors: the one whose signature the Console asks for."""
    entry = {"id": "akash-network", "name": "Akash Network", "address": AUDITOR, "website": "https://akash.network"}
    return reply([entry])


def list_regions(call: Call) -> MockResponse:
    """GET /v1/provider-regions: every region, with the providers in it."""
    providers = fleet(call.world.seed, call.world.fleet)
    return reply(
        [
            {"key": key, "description": label, "providers": [p.address for p in providers if p.place.key == key]}
            for key, label in REGIONS.items()
        ]
    )


@takes(params=_ADDRESS)
def leases_graph(call: Call) -> MockResponse:
    """GET /v1/providers/{providerAddress}/active-leases-graph-data: a month of daily counts."""
    owner = call.params(_ADDRESS)["providerAddress"]
    provider = by_address(call.world.seed, call.world.fleet).get(owner)
    if provider is None:
        nothing = {"currentValue": 0, "compareValue": 0, "snapshots": [], "now": {"count": 0}, "compare": {"count": 0}}
        return reply(nothing)
    today = call.world.now_ms // DAY
    base, own = other_leases(call.world, provider), load_on(call.world, owner).leases
    snapshots = []
    for day in range(today - 29, today + 1):
        drift = chance.between(-3, 3, call.world.seed, "leases", owner, day)
        value = max(0, base + drift) + (own if day == today else 0)
        snapshots.append({"date": iso(day * DAY), "value": value})
    now, before = snapshots[-1]["value"], snapshots[-2]["value"]
    body = {"currentValue": now, "compareValue": before, "snapshots": snapshots}
    return reply({**body, "now": {"count": now}, "compare": {"count": before}})


@takes(params=_HOSTED, query=_STATUS)
def list_deployments(call: Call) -> MockResponse:
    """GET /v1/providers/{provider}/deployments/{skip}/{limit}: this world's deployments there, newest first."""
    page = call.params(_HOSTED)
    status = call.query(_STATUS).get("status")
    found = [
        deployment
        for deployment in call.world.deployments.values()
        if any(lease.provider == page["provider"] for lease in deployment.leases) and status in (None, deployment.state)
    ]
    found.sort(key=lambda d: int(d.dseq), reverse=True)
    shown = page_of(found, page["skip"], page["limit"])
    return reply({"total": len(found), "deployments": [_hosted_json(call.world, d, page["provider"]) for d in shown]})


def other_leases(world: World, provider: Provider) -> int:
    """How many leases a provider's tenants outside this simulation have; the chain knows nothing of outages."""
    return chance.between(3, 120, world.seed, "others", provider.address) if provider.online else 0


def provider_json(world: World, provider: Provider) -> dict[str, Any]:
    """A provider list item with the keys the API really sends."""
    now, place, attributes = world.now_ms, provider.place, provider.offered
    is_up, checked = outages.is_up(provider, now), iso(now // outages.CHECK_MS * outages.CHECK_MS)
    leases = other_leases(world, provider) + load_on(world, provider.address).leases
    day, week, month = (printed(share) or None for share in outages.uptimes(provider, now, 1, 7, 30))
    vendors = sorted({stock.gpu.vendor for stock in provider.gpus})
    return {
        "owner": provider.address,
        "name": f"provider.{provider.host}" if is_up else None,
        "hostUri": provider.host_uri,
        "createdHeight": provider.created_height,
        "email": attributes["email"],
        "website": attributes["website"],
        "lastCheckDate": checked,
        "deploymentCount": leases,
        "leaseCount": leases,
        "cosmosSdkVersion": "v0.53.0",
        "akashVersion": provider.akash_version,
        "ipRegion": place.region,
        "ipRegionCode": place.region_code,
        "ipCountry": place.country,
        "ipCountryCode": place.country_code,
        "ipLat": place.lat,
        "ipLon": place.lon,
        "stats": stats_json(world, provider),
        "gpuModels": [
            {"vendor": s.gpu.vendor, "model": s.gpu.model, "ram": s.gpu.ram, "interface": s.gpu.interface}
            for s in provider.gpus
        ],
        "uptime1d": day,
        "uptime7d": week,
        "uptime30d": month,
        "isValidVersion": True,
        "isOnline": is_up,
        "lastOnlineDate": checked if is_up else iso(outages.last_up_ms(provider, now)),
        "isAudited": provider.audited,
        "attributes": _attributes_json(provider),
        "host": attributes["host"],
        "organization": provider.organization,
        "statusPage": attributes["status-page"],
        "locationRegion": place.key,
        "country": place.country_code,
        "city": place.city,
        "timezone": place.timezone,
        "locationType": attributes["location-type"],
        "hostingProvider": None,
        "hardwareCpu": attributes["capabilities/cpu"],
        "hardwareCpuArch": attributes["capabilities/cpu/arch"],
        "hardwareGpuVendor": vendors[0] if vendors else None,
        "hardwareGpuModels": [stock.gpu.model for stock in provider.gpus],
        "hardwareDisk": ["nvme"],
        "featPersistentStorage": bool(provider.storage_classes),
        "featPersistentStorageType": list(provider.storage_classes),
        "hardwareMemory": attributes["capabilities/memory"],
        "networkProvider": None,
        "networkSpeedDown": to_number(attributes["network-speed-down"]),
        "networkSpeedUp": to_number(attributes["network-speed-up"]),
        "tier": provider.tier,
        "featEndpointCustomDomain": provider.custom_domains,
        "workloadSupportChia": False,
        "workloadSupportChiaCapabilities": [],
        "featEndpointIp": provider.leased_ips,
    }


def stats_json(world: World, provider: Provider) -> dict[str, Any]:
    """A provider's hardware in use, free and in all; zeros while it is down."""
    if not outages.is_up(provider, world.now_ms):
        return _NOTHING_THERE
    own, held = load_on(world, provider.address), reserved_on(world, provider.address)
    return _idle_stats(provider) if own == held == NOTHING else _stats(provider, own, held)


@lru_cache(maxsize=1 << 13)
def _idle_stats(provider: Provider) -> dict[str, Any]:
    """Of a provider that this world takes nothing of, as most are; kept, never changed."""
    return _stats(provider, NOTHING, NOTHING)


def _stats(provider: Provider, own: Load, held: Load) -> dict[str, Any]:
    used, total = provider.others.plus(own), provider.total
    ephemeral = amounts(used.ephemeral, held.ephemeral, total.ephemeral)
    persistent = amounts(used.persistent, held.persistent, total.persistent)
    return {
        "cpu": amounts(used.cpu, held.cpu, total.cpu),
        "gpu": amounts(*(sum(load.gpus.values()) for load in (used, held, total))),
        "memory": amounts(used.memory, held.memory, total.memory),
        "storage": {"ephemeral": ephemeral, "persistent": persistent, "total": summed([ephemeral, persistent])},
    }


@lru_cache(maxsize=1 << 13)
def _attributes_json(provider: Provider) -> Raw:
    """The attributes never change and are half of what is told of a provider, so they are kept as text."""
    auditors = signed(provider)
    return Raw(encode([{"key": k, "value": v, "auditedBy": auditors} for k, v in provider.offered.items()]))


def amounts(active: int, pending: int, total: int) -> dict[str, int]:
    """One resource as the API counts it: in use, held by open bids, free, in all."""
    return {"active": active, "available": total - active - pending, "pending": pending, "total": total}


def summed(parts: list[dict[str, int]]) -> dict[str, int]:
    """The amounts of several resources or providers together."""
    return {name: sum(part[name] for part in parts) for name in ("active", "available", "pending", "total")}


_NONE = amounts(0, 0, 0)
_NOTHING_THERE = {
    "cpu": _NONE,
    "gpu": _NONE,
    "memory": _NONE,
    "storage": {"ephemeral": _NONE, "persistent": _NONE, "total": _NONE},
}


def resources_json(group: Group) -> dict[str, int]:
    """What a group asks for in all: CPU in millicores, sizes in bytes."""
    units = order_of_group(group).units
    volumes = [(v, unit.count) for unit in units for v in unit.volumes]
    return {
        "cpu": sum(unit.cpu * unit.count for unit in units),
        "memory": sum(unit.memory * unit.count for unit in units),
        "gpu": sum(unit.gpu * unit.count for unit in units),
        "ephemeralStorage": sum(v.size * count for v, count in volumes if not v.persistent),
        "persistentStorage": sum(v.size * count for v, count in volumes if v.persistent),
    }


def _checks(world: World, provider: Provider) -> list[dict[str, Any]]:
    """One check an hour over the last day."""
    newest = world.now_ms // HOUR * HOUR
    return [
        {
            "id": chance.uuid(world.seed, "check", provider.address, at_ms),
            "isOnline": outages.is_up(provider, at_ms),
            "checkDate": iso(at_ms),
        }
        for at_ms in range(newest - 23 * HOUR, newest + HOUR, HOUR)
    ]


def _hosted_json(world: World, deployment: Deployment, provider: str) -> dict[str, Any]:
    leases = [lease for lease in deployment.leases if lease.provider == provider]
    own = [deployment.groups[lease.gseq - 1] for lease in leases]
    each = [resources_json(group) for group in own]
    account = deployment.escrow
    return {
        "owner": world.wallet.address,
        "dseq": deployment.dseq,
        "denom": "uact",
        "createdHeight": deployment.created_height,
        "createdDate": date_of(world, deployment.created_height),
        "closedHeight": deployment.closed_height,
        "closedDate": date_of(world, deployment.closed_height),
        "status": deployment.state,
        "balance": account.funds,
        "transferred": account.transferred,
        "settledAt": account.settled_at,
        "resources": {name: sum(one[name] for one in each) for name in resources_json(own[0])},
        "leases": [
            {
                "provider": lease.provider,
                "gseq": lease.gseq,
                "oseq": lease.oseq,
                "price": printed(float(lease.price)),
                "createdHeight": lease.created_height,
                "createdDate": date_of(world, lease.created_height),
                "closedHeight": lease.closed_height or None,
                "closedDate": date_of(world, lease.closed_height or None),
                "status": lease.state,
                "resources": resources,
            }
            for lease, resources in zip(leases, each, strict=True)
        ],
    }


def date_of(world: World, height: int | None) -> str | None:
    """When a block was made; None stays None."""
    return None if height is None else iso(instant_of(height, world.block_ms))
