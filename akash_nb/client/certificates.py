"""Certificates: the first step of the guide dialect, removed from the live service (contract §5, §20)."""

from __future__ import annotations

from akash_nb.client.call import Call, Flow, Repeat, send
from akash_nb.client.operation import C_co, Resource, operation
from akash_nb.errors import InvalidRequestError, MissingRouteError
from akash_nb.models import CertificatePair


def create() -> Flow[CertificatePair | None]:
    """Make a new certificate pair; None where the service has no certificates any more (the key is the identity).

    Not repeated when its answer is lost: each one is published on chain. A lost one costs nothing, make another.
    """
    try:
        return (yield from send(_create()))
    except MissingRouteError:
        return None
    except InvalidRequestError as refusal:
        if "removed" in refusal.message:  # the constant 400 of the live service
            return None
        raise


def _create() -> Call[CertificatePair]:
    return Call(
        "createCertificate",
        "POST",
        "/v1/certificates",
        CertificatePair.from_wire,
        repeat=Repeat.NEVER,
        timeout_s=120,
        after_loss="A lost certificate costs nothing: make another.",
    )


class Certificates(Resource[C_co]):
    """Certificate pairs for providers."""

    create = operation(create)
