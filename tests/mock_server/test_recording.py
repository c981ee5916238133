"""A session is recorded once and told again: the same bytes at every door, and no secret in the file."""

from __future__ import annotations

import asyncio
import gzip
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import MOCK_API_KEY, ConnectionBroken, MockConsole, MockRequest, MockResponse, Pacer, serve
from mock_server.mock import NoWorldError
from mock_server.recording.file import read
from mock_server.recording.recorder import Recorder
from mock_server.recording.redaction import Masks, without_secrets
from mock_server.recording.replay import NotRecordedError, Replay
from mock_server.recording.verify import verify
from tests.mock_server.conftest import Tenant, connect, sdl
from tests.mock_server.gateways import lease
from tests.mock_server.test_doors import DOORS, by_server, by_transport, play

PROVIDER = "akash1kegzhhjckxv0w54zwe2g07nawwn6vdhecpj8gy"
CREATE = {"data": {"sdl": sdl(), "deposit": 5}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "session.jsonl"


def live_through(mock: Any, text: str | None = None) -> list[httpx.Response]:
    """A lease, its provider asked through the proxy, an API key of one's own, more funds, the end; every answer."""
    seen: list[httpx.Response] = []
    tenant = connect(mock)
    with tenant.http as http:
        http.event_hooks = {"response": [seen.append]}
        found = lease(mock, tenant, text)
        found.ask("GET", found.lease_path("status"), found.token())
        made = tenant.data("POST", "/v1/api-keys", {"data": {"name": "second"}})
        http.get("/v1/user/me", headers={"x-api-key": made["apiKey"]})
        tenant.deposit(found.dseq, 5)
        mock.sleep(3600)
        tenant.get(found.dseq)
        tenant.close(found.dseq)
    return seen


def told(response: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    return response.status_code, dict(response.headers), response.content


def ask(mock: Any, method: str, path: str, body: Any = None) -> httpx.Response:
    with connect(mock).http as http:
        return http.request(method, path) if body is None else http.request(method, path, json=body)


def statuses(mock: Any, *asked: str) -> list[int]:
    """The statuses of some requests, each written `GET /path`."""
    return [ask(mock, *each.split()).status_code for each in asked]


class Scripted:
    """Something with `handle` that gives prepared answers."""

    dialect = "live"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def handle(self, request: MockRequest) -> MockResponse:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, MockResponse) else MockResponse(200, str(answer).encode())

    def advance(self, seconds: float) -> None:
        pass


def recorded(file: Path, *exchanges: tuple[str, Any], strict: bool = False) -> Replay:
    """A replay of requests, each written `GET /path {"body"}`, and their answers."""
    recorder = Recorder(Scripted(*(answer for _, answer in exchanges)), file)
    for asked, _ in exchanges:
        send(recorder, asked)
    return Replay(file, strict=strict)


def send(mock: Any, asked: str) -> str:
    """The answer's text to a request that is written in one line; what broke is `broken`."""
    method, target, *body = asked.split(" ", 2)
    try:
        response = mock.handle(MockRequest.from_parts(method, target, {}, "".join(body).encode()))
    except ConnectionBroken:
        return "broken"
    return str(response.body.decode())


# --- the same again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS)
def test_a_replay_gives_the_recorded_bytes_at_every_door(door: str, file: Path) -> None:
    recorder = Recorder(MockConsole(), file)
    with by_transport(recorder) as through:
        expected = play(recorder, through)
    replay = Replay(file)
    with DOORS[door](replay) as through:
        assert play(replay, through) == expected
    replay.assert_all_used()


@pytest.mark.parametrize("door", DOORS)
def test_the_same_is_recorded_at_every_door(door: str, file: Path, tmp_path: Path) -> None:
    for path, opened in ((file, by_transport), (tmp_path / "other.jsonl", DOORS[door])):
        recorder = Recorder(MockConsole(), path)
        with opened(recorder) as through:
            play(recorder, through)
    assert (tmp_path / "other.jsonl").read_text() == file.read_text()


@pytest.mark.parametrize("dialect", ["live", "guide"])
def test_a_lifecycle_is_replayed_in_both_dialects(dialect: Any, file: Path) -> None:
    then = live_through(Recorder(MockConsole(dialect=dialect), file))
    replay = Replay(file)
    now = live_through(replay)
    replay.assert_all_used()
    handed_out = [r for r in then if r.request.url.path in ("/v1/certificates", "/v1/create-jwt-token", "/v1/api-keys")]
    assert len(handed_out) == (3 if dialect == "guide" else 2)
    assert [told(r) for r, before in zip(now, then, strict=True) if before not in handed_out] == [
        told(r) for r in then if r not in handed_out
    ]


def test_what_a_replay_hands_out_in_place_of_secrets_has_the_right_form(file: Path) -> None:
    from mock_server.provider import certificates, tokens

    then = live_through(Recorder(MockConsole(dialect="guide"), file))
    now = live_through(Replay(file))

    def of(path: str, seen: list[httpx.Response]) -> Any:
        return next(r.json()["data"] for r in seen if r.request.url.path == path)

    pair, token, key = (of(path, now) for path in ("/v1/certificates", "/v1/create-jwt-token", "/v1/api-keys"))
    fingerprint = certificates.fingerprint(pair["certPem"])
    assert certificates.problem(pair["certPem"], pair["encryptedKey"], [fingerprint]) == ""
    payload = tokens.read(token["token"])
    assert payload is not None
    assert payload["exp"] - payload["iat"] == 1800
    assert key["apiKey"].startswith("ac.sk.mock.")
    assert all(
        given[name] != of(path, then)[name]
        for path, given, name in (
            ("/v1/certificates", pair, "encryptedKey"),
            ("/v1/create-jwt-token", token, "token"),
            ("/v1/api-keys", key, "apiKey"),
        )
    )


def test_a_recorder_answers_as_the_mock_itself(file: Path) -> None:
    assert list(map(told, live_through(Recorder(MockConsole(), file)))) == list(map(told, live_through(MockConsole())))


def test_a_recorder_has_all_that_its_mock_has(file: Path) -> None:
    recorder = Recorder(MockConsole(), file)
    ask(recorder, "GET", "/v1/balances")
    recorder.sleep(60)
    assert (recorder.count("getBalances"), recorder.pace_of(None), recorder.faults_of(None)) == (1, 0, recorder.faults)
    assert not hasattr(recorder, "nothing")


def test_a_body_that_was_cut_inside_a_character_is_replayed_as_it_was(file: Path) -> None:
    whole = '{"name":"größer"}'.encode()
    cut = whole[: whole.index(b"\xc3") + 1]
    asked = MockRequest("GET", "/a"), MockRequest("GET", "/b")
    recorder = Recorder(Scripted(MockResponse(200, cut), MockResponse(200, whole)), file)
    assert [recorder.handle(each).body for each in asked] == [cut, whole]
    assert [Replay(file).handle(each).body for each in asked] == [cut, whole]
    assert "größer" in file.read_text()


@pytest.mark.parametrize(
    "body", ['{"a": 1}', "1.0", "1e400", '"\\ud800"', "null", "", "[1,", "9" * 400, '{"a":1,"a":2}']
)
def test_bodies_are_replayed_as_they_were_written(body: str, file: Path) -> None:
    assert send(recorded(file, ("GET /", body)), "GET /") == body


# --- what is in the file -----------------------------------------------------------------------------------------


def test_a_recording_says_what_it_is_and_what_happened_when(file: Path) -> None:
    console = MockConsole(seed=3, fleet="small", dialect="guide")
    recorder = Recorder(console, file)
    ask(recorder, "GET", "/v1/gpu-prices?x=1")
    console.sleep(1.5)
    ask(recorder, "POST", "/v1/nowhere", {"a": 1})
    header, *exchanges = map(json.loads, file.read_text().splitlines())
    assert header == {
        "format": "akash-console-recording",
        "version": 1,
        "dialect": "guide",
        "mock": {"seed": 3, "fleet": "small", "block_seconds": "6"},
    }
    assert [e["operation"] for e in exchanges] == ["listGpuPrices", "unknown"]
    assert exchanges[1]["now_ms"] - exchanges[0]["now_ms"] == 1500
    assert exchanges[0]["request"] == {"method": "GET", "path": "/v1/gpu-prices", "query": "x=1", "key": "MASKED-1"}
    assert exchanges[1]["request"] == {
        "method": "POST",
        "path": "/v1/nowhere",
        "key": "MASKED-1",
        "headers": {"content-type": "application/json"},
        "json": {"a": 1},
    }
    assert exchanges[1]["reply"] == {
        "status": 404,
        "headers": {
            "content-type": "text/plain; charset=UTF-8",
            "date": "Mon, 05 Jan 2026 12:00:01 GMT",
            "x-akash-mock": "1",
        },
        "text": "404 Not Found",
    }


def test_an_exchange_is_in_the_file_before_the_next_thing_happens(file: Path) -> None:
    recorder = Recorder(MockConsole(), file)
    for count in range(3):
        assert len(read(file).exchanges) == count
        ask(recorder, "GET", "/v1/balances")
    assert read(file).exchanges[-1].operation == "getBalances"


def test_requests_of_several_threads_are_written_down_one_after_the_other(file: Path) -> None:
    recorder = Recorder(MockConsole(), file)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: send(recorder, f"GET /v1/bids?dseq={number + 1}"), range(80)))
    assert len(answers) == len({str(each) for each in read(file).exchanges}) == 80


def test_the_file_is_private_and_is_never_written_over(file: Path) -> None:
    Recorder(MockConsole(), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    with pytest.raises(FileExistsError):
        Recorder(MockConsole(), file)
    assert file.read_bytes() == before


def test_an_answer_that_cannot_be_written_down_still_arrives(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder(MockConsole(), file)
    file.unlink()
    file.mkdir()
    assert ask(recorder, "GET", "/v1/balances").status_code == 200
    assert "GET /v1/balances is missing in the recording" in caplog.text


def test_preflights_and_snapshots_are_no_part_of_a_session(file: Path) -> None:
    recorder = Recorder(MockConsole(), file)
    assert statuses(recorder, "OPTIONS /v1/bids", "GET /_mock/snapshot", "GET /_mock/state") == [204, 200, 200]
    assert [str(each) for each in read(file).exchanges] == ["GET /_mock/state"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not the recording of a session"),
        (b"version: 2.0\n", "not the recording of a session"),
        (b'{"log": {}}\n', "not the recording of a session"),
        (b"[]\n", "not the recording of a session"),
        (b"\x00\xff\xfe\n", "not the recording of a session"),
        (b'{"format":"akash-console-recording","version":9,"dialect":"live"}\n', "version 9; this reads"),
        (b'{"format":"other","version":1,"dialect":"live"}\n', "'other', version 1; this reads"),
        (b'{"format":"akash-console-recording","version":1,"dialect":"live"}\n{"a":1}\n', "line 2, is not an exchange"),
        (b'{"format":"akash-console-recording","version":1,"dialect":"live"}\n{"a\n{}\n', "line 2, is not an exchange"),
    ],
)
def test_a_file_of_something_else_is_refused_in_one_line(content: bytes, problem: str, file: Path) -> None:
    file.write_bytes(content)
    with pytest.raises(ValueError, match=problem) as caught:
        Replay(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_half_written_last_line_is_left_out_with_a_warning(file: Path) -> None:
    recorded(file, ("GET /a", "1"), ("GET /b", "2"))
    whole = file.read_bytes()
    file.write_bytes(whole[:-10])
    with pytest.warns(UserWarning, match="not written to its end"):
        replay = Replay(file)
    assert [str(each) for each in replay.recording.exchanges] == ["GET /a"]
    file.write_bytes(whole.rstrip())  # an editor took the line's end away, and nothing else
    assert len(Replay(file).recording.exchanges) == 2


# --- no secrets --------------------------------------------------------------------------------------------------

ENVIRONMENT = """
      - PLAIN=shown to all
      - API_KEY=canary with blanks # and a comment
      - >-
        FOLDED_TOKEN=canary
        on two lines
      - "QUOTED_SECRET=canary \\" quoted"
      - DATABASE_URL=postgres://user:canary@host/db
"""
CREDENTIALS = "credentials: {host: ghcr.io, username: me, password: canary-registry}"
SECRET_SDL = sdl().replace("    expose", f"    {CREDENTIALS}\n    env:{ENVIRONMENT}    expose", 1)


@pytest.mark.parametrize("dialect", ["live", "guide"])
def test_no_secret_of_a_session_is_in_its_recording(dialect: Any, file: Path) -> None:
    seen = live_through(Recorder(MockConsole(dialect=dialect), file), SECRET_SDL)
    written = file.read_text()
    given = [r.json()["data"] for r in seen if r.is_success and b'"data"' in r.content[:8]]
    secrets = [
        each[name] for each in given if isinstance(each, dict) for name in ("apiKey", "hashedKey") if name in each
    ]
    secrets += [part for each in given if "token" in each for part in each["token"].split(".")]
    secrets += [line for each in given if "encryptedKey" in each for line in each["encryptedKey"].splitlines()[1:-1]]
    assert len(secrets) == (8 if dialect == "guide" else 5)
    for secret in (MOCK_API_KEY, "canary", *secrets):
        assert secret not in written
    assert "PLAIN=shown to all" in written
    assert "x-api-key" not in written


def test_a_secret_has_the_same_mask_wherever_it_turns_up(file: Path) -> None:
    live_through(Recorder(MockConsole(), file))
    by_operation = {each.operation: each for each in read(file).exchanges}
    made = by_operation["createJwtToken"].reply.json["data"]["token"]
    assert by_operation["proxyProvider"].request.json["auth"]["token"] == made
    assert by_operation["getUser"].request.key == by_operation["createApiKey"].reply.json["data"]["apiKey"]
    assert by_operation["createDeployment"].request.key == by_operation["closeDeployment"].request.key == "MASKED-1"


def test_what_a_careless_service_echoes_is_masked_too(file: Path) -> None:
    key, bearer = "not-in-the-usual-form-0123", "Bearer opaque-0123456789"

    def echo(request: httpx.Request) -> httpx.Response:
        text = f"failed: {dict(request.headers)}, {bearer.removeprefix('Bearer ')} is unknown"
        return httpx.Response(500, text=text, headers={"location": f"/?k={key}"})

    transport = Recorder(httpx.MockTransport(echo), file)
    with httpx.Client(transport=transport, base_url="http://real") as http:
        answer = http.get(f"/v1/{key}?token=abc", headers={"x-api-key": key, "authorization": bearer})
    assert key in answer.text
    written = file.read_text()
    assert all(secret not in written for secret in (key, bearer, "opaque-0123456789", "abc"))


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"data": {"token": "canary-token"}}),
        json.dumps({"certificate": {"certPem": "x", "keyPem": 'canary "quoted"\n'}}),
        json.dumps({"data": {"manifest": json.dumps([{"services": [{"env": ["MY_SECRET=canary and more"]}]}])}}),
        json.dumps({"body": json.dumps([{"credentials": {"password": "canary"}}]), "method": "PUT"}),
        json.dumps({"data": {"sdl": SECRET_SDL}}),
        json.dumps({"sdl": "services: [\n API_KEY=canary and more"}),
        json.dumps({"sdl": "services: {web: {env: {API_KEY: canary}}}"}),
        json.dumps({"sdl": "x: &a [API_KEY=canary]\nservices: {web: {env: *a}}"}),
        "-----BEGIN EC PRIVATE KEY-----\ncanary\n-----END EC PRIVATE KEY-----",
        "<p>eyJhbGciOiJub25lIn0.eyJpc3MiOiJjYW5hcnkifQ.c2lnbmF0dXJl</p>",
    ],
)
def test_no_secret_is_left_of_a_body_wherever_it_is_cut(body: str) -> None:
    for end in range(len(body) + 1):
        masked = Masks().text(body[:end])
        assert "canary" not in masked
        assert "eyJpc3MiOiJjYW5hcnkifQ" not in masked
        assert Masks().text(masked) == masked


def test_text_without_secrets_stays_as_it_is() -> None:
    console = MockConsole()
    for path in ("/v1/providers", "/v1/templates-list", "/v1/templates/mock-hello-web", "/v1/gpu-prices"):
        body = console.handle(MockRequest("GET", path)).body.decode()
        assert Masks().text(body) == body
    text = json.dumps({"keyFormat": "ac.sk.mock.ab12cd***34ef56", "token": "", "apiKey": None, "a": "x=1, y == 2"})
    assert Masks().text(text) == text


@pytest.mark.parametrize("piece", ["x", "a-", "eyJ-", "//a:", '"\\\\', "ac.sk.", "-----BEGIN ", "A=", "{", '\\"'])
def test_a_strange_body_takes_no_longer_than_others(piece: str) -> None:
    body = json.dumps({"a": piece * (200_000 // len(piece)) + "= ://"})
    masks = Masks()
    assert masks.text(masks.text(body)) == masks.text(body)


def test_a_masked_sdl_is_the_same_sdl() -> None:
    text = json.loads(Masks().text(json.dumps({"sdl": SECRET_SDL})))["sdl"]
    lines = [(was, now) for was, now in zip(SECRET_SDL.splitlines(), text.splitlines(), strict=False) if was != now]
    assert [now.strip() for _, now in lines[:3]] == [
        "credentials: {host: ghcr.io, username: me, password: MASKED-1}",
        "- API_KEY=MASKED-2 # and a comment",
        "- FOLDED_TOKEN=MASKED-3",
    ]
    assert ask(MockConsole(), "POST", "/v1/deployments", {"data": {"sdl": text, "deposit": 5}}).status_code == 201


def test_the_quick_form_blanks_what_gives_access() -> None:
    body = b'{"keyPem": "a\\"b", "certPem": "c", "token":"d", "encryptedKey":""}'
    assert without_secrets(body) == b'{"keyPem": "***", "certPem": "c", "token":"***", "encryptedKey":"***"}'


# --- between a client and the real service -----------------------------------------------------------------------


def service(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/lost":
        raise httpx.ReadTimeout("too late", request=request)
    if request.url.path == "/refused":
        raise httpx.ConnectError("nobody there", request=request)
    body = gzip.compress(json.dumps({"asked": request.content.decode()}).encode())
    headers = [("content-encoding", "gzip"), ("content-type", "application/json"), ("set-cookie", "session=canary")]
    return httpx.Response(200, headers=[*headers, ("set-cookie", "b=2")], stream=httpx.ByteStream(body))


def test_a_client_notices_nothing_of_a_recorder_around_its_transport(file: Path) -> None:
    with httpx.Client(transport=Recorder(httpx.MockTransport(service), file), base_url="http://real") as http:
        assert http.post("/v1/pricing", content=(part for part in (b"a", b"b"))).json() == {"asked": "ab"}
        with http.stream("GET", "/v1/gpu") as response:
            assert gzip.decompress(b"".join(response.iter_raw())) == b'{"asked": ""}'
        assert response.headers.get_list("set-cookie") == ["session=canary", "b=2"]
        for path in ("/lost", "/refused"):
            with pytest.raises(httpx.TransportError, match=r"too late|nobody there"):
                http.get(path)
    assert "canary" not in file.read_text()
    assert read(file).header.mock is None
    found = read(file).exchanges
    assert [each.operation for each in found] == ["getPricing", "getGpu", "unknown", "unknown"]
    assert [(each.reply.broken, each.reply.error) for each in found[2:]] == [
        ("after", "ReadTimeout"),
        ("refused", "ConnectError"),
    ]
    assert found[0].reply.headers == {"content-type": "application/json"}
    replay = Replay(file)
    assert (send(replay, "POST /v1/pricing ab"), send(replay, "GET /lost")) == ('{"asked": "ab"}', "broken")
    assert replay.handle(MockRequest("GET", "/v1/gpu")).headers["x-akash-mock"] == "1"


def test_an_async_client_is_recorded_alike(file: Path, tmp_path: Path) -> None:
    asked = [("POST", "/v1/pricing"), ("GET", "/lost"), ("GET", "/v1/gpu")]

    async def run() -> None:
        transport = Recorder(httpx.MockTransport(service), file)
        async with httpx.AsyncClient(transport=transport, base_url="http://real") as http:
            for method, path in asked:
                with suppress(httpx.ReadTimeout):
                    await http.request(method, path)

    asyncio.run(run())
    other = tmp_path / "other.jsonl"
    with httpx.Client(transport=Recorder(httpx.MockTransport(service), other), base_url="http://real") as http:
        for method, path in asked:
            with suppress(httpx.ReadTimeout):
                http.request(method, path)
    assert file.read_text() == other.read_text()
    assert len(read(file).exchanges) == 3


def test_a_body_that_cannot_be_unpacked_is_the_clients_affair(file: Path) -> None:
    broken = httpx.MockTransport(
        lambda _: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))
    )
    with (
        httpx.Client(transport=Recorder(broken, file), base_url="http://real") as http,
        pytest.raises(httpx.DecodingError),
    ):
        http.get("/v1/gpu")
    assert read(file).exchanges[0].reply.text == "no gzip"


# --- which answer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('POST /v1/leases {"a": 1, "b": [2.0]}', 'POST /v1/leases {"b":[2],"a":1.0}'),
        ("GET /v1/bids?dseq=1&x=%20", "GET /v1/bids?x=+&dseq=1"),
        ('POST / {"auth":{"token":"one"}}', 'POST / {"auth":{"token":"another"}}'),
        ('POST /v1/leases {"certificate":{"certPem":"a","keyPem":"b"}}',
         'POST /v1/leases {"certificate":{"certPem":"c","keyPem":"d"}}'),
        ('POST /v1/deployments {"sdl":"services: {web: {env: [A_KEY=one]}}"}',
         'POST /v1/deployments {"sdl":"services: {web: {env: [A_KEY=two words]}}"}'),
        ("POST /v1/leases no json", "POST /v1/leases no json"),
    ],
)  # fmt: skip
def test_requests_that_mean_the_same_get_the_same_answer(was: str, now: str, file: Path) -> None:
    assert send(recorded(file, (was, "yes")), now) == "yes"


@pytest.mark.parametrize(
    ("was", "now", "difference"),
    [
        ('POST /v1/leases {"a":{"b":[1,5]}}', 'POST /v1/leases {"a":{"b":[1,6]}}',
         "body.a.b[1] is 5 in the recording, and 6 now"),
        ('POST /v1/leases {"a":1}', 'POST /v1/leases {"a":true}', "body.a is 1 in the recording, and true now"),
        ("GET /v1/bids?dseq=1", "GET /v1/bids", 'query.dseq is ["1"] in the recording, and nothing now'),
        ("PUT /v1/bids", "GET /v1/bids", 'method is "PUT" in the recording, and "GET" now'),
        ("GET /v1/bids/1", "GET /v1/bids/2", 'path is "/v1/bids/1" in the recording, and "/v1/bids/2" now'),
        (f"POST / {'x' * 90} one {'y' * 90}", f"POST / {'x' * 90} two {'y' * 90}", '…"xxxxxxxxxxxxxxxxxxx one yyy'),
    ],
)  # fmt: skip
def test_what_was_not_recorded_is_told_with_the_closest_that_was(
    was: str, now: str, difference: str, file: Path
) -> None:
    replay = recorded(file, ("GET /v1/gpu", "no"), (was, "yes"))
    with pytest.raises(NotRecordedError) as caught:
        replay.answer(MockRequest.from_parts(*now.split(" ", 2)[:2], {}, "".join(now.split(" ", 2)[2:]).encode()))
    assert str(caught.value).startswith(f"{' '.join(now.split(' ')[:2])} is not in {file}. Closest is exchange 2, ")
    assert difference in str(caught.value)


def test_in_process_a_request_that_was_not_recorded_raises_and_over_http_it_is_501_with_the_same_words(
    file: Path,
) -> None:
    replay = recorded(file, ("GET /v1/gpu", "{}"))
    with pytest.raises(NotRecordedError) as caught:
        ask(replay, "GET", "/v1/gpus")
    with by_server(replay) as through:
        answer = through("GET", "/v1/gpus")
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (
        501,
        "not_recorded",
        str(caught.value),
    )


def test_nothing_was_recorded(file: Path) -> None:
    Recorder(MockConsole(), file)
    with pytest.raises(NotRecordedError, match="nothing was recorded"):
        ask(Replay(file), "GET", "/v1/gpu")


def test_equal_requests_get_their_answers_in_recorded_order_and_the_last_read_is_repeated(file: Path) -> None:
    replay = recorded(file, ("GET /a", "1"), ("GET /b", "x"), ("GET /a", "2"))
    assert [send(replay, f"GET /{name}") for name in "aabaab"] == ["1", "2", "x", "2", "2", "x"]


def test_a_write_is_answered_as_often_as_it_was_recorded(file: Path) -> None:
    replay = recorded(file, ("POST /a", "1"), ("POST /a", "2"))
    assert [send(replay, "POST /a") for _ in range(2)] == ["1", "2"]
    with pytest.raises(NotRecordedError, match=r"POST /a was recorded 2 times in .*, and is asked for once more"):
        replay.answer(MockRequest("POST", "/a"))


def test_reads_do_not_run_ahead_of_writes_and_do_not_lag_behind(file: Path) -> None:
    replay = recorded(
        file,
        *(("GET /a", "opening"), ("GET /a", "open"), ("DELETE /a", "ok"), ("GET /a", "closing"), ("GET /a", "closed")),
    )
    assert [send(replay, f"{method} /a") for method in ("GET", "GET", "GET", "DELETE", "GET", "GET", "GET")] == [
        *("opening", "open", "open", "ok", "closing", "closed", "closed")
    ]
    hasty = Replay(file)
    assert [send(hasty, f"{method} /a") for method in ("GET", "DELETE", "GET")] == ["opening", "ok", "closing"]
    later = Replay(file)
    assert [send(later, f"{method} /a") for method in ("DELETE", "GET")] == ["ok", "closing"]


@pytest.mark.parametrize(
    "asked",
    ['POST /v1/pricing {"cpu":1}', 'POST / {"method":"GET","url":"u"}', 'POST /v1/create-jwt-token {"data":{"ttl":1}}'],
)
def test_what_only_asks_may_be_repeated_though_it_is_no_get(asked: str, file: Path) -> None:
    replay = recorded(file, (asked, "1"))
    assert [send(replay, asked) for _ in range(3)] == ["1", "1", "1"]


def test_a_manifest_sent_through_the_proxy_is_a_write(file: Path) -> None:
    asked = 'POST / {"method":"PUT","url":"u"}'
    replay = recorded(file, (asked, "1"))
    assert send(replay, asked) == "1"
    with pytest.raises(NotRecordedError):
        replay.answer(MockRequest("POST", "/", {}, {}, b'{"method":"PUT","url":"u"}'))


def test_a_strict_replay_wants_each_request_in_its_turn(file: Path) -> None:
    replay = recorded(file, ("GET /a", "1"), ("GET /b", "2"), strict=True)
    with pytest.raises(NotRecordedError, match=r"GET /b is not what comes next in .* That is exchange 1, unknown"):
        replay.answer(MockRequest("GET", "/b"))
    assert (send(replay, "GET /a"), send(replay, "GET /b")) == ("1", "2")
    with pytest.raises(NotRecordedError, match="GET /a is asked for after the end"):
        replay.answer(MockRequest("GET", "/a"))


def test_what_nobody_asked_for_is_listed(file: Path) -> None:
    replay = recorded(file, ("GET /a", "1"), ("POST /b?x=1", "2"))
    assert send(replay, "GET /a") == "1"
    assert [str(each) for each in replay.unused()] == ["POST /b?x=1"]
    with pytest.raises(AssertionError, match=r"1 recorded requests were not made: POST /b\?x=1\."):
        replay.assert_all_used()
    send(replay, "POST /b?x=1")
    replay.assert_all_used()


# --- how connections break ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after", "refused"])
@pytest.mark.parametrize("door", ["transport", "async transport", "respx", "server"])
def test_a_broken_connection_is_replayed_as_broken(door: str, when: str, file: Path) -> None:
    console = MockConsole()
    if when == "refused":
        console.faults.refuse("createDeployment")
    else:
        console.faults.drop("createDeployment", when=when)
    for mock, opened in ((Recorder(console, file), by_transport), (None, DOORS[door])):
        with opened(mock or Replay(file)) as through:
            with pytest.raises(httpx.TransportError) as caught:
                through("POST", "/v1/deployments", json=CREATE)
            if door != "server":
                assert type(caught.value) is (httpx.ConnectError if when == "refused" else httpx.ReadError)
            listed = through("GET", "/v1/deployments").json()["data"]["deployments"]
            assert len(listed) == (1 if when == "after" else 0)
    assert read(file).exchanges[0].reply.broken == when


def test_a_late_answer_is_replayed_late(file: Path) -> None:
    console = MockConsole()
    console.faults.latency(8)
    with connect(Recorder(console, file)).http as http:
        http.get("/v1/gpu", timeout=9)
    with connect(Replay(file)).http as http:
        assert http.get("/v1/gpu", timeout=9).status_code == 200
        with pytest.raises(httpx.ReadTimeout):
            http.get("/v1/gpu", timeout=7)


def test_faults_can_be_added_to_a_replay(file: Path) -> None:
    ask(Recorder(MockConsole(), file), "GET", "/v1/gpu")
    replay = Replay(file)
    replay.faults.status(503, "getGpu")
    replay.faults.garble("getGpu", text="<html>")
    assert [ask(replay, "GET", "/v1/gpu").status_code for _ in range(2)] == [503, 200]
    assert len(replay.faults) == 0
    replay.faults.drop("getGpu")
    with pytest.raises(httpx.ReadError):
        ask(replay, "GET", "/v1/gpu")


def test_pages_of_other_origins_may_ask_a_replay(file: Path) -> None:
    ask(Recorder(MockConsole(), file), "GET", "/v1/gpu")
    replay, headers = Replay(file), {"origin": "http://page"}
    assert replay.handle(MockRequest("OPTIONS", "/v1/gpu", headers=headers)).status == 204
    answer = replay.handle(MockRequest("GET", "/v1/gpu", headers=headers))
    assert answer.headers["access-control-allow-origin"] == "http://page"


def test_a_replay_has_no_streams(file: Path) -> None:
    Recorder(MockConsole(), file)
    with pytest.raises(NoWorldError, match="no streams"):
        Replay(file).visit(None, lambda world: world)
    websockets = pytest.importorskip("websockets.sync.client", reason="the server speaks WebSocket only with it")
    target = {"url": "https://provider.example:8443/status", "providerAddress": PROVIDER}
    with serve(Replay(file)) as server, websockets.connect(server.url.replace("http", "ws")) as socket:
        socket.send(json.dumps({"type": "websocket", **target}))
        assert json.loads(socket.recv(timeout=10))["error"] == "Received error from provider websocket"


def test_the_time_of_a_replay_is_that_of_its_answers_and_what_was_waited(file: Path) -> None:
    console = MockConsole()
    recorder = Recorder(console, file)
    begin = console.now
    ask(recorder, "GET", "/v1/gpu")
    console.sleep(100)
    ask(recorder, "GET", "/v1/balances")
    replay = Replay(file)
    assert (replay.now, replay.block_seconds, replay.pace_of(None)) == (begin, 6, 0)
    replay.sleep(10)
    assert replay.now == begin + 10
    ask(replay, "GET", "/v1/balances")
    assert replay.now == begin + 100


# --- the same seed, the same calls -------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["live", "guide"])
def test_the_same_seed_and_the_same_calls_give_the_same_bytes(dialect: Any, file: Path) -> None:
    live_through(Recorder(MockConsole(dialect=dialect, seed=11), file))
    assert verify(file, MockConsole(dialect=dialect, seed=11)) == []


def test_a_session_in_paced_time_can_be_verified(file: Path) -> None:
    wall = iter(range(10_000))
    console = MockConsole()
    pacer = Pacer(console, 1.007, now=lambda: next(wall) / 7, pause=lambda _: None, hurry=1e9)
    live_through(Recorder(pacer, file))
    assert len({each.now_ms for each in read(file).exchanges}) > 5
    assert verify(file, MockConsole()) == []


def test_another_mock_gives_other_answers_and_verify_says_where(file: Path) -> None:
    recorder = Recorder(MockConsole(), file)
    statuses(recorder, "GET /v1/gpu", "GET /v1/balances")
    (found,) = verify(file, MockConsole(balance_usd=99))
    assert found.number == 2
    assert str(found).startswith("exchange 2, getBalances (GET /v1/balances): body.data.balance is 100000000 in the")


def test_a_fault_of_the_session_must_be_there_when_it_is_verified(file: Path) -> None:
    console = MockConsole()
    console.faults.drop("createDeployment", when="after")
    with pytest.raises(httpx.ReadError):
        ask(Recorder(console, file), "POST", "/v1/deployments", CREATE)
    (found,) = verify(file, MockConsole())
    assert 'broken is "after" in the recording, and nothing now' in str(found)
    again = MockConsole()
    again.faults.drop("createDeployment", when="after")
    assert verify(file, again) == []


def test_the_mocks_own_controls_are_run_again(file: Path) -> None:
    recorder = Recorder(MockConsole(), file)
    ask(recorder, "POST", "/_mock/faults", {"fault": "no_bids"})
    dseq = ask(recorder, "POST", "/v1/deployments", CREATE).json()["data"]["dseq"]
    ask(recorder, "POST", "/_mock/advance", {"seconds": 60})
    assert ask(recorder, "GET", f"/v1/bids/{dseq}").json()["data"] == []
    assert verify(file, MockConsole()) == []


def test_each_key_is_asked_for_in_the_order_of_its_first_use(file: Path) -> None:
    recorder = Recorder(MockConsole(api_keys=("one", "two"), balance_usd=50), file)
    for key in ("wrong", "two", "one", "two"):
        with Tenant(connect(recorder, key).http).http as http:
            http.get("/v1/balances")
            http.post("/v1/deployments", json=CREATE)
    again = MockConsole(api_keys=("one", "two"), balance_usd=50)
    assert verify(file, again, api_keys=("two", "one")) == []
    with pytest.raises(ValueError, match="used 2 API keys, and only 1 are given"):
        verify(file, MockConsole(api_keys=("one", "two"), balance_usd=50), api_keys=("two",))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"seed": 8}, "seed 7 and not 8"),
        ({"fleet": "small"}, "fleet 'default' and not 'small'"),
        ({"dialect": "guide"}, "dialect 'live' and not 'guide'"),
    ],
)
def test_a_mock_of_another_kind_is_refused(options: Any, problem: str, file: Path) -> None:
    Recorder(MockConsole(), file)
    with pytest.raises(ValueError, match=problem):
        verify(file, MockConsole(**options))


def test_a_mock_that_has_lived_is_refused(file: Path) -> None:
    ask(Recorder(MockConsole(), file), "GET", "/v1/gpu")
    console = MockConsole()
    console.sleep(5)
    with pytest.raises(ValueError, match="5 s ahead of the session: take a fresh one"):
        verify(file, console)


def test_the_real_service_cannot_be_verified(file: Path) -> None:
    Recorder(httpx.MockTransport(service), file)
    with pytest.raises(ValueError, match="recording of a real service"):
        verify(file, MockConsole())
