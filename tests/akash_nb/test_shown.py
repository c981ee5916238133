"""What people see of records and errors: a text that says it, short, and nothing of the machinery."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.lib.pretty import pretty

import akash_nb as akash
from akash_nb.demo import WEB_SDL
from akash_nb.errors import AkashError, InvalidInputError, OutcomeUnknownError, OutOfFundsError, SDLError
from mock_server import MockConsole


@pytest.fixture(scope="module")
def life() -> dict[str, Any]:
    """What each step of a life gives back."""
    with akash.connect(mock=MockConsole()) as session:
        seen: dict[str, Any] = {"certificate": session.certificate()}
        deployment = session.deploy(WEB_SDL)
        seen["bids"] = deployment.wait_for_bids()
        seen["offer"] = seen["bids"].open[0]
        seen["bid"] = seen["offer"].bid
        deployment.lease()
        seen["choice"] = deployment.choice
        seen["status"] = deployment.wait_until_ready()
        seen["money"] = deployment.deposit(1)
        seen["wallet"] = session.wallet()
        seen["text of the deployment"] = str(deployment)
        seen["deployment"] = deployment
        seen["receipt"] = deployment.close()
        return seen


PARTS = ["certificate", "bids", "offer", "bid", "choice", "status", "money", "wallet", "deployment", "receipt"]


@pytest.mark.parametrize("part", PARTS)
def test_a_repr_is_one_short_line(life: dict[str, Any], part: str) -> None:
    text = repr(life[part])

    assert len(text) < 200
    assert "\n" not in text


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("certificate", ["not needed here: your API key identifies you"]),
        ("choice", ["only audited", "the cheapest", ": provider.", "passed over"]),
        ("status", ["active", "web", "1 of 1 ready", "http://", "escrow"]),
        ("money", ["$6.00 left", "/h: lasts"]),
        ("wallet", ["$94.00 available", "$6.00 in deployments", "$100.00 in all"]),
        ("receipt", ["MOCK receipt", "returned"]),
    ],
)
def test_a_notebook_shows_what_a_step_gave(life: dict[str, Any], part: str, words: list[str]) -> None:
    shown = pretty(life[part])

    assert [word for word in words if word not in shown] == []


def test_a_deployment_prints_state_services_addresses_and_how_long_the_money_lasts(life: dict[str, Any]) -> None:
    text = life["text of the deployment"]
    words = ["MOCK deployment", "running", "1 of 1 ready", "http://", "$6.00 left", "lasts", "6 s per block"]

    assert [word for word in words if word not in text] == []


@pytest.fixture
def shell() -> InteractiveShell:
    return InteractiveShell()


def said(shell: InteractiveShell, cell: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What a cell prints in the end."""
    shell.user_ns["session"] = akash.connect(mock=MockConsole())
    shell.user_ns["WEB_SDL"] = WEB_SDL
    shell.run_cell(cell)
    return capsys.readouterr().out


def test_an_error_in_a_notebook_is_the_line_and_three_sentences(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(shell, "a = 1\nsession.deploy('nowhere.yaml')", capsys)

    assert "in line 2: session.deploy('nowhere.yaml')" in text
    assert "'nowhere.yaml' cannot be read" in text
    assert "Nothing was sent." in text
    assert "akash_nb/" not in text
    assert len(text.splitlines()) < 8


def test_an_error_without_a_place_is_shown_too() -> None:
    lines = AkashError("It broke.", todo="Mend it.")._render_traceback_()

    assert [line for line in lines if line] == ["\033[31mAkashError\033[0m", "It broke.", "Mend it."]


def test_other_errors_keep_their_traceback(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Traceback" in said(shell, "1 / 0", capsys)


@pytest.mark.parametrize(
    "error",
    [
        InvalidInputError("It broke.", means="Nothing was sent.", todo="Mend it."),
        OutOfFundsError("No money.", status=402, operation="createDeployment", data=[1]),
        OutcomeUnknownError("Lost.", operation="createDeployment", dseq="17"),
        SDLError(akash.sdl.compile("a: 1").errors, "rendered"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_travels_between_processes_with_all_it_says(error: AkashError) -> None:
    revived = pickle.loads(pickle.dumps(error))

    assert type(revived) is type(error)
    assert str(revived) == str(error)
    assert vars(revived) == vars(error)
