"""The API key shows nowhere: in no repr, text, pickle, log, error or traceback, not even one that prints locals."""

from __future__ import annotations

import asyncio
import copy
import io
import logging
import pickle
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from IPython.core import ultratb

from akash_nb.client import AsyncClient, Client, RetryPolicy
from akash_nb.client.transport import KeyedTransport, Secret
from akash_nb.errors import AkashError, InvalidInputError
from akash_nb.ids import BidID
from akash_nb.models import APIKey, CertificatePair

# Put together at run time, so that no line of source that a traceback quotes contains it.
KEY = "ac.sk.test." + "".join(["5ec2e7"] * 10) + "cafe"
ONCE = RetryPolicy(attempts=1)


def everything_printed(error: BaseException) -> str:
    """The error as a traceback with locals and as IPython shows it in verbose mode, from the frame below the test."""
    below = error.__traceback__ and error.__traceback__.tb_next
    with_locals = traceback.TracebackException(type(error), error, below, capture_locals=True)
    shown = io.StringIO()
    ultratb.VerboseTB(ostream=shown)(type(error), error, below)
    return f"{''.join(with_locals.format())}\n{shown.getvalue()}\n{error!r}\n{error}\n{vars(error)!r}"


def test_a_leak_would_be_noticed() -> None:
    def leaky() -> None:
        leaked = KEY.upper().lower()
        raise ValueError(f"{len(leaked)} characters")

    with pytest.raises(ValueError, match="characters") as caught:
        leaky()
    assert everything_printed(caught.value).count(KEY) >= 2


class TestSecret:
    @pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r:>40}".format, lambda s: f"{s}", lambda s: f"{[s]}"])
    def test_no_text_of_it_shows_the_key(self, show: Callable[[Secret], str]) -> None:
        assert KEY not in show(Secret(KEY))

    @pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy], ids=["pickle", "copy", "deepcopy"])
    def test_it_is_not_pickled_or_copied(self, take: Callable[[Secret], object]) -> None:
        with pytest.raises(TypeError, match="not pickled"):
            take(Secret(KEY))

    def test_it_has_no_dict_to_look_into(self) -> None:
        assert not hasattr(Secret(KEY), "__dict__")

    def test_reveal_gives_it_and_blanks_around_it_do_not_count(self) -> None:
        secret = Secret.of(f"  {KEY}\n")
        assert secret is not None
        assert secret.reveal() == KEY

    def test_keys_are_told_apart_by_their_fingerprints(self) -> None:
        assert Secret(KEY).fingerprint() == Secret(KEY).fingerprint() != Secret("other").fingerprint()
        assert len(Secret(KEY).fingerprint()) == 16
        assert Secret(KEY).fingerprint() not in KEY

    @pytest.mark.parametrize("nothing", [None, "", "  ", "\n"])
    def test_no_key_is_none(self, nothing: str | None) -> None:
        assert Secret.of(nothing) is None

    @pytest.mark.parametrize("wrong", [f"{KEY}\nx-evil: 1", f"“{KEY}”", f"{KEY}\x00"], ids=["lines", "quotes", "zero"])
    def test_what_cannot_be_a_header_is_refused_without_showing_it(self, wrong: str) -> None:
        for make in (Secret.of, Client, AsyncClient):
            with pytest.raises(InvalidInputError) as caught:
                make(wrong)
            assert KEY not in everything_printed(caught.value)

    def test_a_new_api_key_does_not_show_in_its_record(self) -> None:
        record = APIKey.from_wire({"id": "1", "name": "n", "keyFormat": "ac***", "apiKey": KEY})
        assert KEY not in repr(record)
        assert record.secret is not None
        assert record.secret.reveal() == KEY


def failures() -> dict[str, Callable[[httpx.Request], httpx.Response]]:
    def raising(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
        def handler(_: httpx.Request) -> httpx.Response:
            raise error

        return handler

    return {
        "connect error": raising(httpx.ConnectError("refused")),
        "timeout": raising(httpx.ReadTimeout("slow")),
        "401": lambda _: httpx.Response(401, json={"error": "UnauthorizedError", "message": "Invalid API key"}),
        "500": lambda _: httpx.Response(500, json={"message": "chain text"}),
        "truncated": lambda _: httpx.Response(200, content=b'{"da'),
    }


@pytest.mark.parametrize("handler", failures().values(), ids=list(failures()))
@pytest.mark.parametrize("spends", [False, True], ids=["read", "spend"])
def test_no_error_of_a_call_shows_the_key(handler: Callable[[httpx.Request], httpx.Response], spends: bool) -> None:
    client = Client(secret(), transport=httpx.MockTransport(handler), retry=ONCE)
    with pytest.raises(AkashError) as caught:
        client.deployments.create("x") if spends else client.wallet.balances()
    assert KEY not in everything_printed(caught.value)
    assert KEY not in repr(client) + repr(vars(client))


@pytest.mark.parametrize("handler", failures().values(), ids=list(failures()))
def test_no_error_of_an_awaited_call_shows_the_key(handler: Callable[[httpx.Request], httpx.Response]) -> None:
    async def main() -> None:
        async with AsyncClient(secret(), transport=httpx.MockTransport(handler), retry=ONCE) as client:
            await client.wallet.balances()

    with pytest.raises(AkashError) as caught:
        asyncio.run(main())
    assert KEY not in everything_printed(caught.value)


def secret() -> Secret:
    return Secret(KEY)


def test_the_private_key_of_a_certificate_does_not_show_when_the_lease_step_fails() -> None:
    refused = httpx.MockTransport(lambda _: httpx.Response(422, json={"message": "manifest version validation failed"}))
    client = Client(secret(), transport=refused, retry=ONCE)
    pair = CertificatePair("cert", KEY)
    with pytest.raises(AkashError) as caught:
        client.leases.create("[]", [BidID("akash1o", "7", 1, 1, "akash1p")], certificate=pair)
    assert KEY not in everything_printed(caught.value)


def test_a_new_api_key_does_not_show_when_its_answer_cannot_be_read() -> None:
    odd = httpx.MockTransport(lambda _: httpx.Response(201, json={"data": {"apiKey": KEY}}))
    with pytest.raises(AkashError) as caught:
        Client(transport=odd, retry=ONCE).api_keys.create("mine")
    assert KEY not in everything_printed(caught.value)


@pytest.fixture
def dead_service() -> Iterator[str]:
    """A real socket on this machine that takes a request and hangs up without an answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_a_real_connection_that_breaks_shows_no_key_in_errors_or_logs(
    dead_service: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(secret(), base_url=dead_service, retry=ONCE)
    with caplog.at_level(logging.DEBUG), client, pytest.raises(AkashError) as caught:
        client.wallet.balances()
    assert KEY not in everything_printed(caught.value)
    assert caplog.records
    assert not [record for record in caplog.records if KEY in f"{record.getMessage()} {record.args!r}"]


class StoppedInTheMiddle(httpx.BaseTransport):
    """Is interrupted in a frame whose locals hold the headers, as one of the network library's may be."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers_on_the_wire = request.headers.raw
        try:
            raise OSError(f"{len(headers_on_the_wire)} headers")
        except OSError as cause:
            raise self.error from cause


@pytest.mark.parametrize("error", [KeyboardInterrupt(), asyncio.CancelledError(), httpx.WriteError("broken pipe")])
def test_an_interrupt_in_the_middle_of_sending_forgets_the_frames_that_hold_the_key(error: BaseException) -> None:
    transport = KeyedTransport(StoppedInTheMiddle(error), secret())
    request = httpx.Request("GET", "https://console.example/v1/balances")
    with pytest.raises(type(error)) as caught:
        transport.handle_request(request)
    printed = everything_printed(caught.value)
    assert KEY not in printed
    assert "headers_on_the_wire" not in printed


def test_a_bug_in_a_transport_of_ones_own_keeps_its_frames() -> None:
    transport = KeyedTransport(StoppedInTheMiddle(ZeroDivisionError()), secret())
    with pytest.raises(ZeroDivisionError) as caught:
        transport.handle_request(httpx.Request("GET", "https://console.example/"))
    assert "handle_request" in "".join(traceback.format_tb(caught.value.__traceback__)[-1])


def test_the_request_that_the_caller_sees_has_no_key() -> None:
    seen: list[Any] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": []})

    http = httpx.Client(transport=KeyedTransport(httpx.MockTransport(note), secret()))
    response = http.get("https://console.example/v1/bids")
    assert seen[0].headers["x-api-key"] == KEY
    assert "x-api-key" not in response.request.headers
