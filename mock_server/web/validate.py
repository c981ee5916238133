"""Request validation as zod does it, with zod's words (contract §3): small checkers that compose.

A checker takes a value, where it stands and the list of issues; it returns the value as the endpoint sees it and
appends an issue for each problem. `parse` runs one and raises the Console's 400 with all of them. The checkers of this
module, and all that are made of them, also say in JSON Schema what they let through (`schema_of`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from akash_nb.ids import is_address
from mock_server.web.http import ApiError, error
from mock_server.web.javascript import to_bigint, to_number

Path = tuple[str | int, ...]
Issues = list[dict[str, Any]]
Check = Callable[[Any, Path, Issues], Any]
Schema = dict[str, Any]

#: Stands for JavaScript's `undefined`: a key that is not there.
UNDEFINED = object()

_UUID = re.compile(r"^[0-9a-f]{8}\b-[0-9a-f]{4}\b-[0-9a-f]{4}\b-[0-9a-f]{4}\b-[0-9a-f]{12}$", re.IGNORECASE)
_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$")


@dataclass(frozen=True, slots=True)
class Described:
    """A checker and what it lets through; `required` is whether an object must have such a key."""

    run: Check
    schema: Schema
    required: bool = True

    def __call__(self, value: Any, path: Path, issues: Issues) -> Any:
        return self.run(value, path, issues)


def described(**schema: Any) -> Callable[[Check], Described]:
    """Say in JSON Schema what a checker lets through; a keyword that is None does not apply."""
    applying = {keyword: value for keyword, value in schema.items() if value is not None}
    return lambda check: Described(check, applying)


def schema_of(check: Check) -> Schema:
    """What a checker lets through, as JSON Schema; of one that does not say, anything."""
    return check.schema if isinstance(check, Described) else {}


def parse(check: Check, value: Any) -> Any:
    """The value as the endpoint sees it.

    Raises:
        ApiError: 400 `validation_error`, whose `data` lists every issue.
    """
    issues: Issues = []
    result = check(value, (), issues)
    if issues:
        raise invalid(issues)
    return result


def invalid(issues: Issues) -> ApiError:
    """The Console's 400 for these issues, ready to raise."""
    return error(400, "Validation error", code="validation_error", kind="validation_error", data=issues)


def issue(path: Path, message: str) -> dict[str, Any]:
    """An issue of zod's `custom` kind."""
    return {"code": "custom", "message": message, "path": list(path)}


def string(*, minimum: int = 0) -> Described:
    """Text of at least that many characters."""

    @described(type="string", minLength=minimum or None)
    def check(value: Any, path: Path, issues: Issues) -> Any:
        if not isinstance(value, str):
            return _wrong_type("string", value, path, issues)
        if len(value) < minimum:
            text = f"String must contain at least {minimum} character(s)"
            issues.append(_too("small", "string", minimum, text, path))
        return value

    return check


@described(type="boolean")
def boolean(value: Any, path: Path, issues: Issues) -> Any:
    """`true` or `false`."""
    return value if isinstance(value, bool) else _wrong_type("boolean", value, path, issues)


def number(
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
    step: str | None = None,
    integer: bool = False,
    coerce: bool = False,
) -> Described:
    """A number within bounds. `coerce` reads text first, as query parameters are (empty text is 0)."""

    @described(
        type="integer" if integer else "number",
        minimum=minimum,
        maximum=maximum,
        exclusiveMinimum=above,
        multipleOf=None if step is None else float(step),
    )
    def check(value: Any, path: Path, issues: Issues) -> Any:
        if coerce:
            value = to_number(math.nan if value is UNDEFINED else value)
        if value != value or isinstance(value, bool) or not isinstance(value, int | float):
            return _wrong_type("number", value, path, issues)
        if integer and value % 1 != 0:
            return _mismatch("integer", "float", path, issues)
        _bounds(value, minimum, maximum, above, path, issues)
        if step is not None and not _is_multiple(value, float(step)):
            text = f"Number must be a multiple of {step}"
            issues.append({"code": "not_multiple_of", "multipleOf": float(step), "message": text, "path": list(path)})
        return value

    return check


@described(type="string", pattern="^[1-9][0-9]*$", description="A deployment's number; numbers are taken too.")
def dseq(value: Any, path: Path, issues: Issues) -> Any:
    """A deployment number by JavaScript's BigInt coercion, as decimal text without leading zeros."""
    coerced = to_bigint(value)
    if coerced is None:
        return _wrong_type("bigint", value, path, issues)
    if coerced <= 0:
        shape = {"code": "too_small", "type": "bigint", "minimum": "0", "inclusive": False}
        issues.append({**shape, "message": "Invalid input", "path": list(path)})
    return str(coerced)


@described(type="string", pattern="^akash1[02-9ac-hj-np-z]+$", description="An address in bech32.")
def address(value: Any, path: Path, issues: Issues) -> Any:
    """An akash address with a right checksum."""
    if not isinstance(value, str):
        return _wrong_type("string", value, path, issues)
    if not is_address(value):
        issues.append(issue(path, "Invalid address"))
    return value


@described(type="string", format="uuid")
def uuid(value: Any, path: Path, issues: Issues) -> Any:
    """A UUID of any version."""
    if not isinstance(value, str):
        return _wrong_type("string", value, path, issues)
    if not _UUID.fullmatch(value):
        shape = {"validation": "uuid", "code": "invalid_string", "message": "Invalid uuid"}
        issues.append({**shape, "path": list(path)})
    return value


@described(type="string", format="date-time", description="In UTC: it ends in `Z`.")
def instant(value: Any, path: Path, issues: Issues) -> Any:
    """An ISO instant that ends in `Z`, as ms since 1970."""
    if not isinstance(value, str):
        return _wrong_type("string", value, path, issues)
    if _ISO.match(value):
        try:
            return int(datetime.fromisoformat(value).timestamp() * 1000)
        except ValueError:
            pass  # looks right but is no day of the calendar: reported below like any other wrong text
    shape = {"code": "invalid_string", "validation": "datetime", "message": "Invalid datetime"}
    issues.append({**shape, "path": list(path)})
    return value


def matching(pattern: str, message: str) -> Described:
    """Text that matches a pattern from start to end; digits and letters are those of ASCII, as in JavaScript."""
    compiled = re.compile(pattern, re.ASCII)

    @described(type="string", pattern=f"^(?:{pattern})$")
    def check(value: Any, path: Path, issues: Issues) -> Any:
        if not isinstance(value, str):
            return _wrong_type("string", value, path, issues)
        if not compiled.fullmatch(value):
            shape = {"validation": "regex", "code": "invalid_string", "message": message}
            issues.append({**shape, "path": list(path)})
        return value

    return check


def enum(*options: str) -> Described:
    """One of these texts."""

    @described(type="string", enum=list(options))
    def check(value: Any, path: Path, issues: Issues) -> Any:
        listed = " | ".join(f"'{option}'" for option in options)
        if not isinstance(value, str):
            issues.append(
                {
                    "expected": listed,
                    "received": _type_of(value),
                    "code": "invalid_type",
                    "path": list(path),
                    "message": "Required" if value is UNDEFINED else f"Expected {listed}, received {_type_of(value)}",
                }
            )
        elif value not in options:
            text = f"Invalid enum value. Expected {listed}, received '{value}'"
            shape = {"received": value, "code": "invalid_enum_value", "options": list(options)}
            issues.append({**shape, "path": list(path), "message": text})
        return value

    return check


def array(item: Check, *, minimum: int = 0, maximum: int | None = None) -> Described:
    """A list of such items."""

    @described(type="array", items=schema_of(item), minItems=minimum or None, maxItems=maximum)
    def check(value: Any, path: Path, issues: Issues) -> Any:
        if not isinstance(value, list):
            return _wrong_type("array", value, path, issues)
        if len(value) < minimum:
            text = f"Array must contain at least {minimum} element(s)"
            issues.append(_too("small", "array", minimum, text, path))
        if maximum is not None and len(value) > maximum:
            issues.append(_too("big", "array", maximum, f"Array must contain at most {maximum} element(s)", path))
        return [item(entry, (*path, index), issues) for index, entry in enumerate(value)]

    return check


def obj(**fields: Check) -> Described:
    """An object with these keys; others are dropped, as zod does by default."""
    schemas = {name: schema_of(inner) for name, inner in fields.items()}
    checks = [(name, inner.run if isinstance(inner, Described) else inner) for name, inner in fields.items()]
    required = [name for name, inner in fields.items() if not isinstance(inner, Described) or inner.required]

    @described(type="object", properties=schemas, required=required or None)
    def check(value: Any, path: Path, issues: Issues) -> Any:
        if not isinstance(value, dict):
            return _wrong_type("object", value, path, issues)
        result = {}
        for name, inner in checks:
            entry = inner(value.get(name, UNDEFINED), (*path, name), issues)
            if entry is not UNDEFINED:
                result[name] = entry
        return result

    return check


def optional(inner: Check, default: Any = UNDEFINED) -> Described:
    """May be missing."""

    def check(value: Any, path: Path, issues: Issues) -> Any:
        return default if value is UNDEFINED else inner(value, path, issues)

    usual = {} if default is UNDEFINED else {"default": default}
    return Described(check, {**schema_of(inner), **usual}, required=False)


def anything(value: Any, path: Path, issues: Issues) -> Any:
    """Whatever is there."""
    return value


def data(**fields: Check) -> Described:
    """A body of `{"data": {...}}`."""
    return obj(data=obj(**fields))


def union(*options: Check) -> Described:
    """The first option that fits; when none does, one issue holds what each of them said."""

    @described(anyOf=[schema_of(option) for option in options])
    def check(value: Any, path: Path, issues: Issues) -> Any:
        failures: list[dict[str, Any]] = []
        for option in options:
            found: Issues = []
            result = option(value, path, found)
            if not found:
                return result
            failures.append({"issues": found, "name": "ZodError"})
        shape = {"code": "invalid_union", "unionErrors": failures, "path": list(path)}
        issues.append({**shape, "message": "Invalid input"})
        return value

    return check


def tagged(key: str, **options: Check) -> Described:
    """An object of the kind that its `key` names; the other keys are checked as that kind demands."""

    @described(oneOf=[_of_kind(key, name, schema_of(option)) for name, option in options.items()])
    def check(value: Any, path: Path, issues: Issues) -> Any:
        if not isinstance(value, dict):
            return _wrong_type("object", value, path, issues)
        kind = value.get(key)
        if isinstance(kind, str) and kind in options:
            result = options[kind](value, path, issues)
            return {key: kind, **result}
        listed = " | ".join(f"'{option}'" for option in options)
        shape = {"code": "invalid_union_discriminator", "options": list(options), "path": [*path, key]}
        issues.append({**shape, "message": f"Invalid discriminator value. Expected {listed}"})
        return value

    return check


def _of_kind(key: str, kind: str, schema: Schema) -> Schema:
    """An object's schema with the key that names its kind."""
    properties = {key: {"const": kind}, **schema.get("properties", {})}
    return {**schema, "properties": properties, "required": [key, *schema.get("required", [])]}


def _wrong_type(expected: str, value: Any, path: Path, issues: Issues) -> Any:
    return _mismatch(expected, _type_of(value), path, issues)


def _mismatch(expected: str, received: str, path: Path, issues: Issues) -> None:
    text = "Required" if received == "undefined" else f"Expected {expected}, received {received}"
    shape = {"code": "invalid_type", "expected": expected, "received": received}
    issues.append({**shape, "path": list(path), "message": text})


def _type_of(value: Any) -> str:
    if value is UNDEFINED:
        return "undefined"
    if value is None:
        return "null"
    if value != value:
        return "nan"
    names: Sequence[tuple[type, str]] = (
        (bool, "boolean"),
        (str, "string"),
        (int, "number"),
        (float, "number"),
        (list, "array"),
        (dict, "object"),
    )
    return next(name for kind, name in names if isinstance(value, kind))


def _too(which: str, kind: str, limit: Any, message: str, path: Path, *, inclusive: bool = True) -> dict[str, Any]:
    bound = "minimum" if which == "small" else "maximum"
    shape = {"code": f"too_{which}", bound: limit, "type": kind, "inclusive": inclusive, "exact": False}
    return {**shape, "message": message, "path": list(path)}


def _is_multiple(value: float, step: float) -> bool:
    """Whether whole steps make the value, up to what a double loses; so many that no double counts them do."""
    steps = value / step
    return not math.isfinite(steps) or round(steps, 6) == round(steps)


def _bounds(
    value: float, minimum: float | None, maximum: float | None, above: float | None, path: Path, issues: Issues
) -> None:
    if minimum is not None and value < minimum:
        text = f"Number must be greater than or equal to {minimum}"
        issues.append(_too("small", "number", minimum, text, path))
    if above is not None and value <= above:
        text = f"Number must be greater than {above}"
        issues.append(_too("small", "number", above, text, path, inclusive=False))
    if maximum is not None and value > maximum:
        issues.append(_too("big", "number", maximum, f"Number must be less than or equal to {maximum}", path))
