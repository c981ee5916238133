"""Pollers: they read what the stage needs while somebody looks, and then end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from akash_nb.client import Client
from akash_nb.deployment import Deployment
from akash_nb.session import Session
from akash_nb.widgets.background.desk import Desk, Poller, reads_of
from mock_server import MockConsole
from tests.akash_nb.widgets.conftest import Turns


class Looker:
    def refresh(self) -> None:
        """Nothing to draw."""


def test_a_poller_ends_when_nobody_has_looked_for_a_while(
    deployment: Deployment[Client], console: MockConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(40)
    poller = Poller(deployment, clock=turns.clock, sleep=turns.sleep)
    started: list[Any] = []
    monkeypatch.setattr(
        "akash_nb.widgets.background.desk.Engine.submit", lambda _, work: started.append(work) or object()
    )
    poller.beat(Looker())
    poller.beat(Looker())
    monkeypatch.undo()
    console.calls.clear()
    asyncio.run(started[0])

    assert len(started) == 1
    assert 14 <= turns.now <= 17
    assert {call.path for call in console.calls} == {
        f"/v1/bids/{deployment.dseq}",
        f"/v1/deployments/{deployment.dseq}",
    }
    assert sum("bids" in call.path for call in console.calls) in (3, 4)
    assert not poller.is_running


def test_two_views_of_a_deployment_share_one_poller(session: Session[Client], deployment: Deployment[Client]) -> None:
    assert Desk.of(session).poller(deployment) is Desk.of(session).poller(deployment)


@pytest.mark.parametrize(
    ("stage", "reads"),
    [
        ("created", {"refresh_bids", "status"}),
        ("bids", {"refresh_bids", "status"}),
        ("leased", {"status"}),
        ("running", {"status"}),
        ("ended", {"refresh_bids", "status"}),
        ("closed", set()),
    ],
)
def test_a_poller_reads_what_the_stage_needs_and_nothing_while_a_verb_runs(stage: str, reads: set[str]) -> None:
    assert set(reads_of(stage, is_busy=False)) == reads
    assert reads_of(stage, is_busy=True) == {}
