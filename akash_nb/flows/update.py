"""Step 5: send a changed SDL to what runs."""

from __future__ import annotations

from akash_nb import sdl
from akash_nb.client import deployments as api
from akash_nb.client.call import Flow, send
from akash_nb.errors import APIError, InvalidInputError, InvalidRequestError, ServiceError
from akash_nb.flows.context import Context
from akash_nb.flows.create import checked
from akash_nb.models import CertificatePair, DeploymentStatus


def update(
    context: Context, dseq: str, text: str, pair: CertificatePair | None, *, running: str = ""
) -> Flow[DeploymentStatus]:
    """Send a changed SDL to a running deployment: same dseq, same leases, no deposit. Safe to repeat.

    Args:
        running: The SDL that runs; empty where it is not known, so that only the provider can tell what it takes.

    Raises:
        SDLError: The SDL is wrong; nothing was sent.
        InvalidInputError: It changes what only a new deployment can have; nothing was sent.
        OverBudgetError: Its time is over, or a budget is overdrawn; nothing was sent.
        InvalidRequestError: The provider refused it; the old one keeps running.
    """
    compiled = checked(text)
    context.purse.refuse_update(dseq, context.now())
    if running and (changes := what_needs_a_new_deployment(running, text)):
        # The chain would take the new hash all the same, and nothing would fit it any more (contract §5).
        raise InvalidInputError(
            f"A running deployment cannot take this over:\n{changes}\n",
            means="Nothing was sent; what runs keeps running.",
            todo="Take that part back; or create a new deployment with it, and close this one.",
        )
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


def what_needs_a_new_deployment(running: str, text: str) -> str:
    """The changes that a running deployment cannot take over, a line each; empty when it can take over all, or when
    one of the texts is no SDL that can be deployed."""
    old, new = sdl.compile(running), sdl.compile(text)
    if not (old.ok and new.ok):
        return ""
    difference = sdl.diff(old, new)
    return "" if difference.in_place else "\n".join(f"  {change}" for change in difference if not change.in_place)
