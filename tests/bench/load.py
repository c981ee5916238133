"""A load generator light enough to be faster than what it loads: raw sockets, one process, requests ready as bytes."""

from __future__ import annotations

import itertools
import json
import re
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END, _LAST_CHUNK = b"\r\n\r\n", b"\r\n0\r\n\r\n"
_PATIENCE_S = 10


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: answers, how many of them were refusals, bytes of one, seconds, the generator's CPU seconds."""

    answers: int
    refused: int
    size: int
    seconds: float
    own_cpu: float


def encoded(method: str, target: str, headers: dict[str, str], body: Any = None) -> bytes:
    """A request as it goes over the wire."""
    sent = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {target} HTTP/1.1", "host: 127.0.0.1", *(f"{k}: {v}" for k, v in headers.items())]
    if body is not None:
        lines.append(f"content-length: {len(sent)}")
    return "\r\n".join(lines).encode() + _HEAD_END + sent


def load(port: int, requests: Iterator[bytes], seconds: float, connections: int) -> Loaded:
    """Keep that many connections busy, one request at a time each, and let all be answered in the end.

    Raises:
        RuntimeError: The server hangs up, or does not answer.
    """
    sockets = [_connect(port) for _ in range(connections)]
    try:
        return _drive(sockets, requests, seconds)
    finally:
        for sock in sockets:
            sock.close()


def ask(port: int, request: bytes) -> tuple[int, bytes]:
    """Send one request; status and body. Raises OSError while nobody listens."""
    with _connect(port) as sock:
        sock.setblocking(True)
        sock.settimeout(_PATIENCE_S)
        sock.sendall(request)
        got = bytearray()
        while not _is_whole(got):
            portion = sock.recv(1 << 18)
            if not portion:
                raise ConnectionError("the server hung up")
            got += portion
    return int(got[9:12]), bytes(got[got.index(_HEAD_END) + len(_HEAD_END) :])


def ask_all(port: int, requests: Sequence[bytes]) -> list[Any]:
    """Send requests one after another; the `data` of each answer."""
    answers = [ask(port, request) for request in requests]
    for status, body in answers:
        if not 200 <= status < 300:
            raise RuntimeError(f"{status} {body[:300]!r}")
    return [json.loads(body)["data"] for _, body in answers]


def _drive(sockets: list[socket.socket], requests: Iterator[bytes], seconds: float) -> Loaded:
    answers = refused = size = 0
    with selectors.DefaultSelector() as selector:
        for sock in sockets:
            selector.register(sock, selectors.EVENT_READ, (sock, bytearray()))
        cpu, start = time.process_time(), time.perf_counter()
        end = start + seconds
        for sock, request in zip(sockets, requests, strict=False):
            sock.send(request)
        waiting = len(sockets)
        while waiting:
            ready = selector.select(_PATIENCE_S)
            if not ready:
                raise RuntimeError("the server does not answer")
            going_on = time.perf_counter() < end
            for key, _ in ready:
                sock, got = key.data
                portion = sock.recv(1 << 18)
                if not portion:
                    raise RuntimeError(f"the server hung up after {bytes(got[:300])!r}")
                got += portion
                if not _is_whole(got):
                    continue
                answers += 1
                refused += got[9] != ord("2")
                size = len(got)
                got.clear()
                if going_on:
                    sock.send(next(requests))
                else:
                    waiting -= 1
        return Loaded(answers, refused, size, time.perf_counter() - start, time.process_time() - cpu)


def _connect(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), _PATIENCE_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setblocking(False)
    return sock


def _is_whole(got: bytearray) -> bool:
    """Whether an answer is complete; a connection has only one under way."""
    head = got.find(_HEAD_END)
    if head < 0:
        return False
    length = _LENGTH.search(got, 0, head)
    if length is None:
        return got.endswith(_LAST_CHUNK)
    return len(got) >= head + len(_HEAD_END) + int(length[1])


def forever(requests: Sequence[bytes]) -> Iterator[bytes]:
    """The requests again and again."""
    return itertools.cycle(requests)
