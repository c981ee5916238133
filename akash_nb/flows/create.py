"""Step 2: create a deployment, journalled before the request leaves, found again when its answer is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from akash_nb import sdl
from akash_nb.budgets import Held
from akash_nb.client import deployments as api
from akash_nb.client.call import Flow, Sleep, send
from akash_nb.errors import AkashError, APIError, InvalidInputError, OutcomeUnknownError, SDLError
from akash_nb.flows.context import LOOK_AGAIN_S, Context
from akash_nb.journal import ActionNote, Entry
from akash_nb.models import Created, DeploymentStatus
from akash_nb.money import format_usd
from akash_nb.runway import created_time

#: The two clocks may differ by this much, and a deployment's number is made before its answer.
_CLOCK_SLACK = timedelta(minutes=2)

#: Nothing that appears later than this comes of that request: it is signed for a minute at most (contract §1).
LONGEST_CREATE = timedelta(minutes=15)


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


def create(context: Context, text: str, deposit_usd: Decimal, dialect: str, *, is_filled: bool = False) -> Flow[Opened]:
    """Create a deployment from SDL text and lock its deposit. **Spends.**

    Args:
        is_filled: The deposit was left to a budget, which fills the escrow when it is leased.

    Raises:
        SDLError: The SDL is wrong; nothing was sent.
        InvalidInputError: The deposit is below the dialect's minimum, or an earlier create of this SDL, whose answer
            was lost, turns out to have worked; nothing was sent.
        OverBudgetError: A budget has not so much left; nothing was sent.
        OutcomeUnknownError: The answer was lost and no deployment with this manifest has been found since.
        APIError: The service refused; nothing was spent.
    """
    compiled = checked(text)
    if not compiled.groups:
        raise InvalidInputError(
            "The SDL places no service.", means="Nothing was sent.", todo="Add a deployment section."
        )
    usd = api.amount_usd(deposit_usd, minimum=api.MINIMUM_DEPOSIT_USD[dialect])
    listed = yield from api.list_all()
    _refuse_a_second(settle_unanswered(context, listed), compiled.version, listed)
    with context.purse.creating(usd, is_filled=is_filled) as held:
        created = yield from _sent(context, compiled, held, listed)
        held.dseq = created.dseq
    return Opened(created.dseq, created.manifest, len(compiled.groups))


def _sent(context: Context, compiled: sdl.Compiled, held: Held, listed: tuple[DeploymentStatus, ...]) -> Flow[Created]:
    """Send it, once, and note what becomes of it."""
    entry, note = _asked(context, compiled, held.usd, listed)
    held.entry_id, held.asked_at = entry.id, entry.asked_at
    try:
        created = yield from send(api.create(compiled.text, deposit_usd=held.usd))
    except OutcomeUnknownError as lost:
        created = yield from _found_again(context, entry, note, compiled, lost.what)
    except APIError as refusal:
        if not _may_have_worked(refusal):
            context.journal.set_state(entry.id, "refused")
            note.refused(refusal.what)
            raise
        created = yield from _found_again(context, entry, note, compiled, refusal.what)
    context.journal.created(entry.id, created.dseq, created.manifest)
    note.done(created.dseq)
    return created


def _asked(
    context: Context, compiled: sdl.Compiled, usd: Decimal, listed: tuple[DeploymentStatus, ...]
) -> tuple[Entry, ActionNote]:
    """The journal's entry of a create that is about to leave."""
    journal, at = context.journal, context.now()
    existing = frozenset(item.dseq for item in listed)
    ends_at = context.purse.deadline(at)
    entry_id = journal.asked_to_create(compiled.text, compiled.version, usd, at, existing, ends_at)
    note = journal.asked("create", None, {"deposit_usd": str(usd), "version": compiled.version}, at)
    return Entry(entry_id, None, compiled.text, compiled.version, usd, None, "asked", at, existing, ends_at), note


def _refuse_a_second(settled: tuple[Entry, ...], version: str, listed: tuple[DeploymentStatus, ...]) -> None:
    """Who deploys again after an interrupt should know that the first one worked."""
    held = {item.dseq: item.escrow.put_in.usd() for item in listed}
    for entry in settled:
        if entry.version == version:
            raise InvalidInputError(
                f"An earlier create of this SDL, of which no answer is known here, has worked: {entry.dseq} is open.",
                means=f"Nothing was sent now; {entry.dseq} holds {format_usd(held.get(entry.dseq or ''))}.",
                todo="Take it with session.resume(), or deploy() once more if you want another.",
            )


def _may_have_worked(refusal: APIError) -> bool:
    """A refusal that the service also gives to its own repetition of something that worked."""
    return "already exists" in refusal.message.lower()


def _found_again(context: Context, entry: Entry, note: ActionNote, compiled: sdl.Compiled, why: str) -> Flow[Created]:
    """The deployment whose answer was lost; looks for it about a minute.

    Raises:
        OutcomeUnknownError: It has not been found, or nobody can be asked.
    """
    note.unknown(why)
    context.journal.set_state(entry.id, "unknown")
    context.say(f"{why} Looking for the deployment before anything else.")
    listed: tuple[DeploymentStatus, ...] = ()
    for pause in (0, *LOOK_AGAIN_S):
        if pause:
            yield Sleep(pause)
        try:
            listed = yield from api.list_all()
        except AkashError as problem:
            raise _in_doubt(why, f"and nobody could be asked what became of it ({problem.what.rstrip('.')})") from None
        dseq = _settled_by_another(context, entry) or match(context, entry, listed)
        if dseq is not None:
            return Created(dseq, compiled.manifest)
    strangers = [item.dseq for item in listed if item.dseq not in entry.existing | known(context)]
    if strangers:
        raise _in_doubt(why, f"and {', '.join(strangers)} has appeared meanwhile: it may be this one")
    raise OutcomeUnknownError(
        why,
        operation="createDeployment",
        means="No deployment with this SDL has appeared in a minute, so most likely nothing was spent.",
        todo="Run session.resume() in a few minutes; it finds the deployment if it came after all.",
    )


def _settled_by_another(context: Context, entry: Entry) -> str | None:
    """The number that another notebook, which looked meanwhile, has found for this create."""
    return next((now.dseq for now in context.journal.entries() if now.id == entry.id), None)


def _in_doubt(why: str, what: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        why,
        operation="createDeployment",
        means=f"The deployment may exist and hold its deposit, {what}.",
        todo="Do not deploy again before session.resume() has shown what is open.",
    )


def known(context: Context) -> frozenset[str | None]:
    """The deployments of which the journal knows how they came about."""
    return frozenset(entry.dseq for entry in context.journal.entries() if entry.sdl)


def match(context: Context, entry: Entry, listed: tuple[DeploymentStatus, ...]) -> str | None:
    """The listed deployment that a create without answer has made, by its number; None when there is none.

    It was not there before, is in nobody's entry, has the same manifest hash, no lease yet, and came at about that
    time. One with the same deposit goes first, then the older one: creates are answered in the order they were asked.
    """
    taken = entry.existing | known(context)
    matches = [item for item in listed if item.dseq not in taken and _is_like(item, entry)]
    best = min(matches, key=lambda item: (not _has_deposit(item, entry), int(item.dseq)), default=None)
    return None if best is None else best.dseq


def _is_like(item: DeploymentStatus, entry: Entry) -> bool:
    return item.version == entry.version and _is_in_time(item, entry) and not item.leases


def _is_in_time(item: DeploymentStatus, entry: Entry) -> bool:
    made = created_time(item.dseq) or entry.asked_at
    return entry.asked_at - _CLOCK_SLACK <= made <= entry.asked_at + LONGEST_CREATE


def _has_strangers(context: Context, entry: Entry, listed: tuple[DeploymentStatus, ...]) -> bool:
    """Something is listed that came at about that time, and nobody knows how: it may be this one."""
    explained = entry.existing | known(context)
    return any(item.dseq not in explained and _is_in_time(item, entry) for item in listed)


def _has_deposit(item: DeploymentStatus, entry: Entry) -> bool:
    return item.escrow.put_in.usd() == entry.deposit_usd


def settle_unanswered(context: Context, listed: tuple[DeploymentStatus, ...]) -> tuple[Entry, ...]:
    """Creates whose answer never came, matched with what is listed; returns those that turn out to have worked.

    One that has not appeared when its time is over is not asked about again, unless something else has that may be it.
    """
    settled = []
    for entry in context.journal.entries("asked", "unknown"):
        dseq, manifest = None if entry.dseq else match(context, entry, listed), manifest_of(entry)
        if dseq is None and context.now() - entry.asked_at > LONGEST_CREATE:
            context.purse.forget_create(entry.id)
            if not _has_strangers(context, entry, listed):
                context.journal.set_state(entry.id, "missing")
        if dseq is None or manifest is None:
            continue
        context.journal.created(entry.id, dseq, manifest)
        context.purse.found(entry.id, dseq)
        context.say(f"Deployment {dseq} is the one whose answer was lost.")
        settled.append(replace(entry, dseq=dseq, manifest=manifest))
    return tuple(settled)


def manifest_of(entry: Entry) -> str | None:
    """The manifest of a journal entry: as the service gave it, else computed from the SDL; None without either."""
    if entry.manifest:
        return entry.manifest
    compiled = sdl.compile(entry.sdl)
    return compiled.manifest if compiled.ok and compiled.version == entry.version else None
