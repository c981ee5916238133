"""YAML files that people write for the mock, read into structs; what is wrong is told in one line with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from msgspec import Struct, ValidationError, convert

from akash_nb.sdl.issues import at
from akash_nb.sdl.yaml_loader import Document, UnreadableError, load
from mock_server.names import require_known

T = TypeVar("T", bound=Struct)

#: What msgspec calls the types, and what a reader of the file does.
_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
}
_UNITS_S = {"d": 86_400, "h": 3600, "m": 60, "s": 1}


class WrongError(ValueError):
    """Something in a file is not right; `keys` lead to it."""

    def __init__(self, problem: str, *keys: str | int) -> None:
        super().__init__(problem)
        self.keys = keys


def text_of(path: Path) -> str:
    """A file's text.

    Raises:
        ValueError: It cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise ValueError(f"{path}: {problem.strerror}.") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: this is no text in UTF-8.") from None


@dataclass(frozen=True, slots=True)
class Shape(Generic[T]):
    """How a file is read.

    Attributes:
        kind: What a whole file is.
        check: Raises WrongError for what types do not tell.
        parts: What there is below it, by the key that it is under.
        expected: What is expected under a key, where its type alone does not say it.
    """

    kind: type[T]
    check: Callable[[T], None]
    parts: Mapping[str, type[Struct]]
    expected: Mapping[str, str]

    def read(self, text: str, source: str) -> T:
        """What a file says; `source` is what to call it in an error.

        Raises:
            ValueError: The text is not right.
        """
        try:
            document = load(text)
        except UnreadableError as problem:
            raise ValueError(f"{source}, line {problem.span.line}: {problem.message}") from None
        try:
            found = self._converted(document.value)
            self.check(found)
        except WrongError as wrong:
            raise ValueError(f"{source}, {_where(document, wrong.keys)}: {wrong}") from None
        return found

    def _converted(self, value: Any) -> T:
        try:
            return convert(value, self.kind)
        except ValidationError as problem:
            text, _, place = str(problem).partition(" - at `$")
        keys = [int(index) if index else name for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", place)]
        if unknown := re.match("Object contains unknown field `(.*)`", text):
            named = [key for key in keys if isinstance(key, str)]
            holder = self.parts[named[-1]] if named else self.kind
            require(unknown[1], holder.__struct_encode_fields__, "key", *keys)
        if absent := re.match("Object missing required field `(.*)`", text):
            raise WrongError(f"There must be a key {absent[1]!r}.", *keys)
        if keys and keys[-1] in self.expected:
            raise WrongError(f"Expected {self.expected[str(keys[-1])]}.", *keys)
        raise WrongError(f"{_in_plain_words(text)}.", *keys)


def require(name: str, known: Collection[str], what: str, *keys: str | int) -> None:
    """Catch a misspelt name.

    Raises:
        WrongError: None of `known` is called so.
    """
    try:
        require_known(name, known, what=what)
    except ValueError as problem:
        raise WrongError(str(problem), *keys) from None


def seconds_of(duration: str) -> int | None:
    """A duration such as `1h30m`, in seconds; None when it is none."""
    if not re.fullmatch("([0-9]+[dhms])+", duration):
        return None
    return sum(int(number) * _UNITS_S[unit] for number, unit in re.findall("([0-9]+)([dhms])", duration))


def _where(document: Document, keys: Sequence[str | int]) -> str:
    """The line of something, and the keys that lead to it."""
    path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")
    line = document.span(at(*keys)).line
    return f"line {line}, {path}" if path else f"line {line}"


def _in_plain_words(text: str) -> str:
    needed = re.sub(r" \| null(?=`)", "", text)
    return re.sub("`([a-z |]+)`", lambda m: " or ".join(_WORDS.get(kind, kind) for kind in m[1].split(" | ")), needed)
