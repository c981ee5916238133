"""What can be said about an SDL: issues, each with a place in the document and in the text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Layer = Literal["yaml", "schema", "semantic", "network"]

#: A place in the document: `()` is the root, `(parent, key)` anything below it. Linked, so that walking down is cheap.
Path = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with an SDL (an error), or that will hurt later (a warning).

    Attributes:
        message: What is wrong, in the words of the reference implementation where it has some.
        path: JSON pointer to the value concerned, such as `/services/web/expose/0/port`; empty for the whole document.
        layer: `yaml` (unreadable text), `schema` (wrong shape), `semantic` (parts that do not fit together), or
            `network` (the SDL compiles, but the chain or the providers will refuse it or surprise you).
        line, column: Where it starts in the text, counted from 1.
        end_line, end_column: The place after its last character, counted from 1.
        hint: What was probably meant; empty when nothing is known.
        crashes: The reference implementation does not report it but fails on it, so that the Console answers with an
            internal error.
    """

    message: str
    path: str
    layer: Layer
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1
    hint: str = ""
    crashes: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain JSON-ready values."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}" + (f" ({self.hint})" if self.hint else "")


@dataclass(frozen=True, slots=True)
class Finding:
    """An issue before it is placed in the text.

    Attributes:
        path: Where in the document.
        key: The key of `path` that the message is about, such as the one nobody knows; None when it is about all of it.
        known: The keys that are allowed there; empty when that is not what it is about.
        raw: Names in the pointer are not escaped; semantic errors of the reference are like that.
        crashes: See `Issue`.
    """

    message: str
    path: Path
    layer: Layer
    key: str | None = None
    known: tuple[str, ...] = ()
    raw: bool = False
    crashes: bool = False

    @property
    def pointer(self) -> str:
        return raw_pointer(self.path) if self.raw else pointer(self.path)


def steps(path: Path) -> list[Any]:
    """The keys from the root to this place."""
    keys = []
    while path:
        path, key = path
        keys.append(key)
    return keys[::-1]


def pointer(path: Path) -> str:
    """The JSON pointer (RFC 6901) of a place."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in steps(path))


def raw_pointer(path: Path) -> str:
    """The place as slash-joined names, nothing escaped."""
    return "".join(f"/{key}" for key in steps(path))


def at(*keys: Any) -> Path:
    """The place reached from the root by these keys."""
    path: Path = ()
    for key in keys:
        path = (path, key)
    return path
