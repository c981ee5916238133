"""The API key shows nowhere: not in output, errors, tracebacks, the journal, widgets or saved notebooks."""

from __future__ import annotations

import copy
import io
import logging
import pickle
import traceback
from pathlib import Path

import httpx
import pytest

import akash_nb as akash
from akash_nb.connection import connect
from akash_nb.demo import WEB_SDL
from akash_nb.errors import AkashError, InvalidInputError
from mock_server import MockConsole
from mock_server.faults import ConnectionBroken

CANARY = "ac.sk.test." + "ca11ab1e" * 8


def answers(request: httpx.Request) -> httpx.Response:
    """A service that echoes all it is sent, as a careless proxy might."""
    return httpx.Response(500, text=f"failed: {dict(request.headers)}")


def breaks(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("gone", request=request)


def everything_about(error: BaseException) -> str:
    """The traceback as the most talkative tool shows it: with the local variables of every frame."""
    trace = traceback.TracebackException.from_exception(error, capture_locals=True, max_group_width=10_000)
    return "".join(trace.format())


def refuses(request: httpx.Request) -> httpx.Response:
    """A service that quotes the header it does not like."""
    return httpx.Response(400, json={"message": f"bad header: {request.headers['x-api-key']}"})


@pytest.mark.parametrize("handler", [breaks, answers, refuses], ids=["connection lost", "all echoed", "header quoted"])
@pytest.mark.parametrize("operation", ["list", "create"])
def test_a_traceback_with_all_local_variables_has_no_key(handler: object, operation: str) -> None:
    client = akash.Client(CANARY, transport=httpx.MockTransport(handler), sleep=lambda _: None)  # type: ignore[arg-type]
    with pytest.raises(AkashError) as caught:
        client.deployments.list() if operation == "list" else client.deployments.create(WEB_SDL, deposit_usd=5)

    assert CANARY not in everything_about(caught.value)


@pytest.mark.parametrize("key", [f"{CANARY}\nx".encode(), [CANARY]], ids=["bytes", "a list"])
def test_a_key_of_the_wrong_type_is_refused_without_a_trace_of_it(key: object) -> None:
    for use in (akash.Client, akash.AsyncClient, connect):
        with pytest.raises(InvalidInputError) as caught:
            use(key)  # type: ignore[operation]
        caught.value.__traceback__ = caught.value.__traceback__.tb_next  # this frame holds it, of course

        assert CANARY not in everything_about(caught.value)


def test_a_journal_does_not_keep_the_key_that_a_service_quotes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("akash_nb.client.drivers.httpx.HTTPTransport", lambda **_: httpx.MockTransport(refuses))
    with akash.connect(CANARY, home=tmp_path) as session, pytest.raises(AkashError):
        session.deploy(WEB_SDL)

    assert CANARY.encode() not in (tmp_path / "journal.db").read_bytes()


def test_objects_that_hold_the_key_do_not_show_it(capsys: pytest.CaptureFixture[str]) -> None:
    client = akash.Client(CANARY)
    session = connect(CANARY)
    shown = [
        repr(client),
        str(client),
        repr(vars(client)),
        repr(session),
        repr(session.trait_values()),
        repr(vars(session)),
    ]
    print(client, session)

    assert CANARY not in "".join(shown) + capsys.readouterr().out


def test_the_key_is_not_pickled_or_copied() -> None:
    for duplicate in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            duplicate(akash.Client(CANARY)._key)


def test_a_whole_journey_leaves_no_key_on_disk_in_logs_or_in_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Live in all but the network: the client's own connection ends in the mock."""
    console = MockConsole(api_keys=(CANARY,))
    transport = console.transport()
    monkeypatch.setattr("akash_nb.client.drivers.httpx.HTTPTransport", lambda **_: transport)
    log = io.StringIO()
    logging.basicConfig(stream=log, level=logging.DEBUG, force=True)
    try:
        with akash.connect(CANARY, home=tmp_path / "data") as session:
            session.client._sleep = console.sleep
            assert session.is_mock is False
            deployment = session.deploy(WEB_SDL)
            print(session, deployment, deployment.wait_for_bids().frame())
            print(deployment.lease(), deployment.close(), session.resume())
    finally:
        logging.basicConfig(force=True)

    files = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    out, err = capfd.readouterr()
    assert CANARY.encode() not in files
    assert CANARY not in out + err + log.getvalue()
    assert CANARY not in repr(list(console.calls))


def test_the_faults_of_the_mock_carry_no_request() -> None:
    assert not hasattr(ConnectionBroken("before"), "request")
