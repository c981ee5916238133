"""Step 2: create a deployment, journalled before the request leaves, found again when its answer is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from akash_nb import sdl
from akash_nb.client import deployments as api
from akash_nb.client.call import Flow, Sleep, send
from akash_nb.errors import APIError, InvalidInputError, OutcomeUnknownError, SDLError
from akash_nb.flows.context import Context
from akash_nb.journal import Entry
from akash_nb.models import Created, DeploymentStatus
from akash_nb.runway import created_time

#: Signing takes up to 60 s on the service (contract §1), so a lost create may still appear for that long.
_LOOK_AGAIN_S = (2, 5, 10, 20, 30)

#: The two clocks may differ by this much, and a deployment's number is made before its answer.
_CLOCK_SLACK = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Opened:
    """A deployment that exists: its number, and what its provider will be handed."""

    dseq: str
    manifest: str
    groups: int


def checked(text: str) -> sdl.Compiled:
    """The SDL, compiled.

    Raises:
        SDLError: It has errors; all of them are in the message, with line and column.
    """
    compiled = sdl.compile(text)
    if not compiled.ok:
        raise SDLError(compiled.errors, sdl.render(compiled.errors, text))
    return compiled


def create(context: Context, text: str, deposit_usd: Decimal, dialect: str) -> Flow[Opened]:
    """Create a deployment from SDL text and lock its deposit. **Spends.**

    Raises:
        SDLError: The SDL is wrong; nothing was sent.
        InvalidInputError: The deposit is below the dialect's minimum; nothing was sent.
        OutcomeUnknownError: The answer was lost and no deployment with this manifest has appeared since.
        APIError: The service refused; nothing was spent.
    """
    compiled = checked(text)
    if not compiled.groups:
        raise InvalidInputError(
            "The SDL places no service.", means="Nothing was sent.", todo="Add a deployment section."
        )
    usd = api.amount_usd(deposit_usd, minimum=api.MINIMUM_DEPOSIT_USD[dialect])
    journal = context.journal
    asked_at = context.now()
    entry = journal.asked_to_create(text, compiled.version, usd, asked_at)
    with journal.action("create", None, {"deposit_usd": str(usd), "version": compiled.version}, asked_at) as note:
        try:
            created = yield from send(api.create(text, deposit_usd=usd))
        except OutcomeUnknownError as lost:
            note.unknown(lost.what)
            context.say(f"{lost.what} Looking for the deployment before anything else.")
            found = yield from find_lost(context, compiled.version, asked_at)
            if found is None:
                journal.set_state(entry, "unknown")
                raise _still_unknown(lost) from None
            created = Created(found.dseq, compiled.manifest)
        except APIError as refusal:
            journal.set_state(entry, "refused")
            note.refused(refusal.what)
            raise
        journal.created(entry, created.dseq, created.manifest)
        note.done(created.dseq)
    return Opened(created.dseq, created.manifest, len(compiled.groups))


def find_lost(context: Context, version: str, asked_at: datetime) -> Flow[DeploymentStatus | None]:
    """The open deployment with that manifest hash, made since then, that the journal does not know; looks for it
    about a minute."""
    for pause in (0, *_LOOK_AGAIN_S):
        if pause:
            yield Sleep(pause)
        found = unknown_to_journal(context, version, asked_at, (yield from api.list_all()))
        if found is not None:
            return found
    return None


def unknown_to_journal(
    context: Context, version: str, asked_at: datetime, listed: tuple[DeploymentStatus, ...]
) -> DeploymentStatus | None:
    """The newest listed deployment with that hash, not older than the request, that is in no entry of the journal."""
    known = {entry.dseq for entry in context.journal.entries()}
    since = asked_at - _CLOCK_SLACK
    matches = [
        item
        for item in listed
        if item.version == version and item.dseq not in known and (created_time(item.dseq) or asked_at) >= since
    ]
    return max(matches, key=lambda item: int(item.dseq), default=None)


def manifest_of(entry: Entry) -> str | None:
    """The manifest of a journal entry: as the service gave it, else computed from the SDL; None without either."""
    if entry.manifest:
        return entry.manifest
    compiled = sdl.compile(entry.sdl)
    return compiled.manifest if compiled.ok and compiled.version == entry.version else None


def _still_unknown(lost: OutcomeUnknownError) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        lost.what,
        operation=lost.operation,
        means="No deployment with this SDL has appeared in a minute, so most likely nothing was spent.",
        todo="Run session.resume() in a few minutes; it finds the deployment if it came after all.",
    )
