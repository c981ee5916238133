"""Validation says what zod says, key by key (contract §3)."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.web import validate as v
from mock_server.web.http import ApiError


def issues(check: v.Check, value: Any) -> Any:
    with pytest.raises(ApiError) as caught:
        v.parse(check, value)
    body = caught.value.response.json()
    assert (caught.value.response.status, body["code"], body["type"]) == (400, "validation_error", "validation_error")
    assert (body["error"], body["message"]) == ("BadRequestError", "Validation error")
    return body["data"]


def dseq_type(received: str, message: str) -> dict[str, Any]:
    return {
        "code": "invalid_type",
        "expected": "bigint",
        "received": received,
        "path": ["dseq"],
        "message": message,
    }


DSEQ_SMALL = {
    "code": "too_small",
    "type": "bigint",
    "minimum": "0",
    "inclusive": False,
    "message": "Invalid input",
    "path": ["dseq"],
}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("abc", dseq_type("string", "Expected bigint, received string")),
        ("undefined", dseq_type("string", "Expected bigint, received string")),
        ("1.5", dseq_type("string", "Expected bigint, received string")),
        (v.UNDEFINED, dseq_type("undefined", "Required")),
        ("0", DSEQ_SMALL),
        ("-1", DSEQ_SMALL),
        ("", DSEQ_SMALL),
        (False, DSEQ_SMALL),
    ],
    ids=str,
)
def test_a_wrong_dseq_is_explained(sent: Any, expected: dict[str, Any]) -> None:
    body = {} if sent is v.UNDEFINED else {"dseq": sent}
    assert issues(v.obj(dseq=v.dseq), body) == [expected]


@pytest.mark.parametrize(
    ("sent", "seen"),
    [("12", "12"), (12, "12"), ("0x10", "16"), ("0012", "12"), (" 7 ", "7"), (True, "1"), ("9" * 30, "9" * 30)],
    ids=str,
)
def test_a_dseq_is_read_as_bigint_reads_it(sent: Any, seen: str) -> None:
    assert v.parse(v.dseq, sent) == seen


@pytest.mark.parametrize(
    ("check", "sent", "expected"),
    [
        pytest.param(
            v.data(deposit=v.number()),
            {"data": {"deposit": "5"}},
            {
                "code": "invalid_type",
                "expected": "number",
                "received": "string",
                "path": ["data", "deposit"],
                "message": "Expected number, received string",
            },
            id="wrong JSON type",
        ),
        pytest.param(
            v.data(sdl=v.string()),
            {"sdl": ""},
            {
                "code": "invalid_type",
                "expected": "object",
                "received": "undefined",
                "path": ["data"],
                "message": "Required",
            },
            id="missing envelope",
        ),
        pytest.param(
            v.obj(leases=v.array(v.obj(provider=v.address))),
            {"leases": [{"provider": "akash1nonsense"}]},
            {"code": "custom", "message": "Invalid address", "path": ["leases", 0, "provider"]},
            id="bad bech32",
        ),
        pytest.param(
            v.obj(id=v.uuid),
            {"id": "7"},
            {"validation": "uuid", "code": "invalid_string", "message": "Invalid uuid", "path": ["id"]},
            id="bad uuid",
        ),
        pytest.param(
            v.obj(limit=v.number(minimum=1, coerce=True)),
            {"limit": "0"},
            {
                "code": "too_small",
                "minimum": 1,
                "type": "number",
                "inclusive": True,
                "exact": False,
                "message": "Number must be greater than or equal to 1",
                "path": ["limit"],
            },
            id="limit 0",
        ),
        pytest.param(
            v.obj(skip=v.number(minimum=0, coerce=True)),
            {"skip": "a"},
            {
                "code": "invalid_type",
                "expected": "number",
                "received": "nan",
                "path": ["skip"],
                "message": "Expected number, received nan",
            },
            id="skip a",
        ),
        pytest.param(
            v.obj(status=v.enum("active", "closed")),
            {"status": "x"},
            {
                "received": "x",
                "code": "invalid_enum_value",
                "options": ["active", "closed"],
                "path": ["status"],
                "message": "Invalid enum value. Expected 'active' | 'closed', received 'x'",
            },
            id="bad enum",
        ),
        pytest.param(
            v.obj(gseq=v.number(integer=True)),
            {"gseq": 1.5},
            {
                "code": "invalid_type",
                "expected": "integer",
                "received": "float",
                "path": ["gseq"],
                "message": "Expected integer, received float",
            },
            id="a fraction",
        ),
    ],
)
def test_a_wrong_value_is_explained(check: v.Check, sent: Any, expected: dict[str, Any]) -> None:
    assert issues(check, sent) == [expected]


def test_every_problem_is_listed() -> None:
    found = issues(v.obj(a=v.string(), b=v.boolean, c=v.number(above=0)), {"a": 1, "b": None, "c": 0})
    assert [(entry["path"], entry["code"]) for entry in found] == [
        (["a"], "invalid_type"),
        (["b"], "invalid_type"),
        (["c"], "too_small"),
    ]


def test_unknown_keys_are_dropped() -> None:
    assert v.parse(v.obj(a=v.string()), {"a": "x", "certificate": {}}) == {"a": "x"}


def test_a_union_tells_what_each_option_said() -> None:
    (found,) = issues(v.union(v.string(), v.number()), None)
    assert (found["code"], found["message"], found["path"]) == ("invalid_union", "Invalid input", [])
    assert [option["issues"][0]["expected"] for option in found["unionErrors"]] == ["string", "number"]


@pytest.mark.parametrize("sent", ["2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00"])
def test_an_instant_needs_a_real_day_and_a_z(sent: str) -> None:
    assert issues(v.instant, sent)[0]["message"] == "Invalid datetime"


@pytest.mark.parametrize("sent", [1e308, -1e308], ids=["large", "small"])
def test_a_number_too_large_to_be_divided_is_only_out_of_bounds(sent: float) -> None:
    """Divided by the step it is beyond a double, which must not be the mock's own 500."""
    check = v.number(minimum=5, maximum=10_000, step="0.01")
    assert [issue["code"] for issue in issues(v.obj(amount=check), {"amount": sent})] in (["too_big"], ["too_small"])


def test_a_uuid_ends_where_it_ends() -> None:
    found = issues(v.obj(id=v.uuid), {"id": "722f14c8-b9b6-4a17-a186-1879420ad083\n"})
    assert [issue["message"] for issue in found] == ["Invalid uuid"]
