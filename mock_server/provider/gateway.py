"""A provider's own gateway, as it is behind the proxy: who may do what there, and its answers (contract §17, §18)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mock_server.provider.contact import submit_manifest
from mock_server.supply.provider import Provider
from mock_server.web.call import Call
from mock_server.web.http import ApiError, MockResponse, reply, text
from mock_server.world import lifecycle
from mock_server.world.state import Deployment, Lease, World
from mock_server.world.wire import lease_status

#: What providers say in the name of their Kubernetes client.
NO_SERVICE = "kube: no service for that lease"
#: Which permission of a token a stream asks for, and the paths of streams.
SCOPES = {"logs": "logs", "kubeevents": "events", "shell": "shell"}
STREAM_PATH = rf"/lease/(?P<dseq>[^/]+)/(?P<gseq>[^/]+)/(?P<oseq>[^/]+)/(?P<stream>{'|'.join(SCOPES)})"
_UINT64 = 2**64


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a wallet's address, and what its token allows (None: everything, as a certificate does)."""

    owner: str
    leases: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class LeaseId:
    """Which lease a path means; a gateway serves one provider, so that one is not named. `gseq` 0 means all."""

    dseq: str
    gseq: int = 0
    oseq: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request on its way through a gateway. `path` are the parameters of its path."""

    call: Call
    provider: Provider
    caller: Caller | None
    path: dict[str, str]
    body: str

    def lease_id(self) -> LeaseId:
        """The lease, or the whole deployment, that the path names."""
        return parse_lease_id(*(self.path[name] for name in ("dseq", "gseq", "oseq") if name in self.path))


def answer(call: Call, provider: Provider, caller: Caller | None, method: str, path: str, body: str) -> MockResponse:
    """A gateway's answer to one HTTP request, refusals included."""
    allowed = False
    for verb, pattern, endpoint in _PATHS:
        found = pattern.fullmatch(path)
        if found and verb == method:
            try:
                return endpoint(Asked(call, provider, caller, found.groupdict(), body))
            except ApiError as refusal:
                return refusal.response
        allowed = allowed or found is not None
    return MockResponse(405) if allowed else go_text("404 page not found", 404)


def authorize(caller: Caller | None, world: World, provider: Provider, lease: LeaseId, scope: str | None) -> None:
    """Check that a caller may do something to a lease; without a scope any token for the provider will do.

    Raises:
        ApiError: 401.
    """
    if caller is None or caller.owner != world.wallet.address:
        raise refused(401, "unauthorized access")
    if caller.leases is not None and not _grants(caller.leases, provider.address, lease, scope):
        raise refused(401, "unauthorized access")


def refused(status: int, message: str) -> ApiError:
    """A gateway's refusal of a caller, ready to raise."""
    return ApiError(reply({"message": message}, status))


def parse_lease_id(dseq: str, gseq: str = "0", oseq: str = "0") -> LeaseId:
    """A lease from the numbers in a path.

    Raises:
        ApiError: 400.
    """
    for number in (dseq, gseq, oseq):
        if not (number.isascii() and number.isdigit()):
            raise ApiError(go_text(f'strconv.ParseUint: parsing "{number}": invalid syntax', 400))
        if int(number) >= _UINT64:
            raise ApiError(go_text(f'strconv.ParseUint: parsing "{number}": value out of range', 400))
    return LeaseId(str(int(dseq)), int(gseq), int(oseq))


def find_lease(world: World, provider: Provider, wanted: LeaseId) -> tuple[Deployment, Lease] | None:
    """The running lease of a provider with its deployment; None when it is not there or over."""
    deployment = world.deployments.get(wanted.dseq)
    for lease in lifecycle.active_leases(deployment) if deployment else []:
        if (lease.gseq, lease.oseq, lease.provider) == (wanted.gseq, wanted.oseq, provider.address):
            return (deployment, lease) if deployment else None
    return None


def services_of(deployment: Deployment, lease: Lease) -> list[dict[str, Any]]:
    """The services of a lease's manifest; none before it came."""
    if lease.manifest is None:
        return []
    name = deployment.groups[lease.gseq - 1].spec["name"]
    services: list[dict[str, Any]] = next((g["services"] for g in json.loads(lease.manifest) if g["name"] == name), [])
    return services


def go_text(message: str, status: int) -> MockResponse:
    """A plain text answer as Go's `http.Error` writes it: with a newline at the end."""
    response = text(f"{message}\n", status)
    return MockResponse(response.status, response.body, {**response.headers, "x-content-type-options": "nosniff"})


def _grants(leases: dict[str, Any], provider: str, lease: LeaseId, scope: str | None) -> bool:
    """Whether the `leases` of a token (contract §7) allow something."""
    if leases["access"] == "granular":
        return any(_permits(entry, lease, scope) for entry in leases["permissions"] if entry["provider"] == provider)
    return _covers(leases, scope)


def _permits(entry: dict[str, Any], lease: LeaseId, scope: str | None) -> bool:
    if entry["access"] != "granular":
        return _covers(entry, scope)
    named = entry.get("deployments")
    deployments = [each for each in named if isinstance(each, dict)] if isinstance(named, list) else []
    return any(_is_about(each, lease) and _covers({**each, "access": "scoped"}, scope) for each in deployments)


def _covers(holder: dict[str, Any], scope: str | None) -> bool:
    given = holder.get("scope")
    return scope is None or holder["access"] == "full" or (isinstance(given, list) and scope in given)


def _is_about(named: dict[str, Any], lease: LeaseId) -> bool:
    """Whether a granular entry names this lease; numbers that it leaves out mean all."""
    wanted = {"dseq": lease.dseq, "gseq": str(lease.gseq), "oseq": str(lease.oseq)}
    return all(str(named.get(name) or number) == number for name, number in wanted.items() if number != "0")


def _address(asked: Asked) -> MockResponse:
    return reply({"address": asked.provider.address})


def _version(asked: Asked) -> MockResponse:
    akash = {"name": "provider-services", "server_name": "provider-services", "version": asked.provider.akash_version}
    return reply({"akash": akash, "kube": {"major": "1", "minor": "30", "gitVersion": "v1.30.4"}})


def _status(asked: Asked) -> MockResponse:
    """What anybody may know: how much is going on, as far as this market goes."""
    return reply(
        {
            "cluster": {"leases": lifecycle.load_on(asked.call.world, asked.provider.address).leases},
            "bidengine": {"orders": 0},
            "manifest": {"deployments": 0},
            "cluster_public_hostname": f"provider.{asked.provider.host}",
            "address": asked.provider.address,
        }
    )


def _put_manifest(asked: Asked) -> MockResponse:
    wanted = asked.lease_id()
    authorize(asked.caller, asked.call.world, asked.provider, wanted, "send-manifest")
    deployment = asked.call.world.deployments.get(wanted.dseq)
    try:
        submit_manifest(asked.call, deployment, asked.provider.address, asked.body)
    except ApiError as refusal:
        # The API wraps these words in its own error body; the gateway itself says only them.
        raise ApiError(go_text(refusal.response.json()["message"].rstrip("\n"), refusal.response.status)) from None
    return MockResponse(200)


def _get_manifest(asked: Asked) -> MockResponse:
    deployment, lease = _leased(asked, "get-manifest", go_text("lease not found", 404))
    name = deployment.groups[lease.gseq - 1].spec["name"]
    return reply([group for group in json.loads(lease.manifest or "[]") if group["name"] == name])


def _lease_status(asked: Asked) -> MockResponse:
    deployment, lease = _leased(asked, "status", MockResponse(404))
    return reply(lease_status(asked.call.world, deployment, lease))


def _service_status(asked: Asked) -> MockResponse:
    absent = go_text("kube: no deployments for lease", 404)
    deployment, lease = _leased(asked, None, absent)
    status = lease_status(asked.call.world, deployment, lease) or {"services": {}}
    service = status["services"].get(asked.path["service"])
    return go_text(NO_SERVICE, 404) if service is None else reply(service)


def _stream(asked: Asked) -> MockResponse:
    """What only a WebSocket gets; to a plain request Go's upgrader says no more than this."""
    authorize(asked.caller, asked.call.world, asked.provider, asked.lease_id(), SCOPES[asked.path["stream"]])
    return go_text("Bad Request", 400)


def _leased(asked: Asked, scope: str | None, absent: MockResponse) -> tuple[Deployment, Lease]:
    """The lease that is asked about, once it has its manifest.

    Raises:
        ApiError: 400, 401; `absent` when there is no such lease, or nothing runs in it yet.
    """
    wanted = asked.lease_id()
    authorize(asked.caller, asked.call.world, asked.provider, wanted, scope)
    found = find_lease(asked.call.world, asked.provider, wanted)
    if found is None or found[1].manifest is None:
        raise ApiError(absent)
    return found


def _path(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))


_PATHS: list[tuple[str, re.Pattern[str], Callable[[Asked], MockResponse]]] = [
    ("GET", _path("/address"), _address),
    ("GET", _path("/version"), _version),
    ("GET", _path("/status"), _status),
    ("PUT", _path("/deployment/{dseq}/manifest"), _put_manifest),
    ("GET", _path("/lease/{dseq}/{gseq}/{oseq}/manifest"), _get_manifest),
    ("GET", _path("/lease/{dseq}/{gseq}/{oseq}/status"), _lease_status),
    ("GET", _path("/lease/{dseq}/{gseq}/{oseq}/service/{service}/status"), _service_status),
    ("GET", re.compile(STREAM_PATH), _stream),
]
