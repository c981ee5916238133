"""Creating: noted before it is sent, never sent twice, found again when the answer is lost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from akash_nb import sdl
from akash_nb.demo import WEB_SDL
from akash_nb.errors import InvalidInputError, OutcomeUnknownError, OutOfFundsError, SDLError
from akash_nb.flows.context import Context
from akash_nb.flows.create import create
from akash_nb.flows.resume import find_open
from akash_nb.journal import Journal
from akash_nb.models import Created
from tests.akash_nb.flows.script import Script
from tests.akash_nb.records import DSEQ, NOW, status

FIVE = Decimal(5)
VERSION = sdl.compile(WEB_SDL).version
LOST = OutcomeUnknownError("The answer was lost.", operation="createDeployment")
BROKE = OutOfFundsError("Not enough balance", status=402)


@pytest.fixture
def context() -> Context:
    return Context(Journal(None, "a"), lambda: NOW)


def test_the_number_and_the_manifest_are_in_the_journal_when_it_returns(context: Context) -> None:
    script = Script(("createDeployment", Created("17", "the manifest")))
    opened = script.run(create(context, WEB_SDL, FIVE, "live"))

    assert (opened.dseq, opened.manifest, opened.groups) == ("17", "the manifest", 1)
    (entry,) = context.journal.entries()
    assert (entry.dseq, entry.manifest, entry.state, entry.sdl) == ("17", "the manifest", "open", WEB_SDL)
    assert [(a.kind, a.outcome) for a in context.journal.actions()] == [("create", "done")]


def test_the_request_is_in_the_journal_before_it_leaves(context: Context) -> None:
    flow = create(context, WEB_SDL, FIVE, "live")
    next(flow)

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
    script = Script(("createDeployment", BROKE))
    with pytest.raises(OutOfFundsError):
        script.run(create(context, WEB_SDL, FIVE, "live"))

    assert script.operations == ["createDeployment"]
    assert [e.state for e in context.journal.entries()] == ["refused"]


def test_a_lost_answer_is_found_by_the_manifest_hash(context: Context) -> None:
    """The request is sent once; the list is read until the deployment is in it."""
    made = replace(status(rate=None), version=VERSION)
    script = Script(
        ("createDeployment", LOST),
        ("listDeployments", ()),
        ("listDeployments", (made,)),
        ("listDeployments", ()),
    )
    opened = script.run(create(context, WEB_SDL, FIVE, "live"))

    assert opened.dseq == DSEQ
    assert opened.manifest == sdl.compile(WEB_SDL).manifest
    assert script.operations.count("createDeployment") == 1


def test_an_older_deployment_of_the_same_sdl_is_not_taken_for_the_lost_one(context: Context) -> None:
    old = replace(status(rate=None, dseq="1700000000000"), version=VERSION)
    pages = [("listDeployments", (old,)), ("listDeployments", ())] * 6
    script = Script(("createDeployment", LOST), *pages)

    with pytest.raises(OutcomeUnknownError, match=r"most likely nothing was spent.*session.resume\(\)"):
        script.run(create(context, WEB_SDL, FIVE, "live"))

    assert sum(script.slept) > 60
    assert [e.state for e in context.journal.entries()] == ["unknown"]


def test_resume_finds_a_create_whose_answer_a_killed_kernel_never_saw(context: Context) -> None:
    flow = create(context, WEB_SDL, FIVE, "live")
    next(flow)
    del flow  # the kernel is gone before the answer

    made = replace(status(rate=None), version=VERSION)
    (found,) = Script(("listDeployments", (made,)), ("listDeployments", ())).run(find_open(context))

    assert (found.status.dseq, found.sdl, found.is_known) == (DSEQ, WEB_SDL, True)
    assert found.manifest == sdl.compile(WEB_SDL).manifest


def test_resume_adopts_what_was_made_elsewhere_without_a_manifest(context: Context) -> None:
    (found,) = Script(("listDeployments", (status(),)), ("listDeployments", ())).run(find_open(context))

    assert (found.manifest, found.sdl, found.is_known) == (None, "", False)


def test_resume_notes_what_has_been_closed_elsewhere(context: Context) -> None:
    Script(("createDeployment", Created("17", "m"))).run(create(context, WEB_SDL, FIVE, "live"))
    Script(("listDeployments", ())).run(find_open(context))

    assert [e.state for e in context.journal.entries()] == ["closed"]
