"""Step 5: send a changed SDL to what runs."""

from __future__ import annotations

from akash_nb.client import deployments as api
from akash_nb.client.call import Flow, send
from akash_nb.errors import APIError, InvalidRequestError, ServiceError
from akash_nb.flows.context import Context
from akash_nb.flows.create import checked
from akash_nb.models import CertificatePair, DeploymentStatus


def update(context: Context, dseq: str, text: str, pair: CertificatePair | None) -> Flow[DeploymentStatus]:
    """Send a changed SDL to a running deployment: same dseq, same leases, no deposit. Safe to repeat.

    Raises:
        SDLError: The SDL is wrong; nothing was sent.
        InvalidRequestError: The provider refused it (resources cannot change in place); the old one keeps running.
    """
    compiled = checked(text)
    # Whole, before it leaves: the chain has the new hash first, and only this manifest fits it (contract §5).
    detail = {"version": compiled.version, "sdl": text, "manifest": compiled.manifest}
    note = context.journal.asked("update", dseq, detail, context.now())
    try:
        status = yield from send(api.update(dseq, text, certificate=pair))
    except APIError as refusal:
        (note.unknown if isinstance(refusal, ServiceError) else note.refused)(refusal.what)
        if isinstance(refusal, InvalidRequestError):
            refusal.todo = (
                "Other resources need a new deployment. Send the SDL that runs with update(), so that the chain's hash"
                " fits it again."
            )
        raise
    context.journal.updated(dseq, text, compiled.version, compiled.manifest)
    note.done()
    return status
