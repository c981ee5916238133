"""A client's talk with the provider-proxy over a WebSocket (contract §16): its messages in, what it is told out.

No I/O here, and what a provider tells is decided in `feeds`. A door asks what there is to tell now, tells it, and waits
in its own way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from mock_server.mock import Mock, NoWorldError
from mock_server.provider import proxy
from mock_server.provider.feeds import connect
from mock_server.provider.streams import Closed, buffer, payload_of
from mock_server.provider.terminal import RESULT
from mock_server.web.call import javascript_json
from mock_server.web.http import ApiError
from mock_server.web.validate import Issues

_NOT_JSON = {"message": "Message is not a JSON string", "error": "Invalid message format"}
_WRONG = {"message": "Message doesn't match expected schema", "error": "Invalid message format"}
_EXPIRED = {"error": "tokenExpired"}
_FAILED = dict.fromkeys(("message", "error"), "Received error from provider websocket")
#: RFC 6455: the other side violates a policy.
_POLICY = 1008


class Pause(NamedTuple):
    """A fault holds back what follows, for so many virtual seconds."""

    seconds: float


class Message(NamedTuple):
    """What a client asks its proxy to do: reach a provider's stream, and pass on what it sends there."""

    url: str
    owner: str | None
    asked: dict[str, Any]

    @property
    def payload(self) -> bytes:
        """What it sends to the provider; empty when it only connects."""
        data = self.asked.get("data")
        return payload_of(data, is_base64=self.asked.get("isBase64", False)) if data else b""


def understand(mock: Mock, text: str | None) -> Message | str:
    """A client's message, or the proxy's own answer to one that goes no further. None stands for a binary frame."""
    value, issues = _read(mock, text)
    if value is None:
        return told(_NOT_JSON)
    if proxy.is_expired(issues):
        return told(_EXPIRED)
    if issues:
        return told({**_WRONG, "errors": issues})
    if value["type"] == "ping":
        return _text({"type": "pong"})
    return Message(value["url"], proxy.named_owner(value.get("auth")), value)


def reach(mock: Mock, message: Message) -> Link | str:
    """The stream of a provider that a message asks for, or what the proxy says when there is none."""
    try:
        return Link(mock, message)
    except proxy.BadCertificateError as bad:
        return _closed(Closed(_POLICY, f"invalidCertificate.{bad.code}"))
    except (ApiError, NoWorldError):
        return told(_FAILED)


def told(value: dict[str, Any]) -> str:
    """A message of the type that everything but a pong has."""
    return _text({"type": "websocket", **value})


def failed() -> str:
    """What the proxy says when the provider's socket fails."""
    return told(_FAILED)


class Link:
    """One open socket of a provider.

    Attributes:
        is_over: It has told all there will ever be.
        is_cut: A fault has broken the client's line with it.
        due_s: Virtual seconds, from the last look, until it may have more to tell; None when nothing is known to come.

    Raises:
        ApiError: The provider cannot be reached, or answers the upgrade with this.
        BadCertificateError: It is another provider.
        NoWorldError: There is no world behind the door.
    """

    def __init__(self, mock: Mock, message: Message) -> None:
        self.url, self.owner = message.url, message.owner
        self.is_over = self.is_cut = False
        self.due_s: float | None = 0.0
        self._mock = mock
        self._faults = faults = mock.faults_of(message.owner)
        self._feed = mock.visit(message.owner, lambda world: connect(world, faults, message.asked))
        self._frames: list[bytes] = []

    def push(self, frame: bytes) -> None:
        """Pass on what the client sends."""
        self._frames.append(frame)

    def tell(self) -> Iterator[str | Pause]:
        """What there is to tell now."""
        frames, self._frames = self._frames, []
        portion = self._mock.visit(self.owner, lambda world: self._feed.portion(world, frames))
        self.due_s = None if portion.next_ms is None else max(portion.next_ms - portion.now_ms, 0) / 1000
        for frame in filter(None, portion.frames):
            if frame[0] == RESULT and self._faults.strikes("shell_lost"):
                continue
            if rule := self._faults.strikes("stream_slow", operation=self._feed.kind):
                yield Pause(rule.seconds)
            yield told({"message": buffer(frame) if isinstance(frame, bytes) else frame})
        if self._faults.strikes("stream_error", operation=self._feed.kind):
            self.is_over = True
            yield failed()
        elif self._faults.strikes("stream_drop", operation=self._feed.kind):
            self.is_over = self.is_cut = True
        elif portion.closed is not None:
            self.is_over = True
            yield _closed(portion.closed)


def _read(mock: Mock, text: str | None) -> tuple[dict[str, Any] | None, Issues]:
    try:
        value = javascript_json(text or "")
    except ValueError:
        return None, []
    if not value and not isinstance(value, dict | list):  # what JavaScript takes for nothing
        return None, []
    issues: Issues = []
    message = proxy.MESSAGE(value, (), issues)
    if issues or message["type"] == "ping":
        return message or {}, issues
    auth = message.get("auth")
    with suppress(NoWorldError):
        return message, mock.visit(proxy.named_owner(auth), lambda world: proxy.credential_issues(auth, world.now_ms))
    return message, []


def _closed(closed: Closed) -> str:
    """The provider's socket is closed; the client's stays open."""
    return told({"message": "", "closed": True, "code": closed.code, "reason": closed.reason})


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
