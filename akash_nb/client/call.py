"""What work on the API consists of: calls, pauses, work side by side, lines to providers, and flows. No I/O here.

An endpoint is a function that returns a `Call`. Work of several steps is a `Flow`: a generator that yields calls and
pauses, is sent the parsed answers, and returns its result. `Client` and `AsyncClient` run either.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeAlias, TypeVar

from akash_nb.models import Secret

T = TypeVar("T")


class Repeat(Enum):
    """May a call be sent again when its answer was lost?"""

    FREELY = "freely"  # it reads, or doing it twice is the same as once
    NEVER = "never"  # it spends: a second one would spend twice


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request to the API and how to read its answer.

    Attributes:
        operation: Name of the operation in the published schema, such as `createLease`.
        json: Body to send as JSON, or None for no body.
        parse: Turns the answer (without its `data` envelope) into the result.
        timeout_s: Seconds to wait for the answer. Signing takes up to 60 s and manifests 75 s (contract §1).
        dseq: The deployment it is about, for error messages.
        after_refusal: What may be true although it was refused, in words for people, for work of several steps;
            empty where a refusal means that nothing was changed.
        after_loss: Where to look when the answer to a spending call was lost, in words for people.
    """

    operation: str
    method: str
    path: str
    parse: Callable[[Any], T]
    params: Mapping[str, str | int] = field(default_factory=dict)
    json: Any = field(default=None, repr=False)  # it may hold a private key, and tracebacks print locals
    repeat: Repeat = Repeat.FREELY
    timeout_s: float = 30.0
    dseq: str | None = None
    after_refusal: str = ""
    after_loss: str = "session.resume() shows what exists; look there before spending again."


@dataclass(frozen=True, slots=True)
class Sleep:
    """A pause in seconds; `reason` is set when it is a retry, in words for people."""

    seconds: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Together:
    """Work that is done side by side, `at_most` pieces at once. Made by `together`."""

    works: tuple[Call[Any] | Flow[Any], ...]
    at_most: int
    on_done: Callable[[int, Any], None]


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a line to a provider's stream, through the provider-proxy. Answered with a `Line`, or with `Lost`.

    The flow that has a line lets go of it, `line.drop()`, whatever happens.

    Attributes:
        message: What the proxy is asked for, without the token, which is added below everything that could print.
    """

    message: Mapping[str, Any] = field(repr=False)  # it may hold what is typed into a shell
    token: Secret


@dataclass(frozen=True, slots=True)
class Hear:
    """Wait for the next message on a line. Answered with its text, with None when nothing came within `timeout_s`
    seconds, or with `Lost` when the line is broken. None waits however long, and on the mock lets no time pass."""

    line: Any
    timeout_s: float | None


@dataclass(frozen=True, slots=True)
class Told:
    """Something that a flow tells while it goes on: `iterate` hands it out, `run` passes over it."""

    item: Any


Flow: TypeAlias = Generator[Call[Any] | Sleep | Together | Dial | Hear | Told, Any, T]


def send(call: Call[T]) -> Flow[T]:
    """Run one call inside a flow and keep its type: `bids = yield from send(list_bids(dseq))`."""
    answer: T = yield call
    return answer


def together(
    works: Iterable[Call[T] | Flow[T]],
    *,
    at_most: int = 6,
    on_done: Callable[[int, T], None] = lambda index, answer: None,
) -> Flow[tuple[T, ...]]:
    """Run calls or flows side by side inside a flow; the answers come in the order of the works.

    The first error stops the rest and is raised, and so do an interrupt of the kernel and a cancellation: what was
    under way is forgotten, what had not begun is never sent. So only what may be repeated freely may be run like this.

    Args:
        works: Calls, and flows of calls, that may be repeated freely; begun in this order.
        at_most: How many run at once.
        on_done: Told the number of each work that is done, from 0, and its answer, as they come.

    Raises:
        TypeError: One of the works spends.
    """
    given = tuple(works)
    if not given:
        return ()
    answers: tuple[T, ...] = yield Together(given, at_most, on_done)
    return answers
