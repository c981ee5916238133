"""SIGKILL after every step: another process finds the deployment, its manifest and its certificate, and goes on."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

import akash_nb as akash
from akash_nb.demo import WEB_SDL

#: Runs the steps one after the other, says which is done, and waits to be killed after the last.
VICTIM = """
import sys, time
import akash_nb as akash
from akash_nb.journal import Journal

steps, sdl = sys.argv[1].split(","), sys.argv[2]
if "hang" in steps:
    def hang(*_):
        print("hang", flush=True)
        time.sleep(600)
    Journal.created = hang
session = akash.connect()
deployment = None
for step in steps:
    if step == "certificate":
        session.certificate()
    elif step in ("create", "hang"):
        deployment = session.deploy(sdl)
    elif step == "bids":
        deployment.wait_for_bids(settle_s=0)
    elif step == "lease":
        deployment.lease()
    elif step == "deposit":
        deployment.deposit(1)
    print(step, flush=True)
time.sleep(600)
"""

JOURNEYS = ["create", "create,bids", "create,bids,lease", "create,bids,lease,deposit"]


def killed_after(steps: str) -> None:
    """Run the steps in another process and kill it when the last one is done."""
    victim = subprocess.Popen([sys.executable, "-c", VICTIM, steps, WEB_SDL], stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    with victim.stdout:
        last = steps.split(",")[-1]
        assert any(line.strip() == last for line in victim.stdout), "the victim died by itself"
    victim.send_signal(signal.SIGKILL)
    assert victim.wait(timeout=30) == -signal.SIGKILL


@pytest.mark.parametrize("steps", JOURNEYS)
def test_a_killed_kernel_loses_nothing_and_the_next_one_goes_on(steps: str) -> None:
    killed_after(steps)
    with akash.connect() as session:
        (found,) = session.resume()
        assert found.sdl == WEB_SDL
        assert found.manifest is not None
        if "lease" not in steps:
            found.wait_for_bids(settle_s=0)
            found.lease()
        assert found.wait_until_ready().is_ready
        assert found.close().returned_usd > 4


@pytest.mark.parametrize("steps", ["create", "create,bids,lease"])
def test_a_killed_kernel_leaves_nothing_that_cannot_be_closed(steps: str) -> None:
    killed_after(steps)
    with akash.connect() as session:
        (found,) = session.resume()
        receipt = found.close()

        assert receipt.paid_usd + receipt.returned_usd == receipt.deposited_usd
        assert session.resume() == ()


def test_a_kernel_killed_between_the_answer_and_the_journal_loses_nothing() -> None:
    """The service has the deposit, the journal only the question."""
    killed_after("hang")
    with akash.connect() as session:
        assert [entry.state for entry in session.journal.entries()] == ["asked"]
        (found,) = session.resume()

        assert (found.sdl, found.is_known) == (WEB_SDL, True)
        found.wait_for_bids(settle_s=0)
        found.lease()
        found.close()
