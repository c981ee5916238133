"""Step 4: accept one bid per group and hand over the manifest; retry what is safe, explain what failed.

Leasing is idempotent on the service (contract §5), so a lost answer or a busy provider is tried again: a lease that
exists is kept and only its manifest is sent once more.
"""

from __future__ import annotations

from collections.abc import Sequence

from akash_nb import certificates
from akash_nb.client import deployments
from akash_nb.client import leases as api
from akash_nb.client.call import Flow, Sleep, send
from akash_nb.errors import (
    AkashError,
    APIError,
    BidExpiredError,
    CertificateError,
    ConnectionFailedError,
    InvalidRequestError,
    LeaseFailedError,
    NotFoundError,
    ServiceError,
)
from akash_nb.flows.certificate import ensure_certificate
from akash_nb.flows.context import Context
from akash_nb.models import CertificatePair, DeploymentStatus, Offer

#: A busy provider is asked again this often, this many seconds apart (the Console pushes 3 times, 6 s apart).
BUSY_ROUNDS = 3
BUSY_PAUSE_S = 6.0

#: The provider's own TLS certificate is not accepted (contract §3).
_PROVIDER_TLS = 495


def lease(
    context: Context, dseq: str, manifest: str, offers: Sequence[Offer], pair: CertificatePair | None
) -> Flow[DeploymentStatus]:
    """Accept these bids and start the workload.

    Raises:
        BidExpiredError: A chosen bid is gone and no lease was made.
        LeaseFailedError: It failed for good; `.cause` and `.lease_exists` say where it stands.
    """
    detail = {"bids": [offer.key for offer in offers], "providers": [offer.name for offer in offers]}
    note = context.journal.asked("lease", dseq, detail, context.now())
    try:
        status = yield from _accept(context, dseq, manifest, offers, pair)
    except AkashError as failure:
        error = yield from _explain(context, dseq, failure)
        (note.unknown if getattr(error, "lease_exists", None) is None else note.refused)(error.what)
        raise error from None
    note.done(", ".join(item.id.key for item in status.live_leases))
    return status


def _accept(
    context: Context, dseq: str, manifest: str, offers: Sequence[Offer], pair: CertificatePair | None
) -> Flow[DeploymentStatus]:
    if pair is not None:
        certificates.valid_until(pair, context.now())
    ids = [offer.bid.id for offer in offers]
    rounds = 0
    while True:
        try:
            return (yield from send(api.create(manifest, ids, certificate=pair)))
        except InvalidRequestError as refusal:
            if pair is not None or not _wants_certificate(refusal):
                raise
            context.say("The service asks for a certificate: making one.")
            pair = (yield from ensure_certificate(context)).pair
            if pair is None:
                raise _no_certificate() from None
        except (ServiceError, ConnectionFailedError) as failure:
            rounds += 1
            if rounds == BUSY_ROUNDS:
                raise
            context.say(f"The provider did not answer in time. Asking again ({rounds + 1} of {BUSY_ROUNDS}).")
            yield Sleep(BUSY_PAUSE_S, failure.what)


def _explain(context: Context, dseq: str, failure: AkashError) -> Flow[AkashError]:
    """What a failed lease means, after looking at what exists now."""
    if isinstance(failure, CertificateError):
        return _failed(failure.what, "certificate", False, todo=failure.todo)
    exists = yield from _lease_exists(dseq)
    if getattr(failure, "status", 0) == _PROVIDER_TLS:
        return _failed(failure.what, "other", exists, todo="The provider's own certificate is bad: pick another bid.")
    text = failure.message if isinstance(failure, APIError) else failure.what
    lowered = text.lower()
    if exists is False and ("no longer open" in lowered or "bid not found" in lowered):
        return expired(text)
    if exists is False and "matched or closed" in lowered:
        return _failed(text, "bid_gone", False, todo="Close this deployment and create it again: its order is gone.")
    if "certificate" in lowered or "certpem" in lowered or "keypem" in lowered:
        return _failed(
            text, "certificate", exists, todo="Make a new pair with session.certificate(new=True) and lease again."
        )
    if isinstance(failure, ServiceError | ConnectionFailedError):
        return _failed(
            text, "provider_busy", exists, todo="Lease again: it is safe to repeat. Or pick another bid, or close."
        )
    if "version validation" in lowered:
        todo = "The chain holds the hash of another manifest: send the SDL with update(), then lease again, or close."
        return _failed(text, "manifest", exists, todo=todo)
    if isinstance(failure, InvalidRequestError | NotFoundError):
        return _failed(text, "manifest", exists, todo="Check the SDL, then lease again or close the deployment.")
    return _failed(text, "other", exists, todo=failure.todo)


def _lease_exists(dseq: str) -> Flow[bool | None]:
    try:
        status = yield from send(deployments.get(dseq))
    except AkashError:
        return None
    return bool(status.live_leases)


def _no_certificate() -> CertificateError:
    return CertificateError(
        "The service asks for a certificate and makes none.",
        means="No lease was made.",
        todo="Close the deployment, and report this: the service speaks neither dialect of the API.",
    )


def _wants_certificate(refusal: InvalidRequestError) -> bool:
    problems = refusal.data if isinstance(refusal.data, list) else []
    return any("certificate" in (problem.get("path") or ()) for problem in problems if isinstance(problem, dict))


def expired(text: str) -> BidExpiredError:
    """The error of a bid that cannot be leased any more."""
    return BidExpiredError(
        f"The chosen bid is gone: {text}",
        means="No lease was made; the deposit is still in the deployment's escrow.",
        todo="Read the bids again and choose an open one; if none is left, close and create again.",
    )


def _failed(text: str, cause: str, exists: bool | None, *, todo: str) -> LeaseFailedError:
    means = {
        True: "The lease exists and is being paid from the escrow, but the workload may not run.",
        False: "No lease was made; the deposit is still in the deployment's escrow.",
        None: "Whether a lease exists could not be found out.",
    }[exists]
    return LeaseFailedError(f"The lease failed: {text}", cause=cause, lease_exists=exists, means=means, todo=todo)
