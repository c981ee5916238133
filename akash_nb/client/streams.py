"""The provider-proxy's stream protocol (contract §16), pure: what to ask for, and what an answer means.

Nothing here waits, and nothing holds a token: `lines` adds that, and `flows.streams` does the talking.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

from akash_nb.ids import LeaseID

Kind = Literal["logs", "events", "shell"]

#: The last part of each stream's path.
_PATHS: Mapping[Kind, str] = {"logs": "logs", "events": "kubeevents", "shell": "shell"}

#: First byte of a shell's frame: what comes out of it, and what goes in.
_STDOUT, _STDERR, _RESULT, _FAILURE, _STDIN = 100, 101, 102, 103, 104

#: How a stream can end, by the provider's close code; every other code is a line that broke.
_CLOSED = {1000: "over", 1008: "certificate", 4001: "no_lease"}
_INTERNAL = 4000

#: How much of each output of a command is kept, in characters.
MOST_OUTPUT = 4_000_000


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of a lease: what the proxy is asked for.

    Attributes:
        host: Where the provider's gateway is, such as `https://host:8443`.
        data: What is typed into a shell at once.
    """

    kind: Kind
    lease: LeaseID
    host: str
    query: tuple[tuple[str, str], ...]
    data: bytes = field(default=b"", repr=False)

    @property
    def permissions(self) -> list[dict[str, Any]]:
        """What its token has to allow, and no more: this kind of stream, at this provider."""
        return [{"provider": self.lease.provider, "access": "scoped", "scope": [self.kind]}]

    def message(self) -> dict[str, Any]:
        """What opens it; the token is added later."""
        path = f"/lease/{self.lease.dseq}/{self.lease.gseq}/{self.lease.oseq}/{_PATHS[self.kind]}"
        url = f"{self.host.rstrip('/')}{path}?{urlencode(self.query)}"
        asked = {"type": "websocket", "url": url, "providerAddress": self.lease.provider}
        return asked | ({"data": ",".join(map(str, bytes([_STDIN]) + self.data))} if self.data else {})


def logs(lease: LeaseID, host: str, *, follow: bool, tail: int, services: Sequence[str] = ()) -> Stream:
    """The last `tail` lines of each replica, and those to come where it is followed."""
    query = [("follow", _go(follow)), ("tail", str(tail)), *_service(services)]
    return Stream("logs", lease, host, tuple(query))


def events(lease: LeaseID, host: str, *, follow: bool, services: Sequence[str] = ()) -> Stream:
    """The events that Kubernetes remembers, and those to come where it is followed."""
    return Stream("events", lease, host, (("follow", _go(follow)), *_service(services)))


def shell(
    lease: LeaseID, host: str, argv: Sequence[str], *, service: str, replica: int = 0, stdin: bytes | None = None
) -> Stream:
    """A command in a replica of a service, without a terminal. The provider wants all of these, and `cmd0` on."""
    query = [("stdin", "0" if stdin is None else "1"), ("tty", "0"), ("podIndex", str(replica)), ("service", service)]
    query += [(f"cmd{n}", word) for n, word in enumerate(argv)]
    return Stream("shell", lease, host, tuple(query), stdin or b"")


@dataclass(frozen=True, slots=True)
class Frame:
    """What the provider sent: text of logs and events, bytes of a shell."""

    payload: str | bytes


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a stream ended, or never began.

    Attributes:
        cause: `over`, `silent` (nothing came for long enough), `no_lease`, `no_pods`, `certificate`, `expired` (the
            token), `refused` (the proxy found the request wrong), `failed` (the provider's socket: it is down, or
            refuses), `broken` (the line) or `unreachable` (the proxy).
        text: What was said, for people; empty when nothing was.
    """

    cause: str
    text: str = ""


def read(text: str) -> Frame | Ending | None:
    """What a message of the proxy means; None when it means nothing (a pong, an empty frame)."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or value.get("type") != "websocket":
        return None
    if value.get("error") == "tokenExpired":
        return Ending("expired", "the token has expired")
    if value.get("closed"):
        return _closing(value)
    if value.get("error"):
        return Ending("refused" if "errors" in value else "failed", _words(value))
    payload = _payload(value.get("message"))
    return Frame(payload) if payload else None


def record(payload: str | bytes) -> dict[str, Any] | None:
    """A line of logs or an event as JSON; None when it is neither."""
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


@dataclass(slots=True)
class ShellOutput:
    """What a command has come to so far.

    Attributes:
        exit_code: None until it has ended.
        message: Why it never ran, in the provider's words; empty when it did.
        has_failed: The provider lost it, and nobody knows how it ended.
    """

    stdout: str = ""
    stderr: str = ""
    exit_code: int | None = None
    message: str = ""
    has_failed: bool = False
    is_truncated: bool = False
    _decoders: dict[int, codecs.IncrementalDecoder] = field(default_factory=dict, repr=False)

    def take(self, frame: bytes) -> tuple[str, str] | None:
        """Read one frame; what it adds to `stdout` or `stderr`, as the stream's name and text, or None."""
        if not frame:
            return None
        kind, payload = frame[0], frame[1:]
        match kind:
            case 100 | 101:
                name = "stdout" if kind == _STDOUT else "stderr"
                return self._append(name, self._decoder(kind).decode(payload))
            case 102:
                self._end(payload)
            case 103:
                self.has_failed = True
        return None

    def _decoder(self, kind: int) -> codecs.IncrementalDecoder:
        """One per stream: a character may come in two frames."""
        if kind not in self._decoders:
            self._decoders[kind] = codecs.getincrementaldecoder("utf-8")("replace")
        return self._decoders[kind]

    def _append(self, name: str, text: str) -> tuple[str, str] | None:
        so_far: str = getattr(self, name)
        kept = text[: max(MOST_OUTPUT - len(so_far), 0)]
        self.is_truncated = self.is_truncated or len(kept) < len(text)
        setattr(self, name, so_far + kept)
        return (name, kept) if kept else None

    def _end(self, payload: bytes) -> None:
        value = record(payload) or {}
        code = value.get("exit_code")
        self.message = str(value.get("message") or "")
        if isinstance(code, int):
            self.exit_code = code
        else:
            self.has_failed = True


def _closing(value: dict[str, Any]) -> Ending:
    code, reason = value.get("code"), str(value.get("reason") or "")
    if code == _INTERNAL and "no running pods" in reason:
        return Ending("no_pods", reason)
    return Ending(_CLOSED.get(code, "broken") if isinstance(code, int) else "broken", reason or f"closed with {code}")


def _words(value: dict[str, Any]) -> str:
    """An error of the proxy, with what it found wrong."""
    found = value.get("errors")
    problems = [str(each.get("message")) for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    said = str(value.get("message") or value["error"])
    return f"{said} ({'; '.join(problems)})" if problems else said


def _payload(message: Any) -> str | bytes | None:
    if isinstance(message, str):
        return message
    if isinstance(message, dict) and message.get("type") == "Buffer":
        try:
            return bytes(message["data"])
        except (LookupError, TypeError, ValueError):
            return None
    return None


def _service(services: Sequence[str]) -> list[tuple[str, str]]:
    return [("service", ",".join(services))] if services else []


def _go(value: bool) -> str:
    return "true" if value else "false"
