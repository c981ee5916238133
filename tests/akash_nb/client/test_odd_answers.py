"""Whatever the service answers, the outcome is a result or one of our errors: never a KeyError out of the blue."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from akash_nb.client import Client, RetryPolicy
from akash_nb.client.call import Call
from akash_nb.client.wire import Reply, read
from akash_nb.errors import AkashError
from tests.akash_nb.client.operations import CASES, Case

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)

ANSWERED = [case for case in CASES if case.answer is not None]


@st.composite
def odd_answers(draw: st.DrawFn) -> tuple[Case, bytes]:
    """An operation and its realistic answer with one part replaced by something else, or cut off somewhere."""
    case = draw(st.sampled_from(ANSWERED))
    whole = [copy.deepcopy(case.answer)]
    holder: Any = whole
    place: Any = 0
    while isinstance(holder[place], dict | list) and holder[place] and draw(st.integers(0, 4)):
        holder = holder[place]
        place = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    holder[place] = draw(json_values)
    body = json.dumps(whole[0]).encode()
    return case, body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body


@given(odd_answers())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_odd_answer_is_a_result_or_one_of_our_errors(odd: tuple[Case, bytes]) -> None:
    case, body = odd
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    with Client(transport=transport, retry=RetryPolicy(attempts=1)) as client, contextlib.suppress(AkashError):
        case.run(client)


def _number(value: Any) -> object:
    return int(value["x"])


@given(status=st.integers(200, 599), body=st.binary(max_size=64) | json_values.map(lambda v: json.dumps(v).encode()))
def test_no_body_of_any_status_breaks_the_reader(status: int, body: bytes) -> None:
    call: Call[object] = Call("getThing", "GET", "/", _number)
    outcome = read(call, Reply(status, body))
    assert isinstance(outcome, AkashError | int)
    assert str(outcome)


@pytest.mark.parametrize("status", [200, 400])
def test_ten_thousand_brackets_do_not_break_the_reader(status: int) -> None:
    call: Call[Any] = Call("getThing", "GET", "/", lambda value: value["x"])
    assert isinstance(read(call, Reply(status, b"[" * 100_000)), AkashError)


@pytest.mark.parametrize("body", [b'{"x": Infinity}', b'{"x": 1e999}', b'{"x": NaN}'])
def test_numbers_that_are_none_do_not_break_the_reader(body: bytes) -> None:
    call: Call[object] = Call("getThing", "GET", "/", _number)
    assert isinstance(read(call, Reply(200, body)), AkashError)
