"""Creating: noted before it is sent, never sent twice, found again when the answer is lost."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from akash_nb import sdl
from akash_nb.client.call import Flow
from akash_nb.demo import WEB_SDL
from akash_nb.errors import (
    AkashError,
    ConnectionFailedError,
    InvalidInputError,
    InvalidRequestError,
    OutcomeUnknownError,
    OutOfFundsError,
    SDLError,
    ServiceError,
)
from akash_nb.flows.context import Context
from akash_nb.flows.create import create
from akash_nb.flows.resume import find_open
from akash_nb.flows.update import update
from akash_nb.journal import Journal
from akash_nb.models import Created, DeploymentStatus
from tests.akash_nb.flows.script import Script
from tests.akash_nb.records import DSEQ, NOW, status

FIVE = Decimal(5)
VERSION = sdl.compile(WEB_SDL).version
LOST = OutcomeUnknownError("The answer was lost.", operation="createDeployment")
BROKE = OutOfFundsError("Not enough balance", status=402)
DOWN = ConnectionFailedError("No answer.", was_sent=False, means="Nothing was sent.", todo="Try again.")

#: What is open before a create is read first, so that nothing old is taken for the new one.
NOTHING_OPEN = ("listDeployments", ())


def made(dseq: str = DSEQ, *, funds: str = "5000000", version: str = VERSION) -> DeploymentStatus:
    """A deployment of the SDL without a lease, as it is listed."""
    return replace(status(rate=None, dseq=dseq, funds=funds), version=version)


def listing(*items: DeploymentStatus) -> list[tuple[str, tuple[DeploymentStatus, ...]]]:
    """The answers to one reading of the list: a page, and the empty one after it."""
    return [("listDeployments", items), NOTHING_OPEN] if items else [NOTHING_OPEN]


def attempt(context: Context, *answers: tuple[str, object]) -> tuple[AkashError, Script]:
    """The error of a create with these answers."""
    script = Script(*answers)
    with pytest.raises(AkashError) as caught:
        script.run(create(context, WEB_SDL, FIVE, "live"))
    return caught.value, script


def states(context: Context) -> list[str]:
    return [entry.state for entry in context.journal.entries()]


@pytest.fixture
def context() -> Context:
    return Context(Journal(None, "a"), lambda: NOW)


def test_the_number_and_the_manifest_are_in_the_journal_when_it_returns(context: Context) -> None:
    script = Script(NOTHING_OPEN, ("createDeployment", Created("17", "the manifest")))
    opened = script.run(create(context, WEB_SDL, FIVE, "live"))

    assert (opened.dseq, opened.manifest, opened.groups) == ("17", "the manifest", 1)
    (entry,) = context.journal.entries()
    assert (entry.dseq, entry.manifest, entry.state, entry.sdl) == ("17", "the manifest", "open", WEB_SDL)
    assert [(a.kind, a.outcome) for a in context.journal.actions()] == [("create", "done")]


def until_create(flow: Flow[Any]) -> None:
    """Run a create until its request is about to leave."""
    next(flow)
    flow.send(())


def test_the_request_is_in_the_journal_before_it_leaves(context: Context) -> None:
    flow = create(context, WEB_SDL, FIVE, "live")
    until_create(flow)

    (entry,) = context.journal.entries("asked")
    assert (entry.sdl, entry.version, entry.deposit_usd) == (WEB_SDL, VERSION, FIVE)


@pytest.mark.parametrize(
    ("dialect", "usd", "minimum"),
    [("guide", "4.99", r"\$5\.00"), ("live", "0.49", r"\$0\.50"), ("live", "-1", r"\$0\.50")],
)
def test_a_deposit_below_the_minimum_never_leaves(context: Context, dialect: str, usd: str, minimum: str) -> None:
    with pytest.raises(InvalidInputError, match=rf"smallest amount here, {minimum}.*Nothing was sent"):
        Script().run(create(context, WEB_SDL, Decimal(usd), dialect))

    assert context.journal.entries() == ()


def test_a_wrong_sdl_never_leaves_and_names_the_line(context: Context) -> None:
    with pytest.raises(SDLError, match="image") as caught:
        Script().run(create(context, WEB_SDL.replace("    image: nginx:1.27\n", ""), FIVE, "live"))

    assert caught.value.issues[0].line == 3


def test_a_refusal_is_noted_and_nothing_is_repeated(context: Context) -> None:
    error, script = attempt(context, NOTHING_OPEN, ("createDeployment", BROKE))

    assert error is BROKE
    assert script.operations == ["listDeployments", "createDeployment"]
    assert states(context) == ["refused"]


def test_a_list_that_cannot_be_read_stops_it_before_anything_is_spent(context: Context) -> None:
    error, script = attempt(context, ("listDeployments", DOWN))

    assert error is DOWN
    assert "createDeployment" not in script.operations
    assert states(context) == []


def test_a_lost_answer_is_found_by_the_manifest_hash(context: Context) -> None:
    """The request is sent once; the list is read until the deployment is in it."""
    script = Script(NOTHING_OPEN, ("createDeployment", LOST), NOTHING_OPEN, *listing(made()))
    opened = script.run(create(context, WEB_SDL, FIVE, "live"))

    assert opened.dseq == DSEQ
    assert opened.manifest == sdl.compile(WEB_SDL).manifest
    assert script.operations.count("createDeployment") == 1
    assert states(context) == ["open"]


@pytest.mark.parametrize(
    "lost",
    [
        LOST,
        OutcomeUnknownError("answered 408", operation="createDeployment"),
        InvalidRequestError("Deployment with provided dseq and owner already exists", status=400),
    ],
    ids=["silence", "time-out", "its own repetition"],
)
def test_what_may_have_worked_is_looked_for(context: Context, lost: AkashError) -> None:
    script = Script(NOTHING_OPEN, ("createDeployment", lost), *listing(made()))

    assert script.run(create(context, WEB_SDL, FIVE, "live")).dseq == DSEQ


@pytest.mark.parametrize("problem", [DOWN, ServiceError("down", status=503)], ids=["no network", "no service"])
def test_an_answer_lost_with_the_network_leaves_the_doubt_in_the_error(context: Context, problem: AkashError) -> None:
    """The network that loses an answer is down when the deployment is looked for: nobody may be told that nothing was
    sent, or to try again."""
    error, _ = attempt(context, NOTHING_OPEN, ("createDeployment", LOST), ("listDeployments", problem))

    assert isinstance(error, OutcomeUnknownError)
    assert "may exist and hold its deposit" in str(error)
    assert "Do not deploy again before session.resume()" in str(error)
    assert "Nothing was sent" not in str(error)
    assert states(context) == ["unknown"]


@pytest.mark.parametrize(
    "other",
    [
        made("1700000000000"),
        made(str(int(DSEQ) + 3_600_000)),
        replace(status(dseq=DSEQ), version=VERSION),
    ],
    ids=["older", "much later", "leased already"],
)
def test_another_deployment_of_the_same_sdl_is_not_taken_for_the_lost_one(
    context: Context, other: DeploymentStatus
) -> None:
    error, script = attempt(context, NOTHING_OPEN, ("createDeployment", LOST), *listing(other) * 6)

    assert isinstance(error, OutcomeUnknownError)
    assert script.operations.count("createDeployment") == 1
    assert sum(script.slept) > 60
    assert states(context) == ["unknown"]


def test_what_was_open_before_is_never_taken_for_the_lost_one(context: Context) -> None:
    error, _ = attempt(context, *listing(made()), ("createDeployment", LOST), *listing(made()) * 6)

    assert re.search(r"most likely nothing was spent.*session.resume\(\)", str(error))


def test_a_stranger_that_appeared_meanwhile_is_named(context: Context) -> None:
    """The service may compute another hash than we do; its owner must look."""
    stranger = made(version="another hash")
    error, _ = attempt(context, NOTHING_OPEN, ("createDeployment", LOST), *listing(stranger) * 6)

    assert DSEQ in str(error)
    assert "Do not deploy again" in str(error)


def test_of_two_that_fit_the_one_with_the_deposit_is_taken(context: Context) -> None:
    dearer = made(str(int(DSEQ) - 1), funds="50000000")
    script = Script(NOTHING_OPEN, ("createDeployment", LOST), *listing(dearer, made()))

    assert script.run(create(context, WEB_SDL, FIVE, "live")).dseq == DSEQ


def interrupted(context: Context) -> None:
    """A create that the kernel did not live to see the answer of."""
    flow = create(context, WEB_SDL, FIVE, "live")
    until_create(flow)
    flow.close()


def test_resume_finds_a_create_whose_answer_a_killed_kernel_never_saw(context: Context) -> None:
    interrupted(context)
    (found,) = Script(*listing(made())).run(find_open(context))

    assert (found.status.dseq, found.sdl, found.is_known) == (DSEQ, WEB_SDL, True)
    assert found.manifest == sdl.compile(WEB_SDL).manifest


def test_deploying_again_after_an_interrupt_says_that_the_first_one_worked(context: Context) -> None:
    interrupted(context)
    error, script = attempt(context, *listing(made()))

    assert isinstance(error, InvalidInputError)
    assert f"has worked: {DSEQ} is open" in str(error)
    assert "createDeployment" not in script.operations

    again = Script(*listing(made()), ("createDeployment", Created("18", "m")))
    assert again.run(create(context, WEB_SDL, FIVE, "live")).dseq == "18"


def test_the_answer_to_a_create_overrides_a_guess_made_meanwhile(context: Context) -> None:
    """Another notebook resumed while the answer was on its way, and gave the number to an older lost create."""
    interrupted(context)
    flow = create(context, WEB_SDL, FIVE, "live")
    until_create(flow)
    Script(*listing(made())).run(find_open(context))
    with pytest.raises(StopIteration):
        flow.send(Created(DSEQ, "manifest"))

    assert [(e.dseq, e.state) for e in context.journal.entries()] == [(None, "unknown"), (DSEQ, "open")]


def test_a_number_that_comes_again_belongs_to_the_new_deployment(context: Context) -> None:
    """A mock that was reset counts anew."""
    for state in ("closed", "open"):
        Script(NOTHING_OPEN, ("createDeployment", Created("17", state))).run(create(context, WEB_SDL, FIVE, "live"))
        if state == "closed":
            context.journal.closed("17")

    assert [(e.dseq, e.manifest, e.state) for e in context.journal.entries()] == [
        (None, "closed", "closed"),
        ("17", "open", "open"),
    ]


def test_a_create_that_another_notebook_has_settled_meanwhile_is_taken_from_it(context: Context) -> None:
    """Two notebooks on one journal: one loses its answer, and the other resumes before it has looked."""
    flow = create(context, WEB_SDL, FIVE, "live")
    until_create(flow)
    Script(*listing(made())).run(find_open(context))
    flow.throw(LOST)  # it reads the list
    flow.send((made(),))
    with pytest.raises(StopIteration) as stop:
        flow.send(())

    assert stop.value.value.dseq == DSEQ
    assert [(e.dseq, e.state) for e in context.journal.entries()] == [(DSEQ, "open")]


def test_resume_recognises_later_what_it_could_not_when_the_hash_was_hidden(context: Context) -> None:
    interrupted(context)
    hidden = made(version="unknown_value")
    (first,) = Script(*listing(hidden)).run(find_open(context))
    (later,) = Script(*listing(made())).run(find_open(context))

    assert (first.is_known, later.is_known) == (False, True)
    assert later.sdl == WEB_SDL


def test_what_was_leased_before_its_answer_was_known_is_known_by_its_hash(context: Context) -> None:
    interrupted(context)
    (found,) = Script(*listing(replace(status(), version=VERSION))).run(find_open(context))

    assert (found.sdl, found.manifest) == (WEB_SDL, sdl.compile(WEB_SDL).manifest)


@pytest.mark.parametrize(
    ("minutes", "listed", "state"),
    [(1, (), "asked"), (16, (), "missing"), (16, (made(version="unknown_value"),), "asked")],
)
def test_a_create_that_can_no_longer_come_is_not_asked_about_again(
    minutes: int, listed: tuple[DeploymentStatus, ...], state: str
) -> None:
    """Unless something has appeared that may be it."""
    clock = [NOW]
    context = Context(Journal(None, "a"), lambda: clock[0])
    interrupted(context)
    clock[0] += timedelta(minutes=minutes)
    Script(*listing(*listed)).run(find_open(context))

    assert states(context)[0] == state


def test_resume_adopts_what_was_made_elsewhere_without_a_manifest(context: Context) -> None:
    (found,) = Script(*listing(status())).run(find_open(context))

    assert (found.manifest, found.sdl, found.is_known) == (None, "", False)


def test_resume_notes_what_has_been_closed_elsewhere(context: Context) -> None:
    Script(NOTHING_OPEN, ("createDeployment", Created("17", "m"))).run(create(context, WEB_SDL, FIVE, "live"))
    Script(NOTHING_OPEN).run(find_open(context))

    assert states(context) == ["closed"]


@pytest.mark.parametrize("left", ["open", "asked", "updated"])
def test_what_another_key_of_the_same_service_made_is_known_by_its_hash(tmp_path: Path, left: str) -> None:
    """Keys expire and are replaced; the wallet stays. Whatever state the old key left it in."""

    def at(account: str) -> Context:
        return Context(Journal(tmp_path / "journal.db", account), lambda: NOW)

    old, now = at("host:old"), made()
    if left == "asked":
        interrupted(old)
    else:
        Script(NOTHING_OPEN, ("createDeployment", Created(DSEQ, "m"))).run(create(old, WEB_SDL, FIVE, "live"))
    if left == "updated":
        changed = WEB_SDL.replace("nginx:1.27", "nginx:1.28")
        next(update(old, DSEQ, changed, None))
        now = made(version=sdl.compile(changed).version)
    hidden = replace(now, version="unknown_value")
    new = at("host:new")
    (first,) = Script(*listing(hidden)).run(find_open(new))
    (found,) = Script(*listing(now)).run(find_open(new))
    (elsewhere,) = Script(*listing(now)).run(find_open(at("other:new")))

    assert (first.is_known, found.is_known, elsewhere.is_known) == (False, True, False)
    assert sdl.compile(found.sdl).version == now.version
    assert found.manifest
    assert new.journal.deposited_usd(DSEQ) is None


def test_an_update_whose_answer_was_lost_is_known_by_the_hash(context: Context) -> None:
    """The chain has the new hash first; only the new manifest fits it."""
    changed = WEB_SDL.replace("nginx:1.27", "nginx:1.28")
    after = sdl.compile(changed)
    Script(NOTHING_OPEN, ("createDeployment", Created(DSEQ, "m"))).run(create(context, WEB_SDL, FIVE, "live"))
    next(update(context, DSEQ, changed, None))
    (found,) = Script(*listing(made(version=after.version))).run(find_open(context))

    assert (found.sdl, found.manifest) == (changed, after.manifest)
