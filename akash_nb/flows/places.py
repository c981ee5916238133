"""Where a deployment runs: its leases, the gateways of their providers, and the services there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from akash_nb.client import deployments as api
from akash_nb.client import providers
from akash_nb.client.call import Flow, send
from akash_nb.errors import InvalidInputError, StreamError
from akash_nb.flows.state import refuse_closed, refuse_ended
from akash_nb.ids import LeaseID
from akash_nb.models import DeploymentStatus


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of a deployment runs: a lease, its provider's gateway and name, and the services there.

    `services` is empty when the provider does not say.
    """

    lease: LeaseID
    host: str
    name: str
    services: tuple[str, ...]


def places(dseq: str, on_status: Callable[[DeploymentStatus], None]) -> Flow[tuple[Place, ...]]:
    """Where a deployment runs, by group.

    Raises:
        InvalidInputError: It is closed, or nothing is leased, or not any more.
    """
    status = yield from send(api.get(dseq))
    on_status(status)
    refuse_closed(status)
    refuse_ended(status)
    leases = status.live_leases
    if not leases:
        raise InvalidInputError(
            f"Deployment {dseq} has no lease, so nothing runs.",
            means="Nothing was asked for.",
            todo="Lease it first: deployment.lease().",
        )
    known = yield from providers.by_address(lease.id.provider for lease in leases)
    found = []
    for lease in leases:
        provider = known.get(lease.id.provider)
        names = tuple(service.name for service in lease.status.services) if lease.status else ()
        found.append(
            Place(
                lease.id, provider.host_uri if provider else "", provider.label if provider else "its provider", names
            )
        )
    return tuple(found)


def of_service(found: Sequence[Place], service: str | None) -> tuple[Place, ...]:
    """The places where a service may be; all without one.

    Raises:
        InvalidInputError: It is in none of them.
    """
    if service is None:
        return tuple(found)
    having = tuple(place for place in found if service in place.services)
    silent = tuple(place for place in found if not place.services)
    if not (having or silent):
        names = sorted({name for place in found for name in place.services})
        raise InvalidInputError(
            f"There is no service {service!r}.", means="Nothing was asked for.", todo=f"Name one of {', '.join(names)}."
        )
    return having or silent


def one_place(found: Sequence[Place], service: str | None) -> Place:
    """The place of a service; without one, the only place there is.

    Raises:
        InvalidInputError: There is no such service, or there are several places.
    """
    having = of_service(found, service)
    if len(having) > 1:
        raise _several([name for place in having for name in place.services], "runs at several providers")
    return having[0]


def one_service(found: Sequence[Place], service: str | None) -> tuple[Place, str]:
    """A service and where it is; without one, the only service there is.

    Raises:
        InvalidInputError: There is no such service, or there are several.
        StreamError: The provider does not say what runs.
    """
    if service is not None:
        return of_service(found, service)[0], service
    named = [(place, name) for place in found for name in place.services]
    if not named:
        raise StreamError(
            f"{found[0].name} does not say what runs: it cannot be reached, or has not started anything yet.",
            cause="failed",
            means="Nothing was run.",
            todo="Wait with deployment.wait_until_ready(), or name the service.",
        )
    if len(named) > 1:
        raise _several([name for _, name in named], "has several services")
    return named[0]


def _several(names: Sequence[str], why: str) -> InvalidInputError:
    return InvalidInputError(
        f"The deployment {why}.", means="Nothing was asked for.", todo=f"Name one service: {', '.join(names)}."
    )
