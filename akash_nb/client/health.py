"""Whether the service is well (contract §7)."""

from __future__ import annotations

from akash_nb.client.call import Call, Flow, send
from akash_nb.client.operation import C_co, Resource, operation
from akash_nb.errors import ServiceError
from akash_nb.models import Health, ServerStatus


def readiness() -> Flow[Health]:
    """Whether the service can work now: it looks at each call."""
    return (yield from _probe("readiness"))


def liveness() -> Flow[Health]:
    """Whether the service is alive: up to a minute old, and it forgives itself one failure."""
    return (yield from _probe("liveness"))


def status() -> Call[ServerStatus]:
    """The service's version."""
    return Call("getStatus", "GET", "/status", ServerStatus.from_wire)


class HealthChecks(Resource[C_co]):
    """Whether the service is well."""

    readiness = operation(readiness)
    liveness = operation(liveness)
    status = operation(status)


def _probe(kind: str) -> Flow[Health]:
    """An unwell service answers 500 with the same content, after the retries of every read."""
    try:
        return (yield from send(Call(f"get{kind.title()}", "GET", f"/v1/healthz/{kind}", Health.from_wire)))
    except ServiceError as unwell:
        if isinstance(unwell.data, dict) and {"postgres", "jobQueue"} <= unwell.data.keys():
            return Health.from_wire(unwell.data)
        raise
