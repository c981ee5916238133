"""One call with its retries, fed by hand: what is sent again, what is not, and which error comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from akash_nb.client import exchange
from akash_nb.client.call import Call, Flow, Repeat, Sleep, send
from akash_nb.client.retry import RetryPolicy
from akash_nb.client.wire import Lost, Reply, Request
from akash_nb.errors import (
    AkashError,
    APIError,
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    ForbiddenError,
    InvalidRequestError,
    MissingRouteError,
    NotFoundError,
    OutcomeUnknownError,
    OutOfFundsError,
    RateLimitedError,
    ServiceError,
    WalletProvisioningError,
)

READ: Call[Any] = Call("getThing", "GET", "/v1/thing", lambda value: value["x"], dseq="7")
SPEND: Call[Any] = Call(
    "createThing", "POST", "/v1/thing", lambda value: value["x"], json={"data": {}}, repeat=Repeat.NEVER, dseq="7"
)
GOOD = Reply(200, b'{"data":{"x":1}}')
NEVER_LEFT = Lost("ConnectError: refused", was_sent=False)
NO_ANSWER = Lost("ReadTimeout", was_sent=True)


def refused(status: int, message: str = "no", code: str = "", **fields: str) -> Reply:
    body = {"error": "SomeError", "message": message, "code": code, "type": "client_error"}
    return Reply(status, json.dumps(body).encode(), **fields)


def feed(
    work: Call[Any] | Flow[Any], *replies: Reply | Lost, policy: RetryPolicy | None = None
) -> tuple[Any, list[float]]:
    """Run work by hand and give its result or error, and the pauses it asked for. All replies must be used."""
    steps = exchange.run(work, policy or RetryPolicy(), lambda: 1.0)
    pauses: list[float] = []
    waiting = list(replies)
    answer: Reply | Lost | None = None
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Sleep):
                pauses.append(step.seconds)
                answer = None
            else:
                answer = waiting.pop(0)
    except StopIteration as stop:
        outcome: Any = stop.value
    except AkashError as error:
        outcome = error
    assert not waiting, "not everything was asked for"
    return outcome, pauses


@pytest.mark.parametrize("call", [READ, SPEND], ids=["read", "spend"])
@pytest.mark.parametrize(
    "passing",
    [refused(429), NEVER_LEFT, refused(409, code="wallet_provisioning")],
    ids=["rate limited", "never left", "wallet provisioning"],
)
def test_what_certainly_did_nothing_is_sent_again_even_when_it_spends(call: Call[Any], passing: Reply | Lost) -> None:
    assert feed(call, passing, GOOD)[0] == 1


@pytest.mark.parametrize(
    "passing",
    [
        NO_ANSWER,
        refused(500),
        refused(502),
        refused(503),
        Reply(200, b'{"data":{"x"'),
        Reply(200, b'{"data":{}}'),
        Reply(200, b""),
    ],
    ids=["no answer", "500", "502", "503", "truncated", "other shape", "empty"],
)
class TestDoubt:
    def test_a_read_is_sent_again(self, passing: Reply | Lost) -> None:
        assert feed(READ, passing, GOOD)[0] == 1

    def test_a_spending_call_is_never_sent_again(self, passing: Reply | Lost) -> None:
        outcome, pauses = feed(SPEND, passing)
        assert isinstance(outcome, OutcomeUnknownError)
        assert (outcome.operation, outcome.dseq) == ("createThing", "7")
        assert "may or may not" in outcome.means
        assert "session.resume()" in outcome.todo
        assert pauses == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequestError),
        (401, AuthenticationError),
        (402, OutOfFundsError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (409, ConflictError),
        (413, InvalidRequestError),
        (422, InvalidRequestError),
        (495, InvalidRequestError),
        (302, InvalidRequestError),
    ],
)
@pytest.mark.parametrize("call", [READ, SPEND], ids=["read", "spend"])
def test_a_refusal_is_final_and_named_by_its_meaning(call: Call[Any], status: int, kind: type[APIError]) -> None:
    outcome, pauses = feed(call, refused(status, "Because.", "some_code"))
    assert type(outcome) is kind
    assert (outcome.status, outcome.code, outcome.message) == (status, "some_code", "Because.")
    assert outcome.operation == call.operation
    assert pauses == []


def test_a_service_that_stays_broken_ends_in_its_error_after_four_attempts() -> None:
    outcome, pauses = feed(READ, *[refused(503, "down", "service_unavailable")] * 4)
    assert isinstance(outcome, ServiceError)
    assert outcome.message == "down"
    assert pauses == [0.75, 1.5, 3.0]


@pytest.mark.parametrize(
    ("lost", "means"),
    [(NEVER_LEFT, "Nothing was sent."), (NO_ANSWER, "Nothing was changed.")],
    ids=["never left", "no answer"],
)
def test_a_read_without_any_answer_says_what_that_means(lost: Lost, means: str) -> None:
    outcome, _ = feed(READ, *[lost] * 4)
    assert isinstance(outcome, ConnectionFailedError)
    assert outcome.was_sent == lost.was_sent
    assert outcome.means == means
    assert "4 attempts" in outcome.what


REPEATED: Call[Any] = Call("putThing", "PUT", "/v1/thing", lambda value: value["x"], json={}, dseq="7")


@pytest.mark.parametrize("last", [NEVER_LEFT, refused(429)], ids=["then unreachable", "then too many requests"])
def test_doubt_about_an_early_attempt_is_not_forgotten_in_the_end(last: Lost | Reply) -> None:
    """The first one may have worked, although the others certainly did nothing."""
    outcome, _ = feed(REPEATED, NO_ANSWER, *[last] * 3)

    assert outcome.means == "It may have happened all the same; to ask for it again is safe."


def test_a_spending_call_that_never_left_is_no_doubt() -> None:
    outcome, _ = feed(SPEND, *[NEVER_LEFT] * 4)
    assert isinstance(outcome, ConnectionFailedError)
    assert not outcome.was_sent


def test_a_spending_call_that_was_lost_after_a_harmless_start_is_not_sent_a_third_time() -> None:
    outcome, pauses = feed(SPEND, NEVER_LEFT, NO_ANSWER)
    assert isinstance(outcome, OutcomeUnknownError)
    assert len(pauses) == 1


def test_a_wallet_that_is_being_set_up_is_waited_for_15_times_up_to_10_seconds_apart() -> None:
    outcome, pauses = feed(SPEND, *[refused(409, code="wallet_provisioning")] * 15)
    assert isinstance(outcome, WalletProvisioningError)
    assert pauses == [1, 2, 4, 8, *[10.0] * 10]


def test_the_pause_that_the_service_asks_for_is_kept() -> None:
    assert feed(READ, refused(429, retry_after="7"), GOOD)[1] == [7.0]


def test_a_pause_of_an_hour_is_not_waited_for_but_told() -> None:
    outcome, pauses = feed(READ, refused(429, retry_after="3600"))
    assert isinstance(outcome, RateLimitedError)
    assert outcome.retry_after_s == 3600
    assert pauses == []


def test_a_retry_after_that_is_a_date_falls_back_to_our_own_pause() -> None:
    assert feed(READ, refused(429, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"), GOOD)[1] == [0.75]


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 0.375), (0.5, 0.5625), (1.0, 0.75)])
def test_a_pause_lies_between_half_and_all_of_its_bound(chance: float, pause: float) -> None:
    error = ServiceError("down", status=500)
    assert RetryPolicy().delay(error, repeat=Repeat.FREELY, attempt=1, chance=chance) == pause


def test_pauses_grow_up_to_their_cap() -> None:
    policy = RetryPolicy(attempts=8)
    error = ServiceError("down", status=500)
    pauses = [policy.delay(error, repeat=Repeat.FREELY, attempt=n, chance=1.0) for n in range(1, 9)]
    assert pauses == [0.75, 1.5, 3.0, 6.0, 8.0, 8.0, 8.0, None]


def test_a_retry_is_announced_in_words() -> None:
    steps = exchange.run(READ, RetryPolicy(), lambda: 1.0)
    next(steps)
    pause = steps.send(refused(503, "down"))
    assert isinstance(pause, Sleep)
    assert pause.reason == "getThing answered 503: down Trying again in 0.8 s (attempt 2)."


def test_a_plain_text_404_means_that_the_endpoint_is_missing() -> None:
    outcome, _ = feed(READ, Reply(404, b"404 Not Found", "text/plain"))
    assert type(outcome) is MissingRouteError
    assert outcome.message == "404 Not Found"


def test_another_text_404_means_that_the_thing_is_missing() -> None:
    outcome, _ = feed(READ, Reply(404, b"Provider not found.", "text/plain"))
    assert type(outcome) is NotFoundError
    assert outcome.message == "Provider not found."


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>Bad gateway</html>", "<html>Bad gateway</html>"),
        (b"", "status 400"),
        (b"[1, 2]", "[1, 2]"),
        (b'{"error":"Content-Type header is required"}', "Content-Type header is required"),
        (b'{"error":"Error","message":"","code":"unknown_error"}', "Error"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'{"message":"manifest version validation failed\\n"}', "manifest version validation failed"),
    ],
    ids=["html", "empty", "list", "no message", "empty message", "not text", "newline"],
)
def test_an_error_in_any_shape_has_a_message(body: bytes, message: str) -> None:
    outcome, _ = feed(READ, Reply(400, body))
    assert isinstance(outcome, InvalidRequestError)
    assert outcome.message == message


def test_validation_problems_are_told_with_their_places() -> None:
    problems = [
        {"code": "custom", "message": "Invalid address", "path": ["leases", 0, "provider"]},
        {"code": "invalid_union", "message": "Invalid input", "path": []},
    ]
    body = {"error": "BadRequestError", "message": "Validation error", "code": "validation_error", "data": problems}
    outcome, _ = feed(READ, Reply(400, json.dumps(body).encode()))
    assert outcome.message == "Validation error (leases.0.provider: Invalid address; body: Invalid input)"
    assert outcome.data == problems


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_refusal_in_the_midst_of_the_lease_step_does_not_claim_that_nothing_changed(status: int) -> None:
    call: Call[Any] = Call("createLease", "POST", "/v1/leases", lambda v: v, after_refusal="The lease may exist.")
    assert feed(call, refused(status))[0].means == "The lease may exist."


@pytest.mark.parametrize("status", [402, 403, 429])
def test_a_refusal_before_any_work_says_that_nothing_changed(status: int) -> None:
    call: Call[Any] = Call("createLease", "POST", "/v1/leases", lambda v: v, after_refusal="The lease may exist.")
    outcome, _ = feed(call, refused(status), policy=RetryPolicy(attempts=1))
    assert outcome.means in ("Nothing was changed.", "Nothing was spent.")


def test_an_unreadable_answer_keeps_its_status() -> None:
    outcome, _ = feed(READ, Reply(201, b'{"data":{}}'), policy=RetryPolicy(attempts=1))
    assert isinstance(outcome, ServiceError)
    assert (outcome.status, outcome.code) == (201, "unreadable")


@pytest.mark.parametrize("body", [b'{"data":{"x":1}}', b'{"x":1}'], ids=["in an envelope", "bare"])
def test_answers_are_read_with_and_without_their_envelope(body: bytes) -> None:
    assert feed(READ, Reply(200, body))[0] == 1


def test_a_body_is_compact_json_and_a_read_has_none() -> None:
    call: Call[Any] = Call("x", "POST", "/v1/x", lambda v: v, json={"data": {"sdl": "ä\n"}})
    request = next(exchange.run(call, RetryPolicy(), lambda: 0.0))
    assert isinstance(request, Request)
    assert request.body == b'{"data":{"sdl":"\\u00e4\\n"}}'
    read = next(exchange.run(READ, RetryPolicy(), lambda: 0.0))
    assert isinstance(read, Request)
    assert read.body is None


def test_a_flow_can_catch_the_error_of_its_call_and_go_on() -> None:
    def flow() -> Flow[str]:
        try:
            yield from send(SPEND)
        except OutcomeUnknownError:
            yield Sleep(2.0)
            return str((yield from send(READ)))
        return "sent"

    assert feed(flow(), NO_ANSWER, GOOD) == ("1", [2.0])


def test_a_flow_that_does_not_catch_an_error_ends_in_it() -> None:
    closed: list[bool] = []

    def flow() -> Flow[Any]:
        try:
            return (yield from send(READ))
        finally:
            closed.append(True)

    outcome, _ = feed(flow(), refused(402))
    assert isinstance(outcome, OutOfFundsError)
    assert closed == [True]


@pytest.mark.parametrize("at", [0, 1], ids=["in a call", "in a pause"])
def test_closing_the_steps_closes_the_flow(at: int) -> None:
    closed: list[bool] = []

    def flow() -> Flow[None]:
        try:
            yield READ
            yield Sleep(1.0)
        finally:
            closed.append(True)

    steps = exchange.run(flow(), RetryPolicy(), lambda: 1.0)
    next(steps)
    for _ in range(at):
        steps.send(GOOD)
    steps.close()
    assert closed == [True]


def test_the_service_clock_is_read_from_the_date_header() -> None:
    when = Reply(200, b"", date="Tue, 24 Nov 2026 04:21:46 GMT").service_time()
    assert when is not None
    assert when.isoformat() == "2026-11-24T04:21:46+00:00"
    assert Reply(200, b"", date="soon").service_time() is None
