"""How a deployment is: read it, wait until it runs, stop where it is over."""

from __future__ import annotations

from collections.abc import Callable

from akash_nb.client import deployments as api
from akash_nb.client.call import Flow, Sleep, send
from akash_nb.errors import AkashError, InvalidInputError
from akash_nb.models import DeploymentStatus

_READY_POLL_S = 5.0


def wait_until_ready(
    dseq: str, *, timeout_s: float, on_status: Callable[[DeploymentStatus], None]
) -> Flow[DeploymentStatus]:
    """Poll until every service of every lease has all replicas up, nothing is leased any more, or time is over.

    Args:
        timeout_s: Seconds to wait at most, counted in pauses.
        on_status: Told each answer.

    Returns:
        The last status; look at `is_ready`.
    """
    waited = 0.0
    while True:
        status = yield from send(api.get(dseq))
        on_status(status)
        if status.is_ready or not status.live_leases or waited >= timeout_s:
            return status
        yield Sleep(_READY_POLL_S)
        waited += _READY_POLL_S


def read_state(dseq: str) -> Flow[DeploymentStatus | None]:
    """The deployment; None when it cannot be read, which must not hide what has just been done."""
    try:
        return (yield from send(api.get(dseq)))
    except AkashError:
        return None


def refuse_closed(status: DeploymentStatus) -> None:
    """Stop before something is sent to a deployment that is over.

    Raises:
        InvalidInputError: It is closed.
    """
    if not status.is_open:
        raise InvalidInputError(
            f"Deployment {status.dseq} is closed.",
            means="Nothing was sent; what was left of its deposit is back in the wallet.",
            todo="Create it anew with session.deploy().",
        )


def refuse_ended(status: DeploymentStatus) -> None:
    """Stop before something is asked of a lease that its provider has given up (contract §8).

    Raises:
        InvalidInputError: There were leases, and none is live.
    """
    if status.leases and not status.live_leases:
        why = ", ".join(dict.fromkeys(lease.trouble for lease in status.leases))
        raise InvalidInputError(
            f"The lease of deployment {status.dseq} has ended ({why}).",
            means="Nothing runs and nothing is paid; what is left of the deposit stays in escrow.",
            todo="Close it, and create it again: no new bids come for this one.",
        )
