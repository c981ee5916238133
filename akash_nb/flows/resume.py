"""After a killed kernel: what is open on the service, matched with the journal; what was asked and never answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from akash_nb import sdl
from akash_nb.client import deployments as api
from akash_nb.client.call import Flow
from akash_nb.flows.context import Context
from akash_nb.flows.create import manifest_of, settle_unanswered
from akash_nb.flows.state import read_state
from akash_nb.journal import Entry
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
    sdl: str = field(repr=False)  # it may hold passwords, as does the manifest
    manifest: str | None = field(repr=False)
    groups: int
    is_known: bool


def find_open(context: Context) -> Flow[tuple[Found, ...]]:
    """All open deployments of the wallet, newest first; brings the journal up to date on the way."""
    open_before = context.journal.entries("open")  # one that is created meanwhile may be missing in the list
    listed = yield from api.list_all()
    settle_unanswered(context, listed)
    open_now = {status.dseq for status in listed}
    for entry in open_before:
        if entry.dseq:  # another notebook may have found what was lost here
            context.purse.found(entry.id, entry.dseq)
        if entry.dseq and entry.dseq not in open_now:
            context.journal.closed(entry.dseq)
            yield from _account_for(context, entry.dseq)
    return tuple(_found(context, status) for status in sorted(listed, key=lambda s: -int(s.dseq)))


def _account_for(context: Context, dseq: str) -> Flow[None]:
    """What a deployment that was closed elsewhere, or by the chain, has come to, for the budgets that it is under."""
    status = (yield from read_state(dseq)) if context.purse.of(dseq) else None
    if status is not None:
        context.purse.saw(status)


def _found(context: Context, status: DeploymentStatus) -> Found:
    entry = entry_of(context, status)
    if entry is None or not entry.sdl:
        leased = max((lease.id.gseq for lease in status.leases), default=1)
        return Found(status, sdl="", manifest=None, groups=leased, is_known=False)
    if entry.state == "closed":
        context.journal.reopened(status.dseq)
    groups = len(sdl.compile(entry.sdl).groups) or 1
    return Found(status, entry.sdl, manifest_of(entry), groups, is_known=True)


def entry_of(context: Context, status: DeploymentStatus) -> Entry | None:
    """The journal's entry of a deployment, with the SDL and manifest that the chain's hash stands for.

    Where the entry is missing or has another hash (an update whose answer was lost, a create with another API key of
    the same service, one that was leased before its answer was known), they are taken from wherever the journal has
    that hash: the same hash is the same manifest.
    """
    journal = context.journal
    entry = journal.entry(status.dseq)
    if entry is not None and entry.sdl and entry.version == status.version:
        return entry
    text = journal.text_of(status.version)
    if text is not None:
        journal.learned(status.dseq, text, context.now())
    elif entry is None:
        journal.adopted(status.dseq, status.version, context.now())
    return journal.entry(status.dseq)
