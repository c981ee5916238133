"""The stream protocol without a line: what is asked for, and what answers mean."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akash_nb.client import streams
from akash_nb.client.lines import proxy_address
from akash_nb.client.streams import Ending, Frame, ShellOutput, read
from akash_nb.ids import LeaseID

LEASE = LeaseID("akash1owner", "1755849600123", 1, 2, "akash1provider")
HOST = "https://provider.example:8443"


def said(**fields: Any) -> str:
    return json.dumps({"type": "websocket", **fields})


def test_logs_are_asked_for_at_the_lease_of_their_provider() -> None:
    message = streams.logs(LEASE, HOST, follow=True, tail=20, services=["web", "db"]).message()

    assert message == {
        "type": "websocket",
        "url": f"{HOST}/lease/1755849600123/1/2/logs?follow=true&tail=20&service=web%2Cdb",
        "providerAddress": "akash1provider",
    }


def test_events_have_a_path_of_their_own_and_no_service_means_all() -> None:
    url = streams.events(LEASE, HOST, follow=False).message()["url"]

    assert url == f"{HOST}/lease/1755849600123/1/2/kubeevents?follow=false"


def test_a_command_keeps_its_words_whatever_is_in_them() -> None:
    words = ["sh", "-c", "echo 'a&b=c' + \"ü\" # no"]
    query = parse_qs(urlsplit(streams.shell(LEASE, HOST, words, service="web").message()["url"]).query)

    assert [query[f"cmd{n}"][0] for n in range(3)] == words
    assert {name: query[name] for name in ("stdin", "tty", "podIndex", "service")} == {
        "stdin": ["0"],
        "tty": ["0"],
        "podIndex": ["0"],
        "service": ["web"],
    }


def test_input_goes_with_the_message_that_opens_the_shell_and_is_not_shown() -> None:
    stream = streams.shell(LEASE, HOST, ["sh"], service="web", stdin=b"hi")

    assert stream.message()["data"] == "104,104,105"
    assert "stdin=1" in stream.message()["url"]
    assert "hi" not in repr(stream)


@pytest.mark.parametrize("kind", ["logs", "events", "shell"])
def test_a_token_allows_one_kind_of_stream_at_one_provider(kind: Any) -> None:
    assert streams.Stream(kind, LEASE, HOST, ()).permissions == [
        {"provider": "akash1provider", "access": "scoped", "scope": [kind]}
    ]


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (said(message="line"), Frame("line")),
        (said(message={"type": "Buffer", "data": [100, 104, 105]}), Frame(b"dhi")),
        (said(message={"type": "Buffer", "data": [100, 300]}), None),
        (said(message=""), None),
        ('{"type":"pong"}', None),
        ("no json", None),
        ("[]", None),
        (said(error="tokenExpired"), Ending("expired", "the token has expired")),
        (said(message="", closed=True, code=1000, reason=""), Ending("over", "closed with 1000")),
        (said(message="", closed=True, code=4001, reason=""), Ending("no_lease", "closed with 4001")),
        (said(message="", closed=True, code=4000, reason="no running pods"), Ending("no_pods", "no running pods")),
        (said(message="", closed=True, code=4000, reason="out of memory"), Ending("broken", "out of memory")),
        (said(message="", closed=True, code=1008, reason="noCertificate"), Ending("certificate", "noCertificate")),
        (said(message="", closed=True, code=1006, reason=""), Ending("broken", "closed with 1006")),
        (said(message="gone", error="gone"), Ending("failed", "gone")),
        (
            said(message="No match", error="Invalid message format", errors=[{"message": "Invalid url"}]),
            Ending("refused", "No match (Invalid url)"),
        ),
    ],
)
def test_an_answer_of_the_proxy_means_a_frame_an_end_or_nothing(answer: str, meaning: object) -> None:
    assert read(answer) == meaning


@given(st.text() | (st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())).map(json.dumps))
def test_no_answer_whatever_it_is_makes_reading_fail(text: str) -> None:
    assert read(text) is None or read(text)


@given(
    st.dictionaries(
        st.sampled_from(["message", "error", "errors", "closed", "code", "reason"]),
        st.none() | st.text() | st.integers() | st.lists(st.integers()) | st.dictionaries(st.text(), st.integers()),
    )
)
def test_no_message_of_the_proxy_makes_reading_fail(fields: dict[str, Any]) -> None:
    read(json.dumps({"type": "websocket", **fields}))


@given(st.text(max_size=40), st.lists(st.integers(0, 60), max_size=6))
def test_output_is_the_same_however_it_is_cut_into_frames(text: str, cuts: list[int]) -> None:
    written = text.encode()
    places = [0, *sorted(min(cut, len(written)) for cut in cuts), len(written)]
    output = ShellOutput()
    pieces = [output.take(bytes([100]) + written[a:b]) for a, b in pairwise(places)]

    assert output.stdout == text == "".join(piece[1] for piece in pieces if piece)
    assert output.exit_code is None


def test_output_and_errors_are_kept_apart_and_the_result_ends_it() -> None:
    output = ShellOutput()
    told = [output.take(frame) for frame in (b"dout\n", b"eerr\n", b'f{"exit_code":3}\n', b"")]

    assert told == [("stdout", "out\n"), ("stderr", "err\n"), None, None]
    assert (output.stdout, output.stderr, output.exit_code) == ("out\n", "err\n", 3)


def test_a_command_that_the_provider_lost_has_no_exit_code() -> None:
    output = ShellOutput()
    output.take(b"g")

    assert (output.has_failed, output.exit_code) == (True, None)


def test_of_endless_output_the_first_part_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_OUTPUT", 5)
    output = ShellOutput()

    assert [output.take(b"dabc"), output.take(b"ddef"), output.take(b"dg")] == [
        ("stdout", "abc"),
        ("stdout", "de"),
        None,
    ]
    assert (output.stdout, output.is_truncated) == ("abcde", True)


@pytest.mark.parametrize(
    ("base_url", "proxy"),
    [
        ("https://console-api.akash.network", "wss://console-provider-proxy.akash.network"),
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/"),
        ("https://console.example/base", "wss://console.example/"),
    ],
)
def test_the_public_service_has_its_proxy_elsewhere_and_others_on_the_same_host(base_url: str, proxy: str) -> None:
    assert proxy_address(base_url) == proxy
