"""After a killed kernel: what is open on the service, matched with the journal; what was asked and never answered."""

from __future__ import annotations

from dataclasses import dataclass

from akash_nb import sdl
from akash_nb.client import deployments as api
from akash_nb.client.call import Flow
from akash_nb.flows.context import Context
from akash_nb.flows.create import manifest_of, unknown_to_journal
from akash_nb.models import DeploymentStatus


@dataclass(frozen=True, slots=True)
class Found:
    """An open deployment.

    Attributes:
        sdl: Its SDL; empty when it was not made from here.
        manifest: What its provider is handed; None when unknown, so that it can be closed but not leased.
        groups: How many groups need a bid each; at least 1.
        is_known: The journal knew it, or knew that it had been asked for.
    """

    status: DeploymentStatus
    sdl: str
    manifest: str | None
    groups: int
    is_known: bool


def find_open(context: Context) -> Flow[tuple[Found, ...]]:
    """All open deployments of the wallet, newest first; brings the journal up to date on the way."""
    listed = yield from api.list_all()
    _settle_unanswered(context, listed)
    open_now = {status.dseq for status in listed}
    for entry in context.journal.entries("open"):
        if entry.dseq and entry.dseq not in open_now:
            context.journal.closed(entry.dseq)
    return tuple(_found(context, status) for status in sorted(listed, key=lambda s: -int(s.dseq)))


def _settle_unanswered(context: Context, listed: tuple[DeploymentStatus, ...]) -> None:
    """Creates whose answer never came: the listed deployment with the same manifest hash is theirs."""
    for entry in context.journal.entries("asked", "unknown"):
        match = unknown_to_journal(context, entry.version, entry.asked_at, listed)
        manifest = manifest_of(entry)
        if match and manifest:
            context.journal.created(entry.id, match.dseq, manifest)
            context.say(f"Deployment {match.dseq} is the one whose answer was lost.")
        elif entry.state == "asked":
            context.journal.set_state(entry.id, "unknown")


def _found(context: Context, status: DeploymentStatus) -> Found:
    entry = context.journal.entry(status.dseq)
    if entry is None:
        context.journal.adopted(status.dseq, status.version, context.now())
    if entry is None or not entry.sdl:
        leased = max((lease.id.gseq for lease in status.leases), default=1)
        return Found(status, sdl="", manifest=None, groups=leased, is_known=False)
    groups = len(sdl.compile(entry.sdl).groups) or 1
    return Found(status, entry.sdl, manifest_of(entry), groups, is_known=True)
