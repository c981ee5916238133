"""Pieces that a schema is written with: each makes a check from what it allows.

A check is called with a value, its place and a list, and adds a finding for each thing that is wrong; on a right value
it adds none. Messages and their order are those of the reference implementation (a JSON schema run by ajv), quirks
included: when none of several alternatives fits, the findings of all of them are reported.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from akash_nb.sdl.issues import Finding, Path, pointer

Check = Callable[[Any, Path, list[Finding]], None]


def report(out: list[Finding], path: Path, message: str, key: str | None = None, known: tuple[str, ...] = ()) -> None:
    """Add a finding of the schema."""
    out.append(Finding(message, path, "schema", key, known))


def where(path: Path) -> str:
    """` at "/pointer"`, nothing for the root."""
    return f' at "{pointer(path)}"' if path else ""


def named(path: Path) -> str:
    """`"name" at "/pointer of the parent"`."""
    return f'"{escaped(path[1])}"{where(path[0])}' if path else '""'


def escaped(name: Any) -> str:
    """A name as the last part of a JSON pointer."""
    return str(name).replace("~", "~0").replace("/", "~1")


def wrong_type(out: list[Finding], path: Path, kind: str) -> None:
    report(out, path, f"{named(path)} should be {kind}.")


def is_number(value: Any) -> bool:
    """A number, which in Python a bool would be too."""
    return isinstance(value, int | float) and value is not True and value is not False


def text(
    *, minimum: int = 0, pattern: str = "", choices: Sequence[str] = (), kind: str = "string", message: str = ""
) -> Check:
    """Text of a least length, of a form, or out of a list.

    Args:
        kind: What to call the type when it is wrong.
        message: What to say about a wrong form, in place of the standard sentence.
    """
    # ECMAScript's $ is the very end, and its \\d is ASCII
    matches = re.compile(pattern.removesuffix("$") + (r"\Z" if pattern.endswith("$") else "")).match
    listed = ", ".join(choices)

    def check(value: Any, path: Path, out: list[Finding]) -> None:
        if type(value) is not str:
            wrong_type(out, path, kind)
        elif len(value) < minimum:
            report(out, path, f"{named(path)} must be at least {minimum} characters long.")
        if choices and value not in choices:
            report(out, path, f"{named(path)} should be one of: {listed}.")
        if pattern and type(value) is str and not matches(value):
            report(out, path, message or f'Invalid format: {named(path)} does not match pattern "{pattern}"')

    return check


def integer(minimum: int, maximum: float | None = None) -> Check:
    """A number without fraction in a range."""

    def check(value: Any, path: Path, out: list[Finding]) -> None:
        if type(value) is not int:
            if not is_number(value) or math.isnan(value) or (math.isfinite(value) and not value.is_integer()):
                wrong_type(out, path, "integer")
            if not is_number(value):
                return
        if maximum is not None and not value <= maximum:
            report(out, path, f"{named(path)} must be at most {maximum}.")
        if not value >= minimum:
            report(out, path, f"{named(path)} must be at least {minimum}.")

    return check


def boolean(value: Any, path: Path, out: list[Finding]) -> None:
    """True or false."""
    if value is not True and value is not False:
        wrong_type(out, path, "boolean")


def mapping(
    keys: dict[str, Check] | None = None,
    *,
    required: Sequence[str] = (),
    values: Check | None = None,
    rules: Sequence[Check] = (),
    kind: str = "object",
) -> Check:
    """An object.

    Args:
        keys: The keys it may have and what each may hold; None when any key is welcome.
        required: Keys it must have.
        values: What any key may hold, where `keys` is None.
        rules: Checks on the object as a whole, made first.
    """
    known = tuple(keys or ())
    listed = list((keys or {}).items())

    def check(value: Any, path: Path, out: list[Finding]) -> None:
        for rule in rules:
            rule(value, path, out)
        if not isinstance(value, dict):
            wrong_type(out, path, kind)
            return
        for key in required:
            if key not in value:
                missing(out, path, key)
        if keys is not None:
            if not value.keys() <= keys.keys():
                for key in value:
                    if key not in keys:
                        report(out, path, f'Additional property "{key}" is not allowed{where(path)}.', key, known)
            for key, inner in listed:
                if key in value:
                    inner(value[key], (path, key), out)
        elif values is not None:
            for key, item in value.items():
                values(item, (path, key), out)

    return check


def missing(out: list[Finding], path: Path, key: str) -> None:
    report(out, path, f'Missing required field: "{key}"{where(path)}.')


def array(item: Check) -> Check:
    """A list of such items, maybe empty."""

    def check(value: Any, path: Path, out: list[Finding]) -> None:
        if type(value) is not list:
            wrong_type(out, path, "array")
            return
        for index, element in enumerate(value):
            item(element, (path, index), out)

    return check


def or_null(inner: Check) -> Check:
    """As `inner`, or null."""

    def check(value: Any, path: Path, out: list[Finding]) -> None:
        if value is None:
            return
        before = len(out)
        inner(value, path, out)
        if len(out) > before:
            wrong_type(out, path, "null")

    return check


def either(*alternatives: Check) -> Check:
    """As exactly one of these; none of them may fit the same value as another."""

    def check(value: Any, path: Path, out: list[Finding]) -> None:
        tried: list[Finding] = []
        for alternative in alternatives:
            before = len(tried)
            alternative(value, path, tried)
            if len(tried) == before:
                return
        out.extend(tried)

    return check


def deduplicated(findings: list[Finding]) -> list[Finding]:
    """One finding per message: the place in the list of the first, the details of the last."""
    return list({finding.message: finding for finding in findings}.values())
