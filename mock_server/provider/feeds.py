"""What a provider's WebSocket tells, portion by portion: connecting to one, and reading it (contract §16)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl

from mock_server.faults import Faults
from mock_server.provider import gateway, proxy, streams
from mock_server.provider.contact import is_reachable
from mock_server.provider.container import Container
from mock_server.provider.gateway import NO_SERVICE, LeaseId, find_lease, go_text, services_of
from mock_server.provider.streams import ABNORMAL, LEASE_NOT_FOUND, NORMAL, Closed, Cursor, Portion, Wanted
from mock_server.provider.terminal import Session, result
from mock_server.supply import outages
from mock_server.supply.fleet import by_address
from mock_server.supply.provider import Provider
from mock_server.web.http import ApiError
from mock_server.world.state import Deployment, Lease, World

_PATH = re.compile(gateway.STREAM_PATH)
#: What the shell says, typing error included, about a service without a ready replica.
_NOT_READY = "no active replicase for service"
_OUT_OF_RANGE = "remote command execute error: pod index out of range"


class Feed(Protocol):
    """One open WebSocket of a provider; `kind` is the last part of its path."""

    @property
    def kind(self) -> str: ...

    def portion(self, world: World, frames: Sequence[bytes]) -> Portion:
        """What it has to say now, given what the client sent since the last time."""
        ...


def connect(world: World, faults: Faults, message: dict[str, Any]) -> Feed:
    """The feed that a client's message asks for.

    Raises:
        ApiError: The provider cannot be reached, or answers the upgrade with this.
        BadCertificateError: It is another provider.
    """
    target = proxy.Target.of(message["url"])
    provider = proxy.reach(world, faults, target, message["providerAddress"])
    caller = proxy.caller_of(world, message.get("auth"))
    found = _PATH.fullmatch(target.path)
    if found is None:
        raise ApiError(go_text("404 page not found", 404))
    lease, kind = gateway.parse_lease_id(*found.groups()[:3]), found["stream"]
    gateway.authorize(caller, world, provider, lease, gateway.SCOPES[kind])
    try:
        feed = _feed(kind, provider, lease, target.query)
    except ValueError as problem:
        raise ApiError(go_text(str(problem), 400)) from None
    return WhileUp(provider, faults, feed, world.now_ms)


def _feed(kind: str, provider: Provider, lease: LeaseId, query: str) -> Feed:
    if kind == "shell":
        return ShellFeed(provider, lease, query)
    return LogFeed(Wanted.of(kind, provider.address, lease, query))


class WhileUp:
    """A feed for as long as its provider is up; an outage breaks the connection, also one that is over by now."""

    def __init__(self, provider: Provider, faults: Faults, feed: Feed, now_ms: int) -> None:
        self.kind = feed.kind
        self._provider, self._faults, self._feed, self._seen_ms = provider, faults, feed, now_ms

    def portion(self, world: World, frames: Sequence[bytes]) -> Portion:
        failed = outages.outages(self._provider, self._seen_ms, world.now_ms)
        if failed or not is_reachable(world, self._faults, self._provider):
            return Portion(world.now_ms, closed=Closed(ABNORMAL))
        self._seen_ms = world.now_ms
        told = self._feed.portion(world, frames)
        fails_ms = outages.next_outage_ms(self._provider, world.now_ms)
        return replace(told, next_ms=streams.earliest(told.next_ms, fails_ms))


class LogFeed:
    """Log lines or events; it does not listen to its client."""

    def __init__(self, wanted: Wanted) -> None:
        self.kind = wanted.kind
        self._wanted = wanted
        self._cursor: Cursor | None = None

    def portion(self, world: World, frames: Sequence[bytes]) -> Portion:
        told = streams.read(world, self._wanted, self._cursor)
        self._cursor = told.cursor
        return told


class ShellFeed:
    """A command in a container of a lease.

    Raises:
        ValueError: A parameter is missing or wrong.
    """

    kind = "shell"

    def __init__(self, provider: Provider, lease: LeaseId, query: str) -> None:
        given = dict(parse_qsl(query))
        missing = [name for name in ("cmd0", "tty", "service", "stdin", "podIndex") if not given.get(name)]
        if missing or not re.fullmatch(r"[0-9]{1,9}", given["podIndex"]):
            raise ValueError(f"missing or invalid parameter {', '.join(missing) or 'podIndex'}")
        self._provider, self._lease = provider, lease
        self._service, self._replica = given["service"], int(given["podIndex"])
        self._name = f"{self._service}/{self._replica}"
        numbers = range(sum(name.startswith("cmd") for name in given))
        self._argv = [given[f"cmd{n}"] for n in numbers if f"cmd{n}" in given]
        self._tty, self._stdin = given["tty"] == "1", given["stdin"] == "1"
        self._session: Session | None = None
        self._generation = 0

    def portion(self, world: World, frames: Sequence[bytes]) -> Portion:
        found = find_lease(world, by_address(world.seed, world.fleet)[self._provider.address], self._lease)
        told: list[bytes] = []
        if self._session is None:
            if found is None or found[1].manifest is None:
                return Portion(world.now_ms, closed=Closed(LEASE_NOT_FOUND))
            refusal = self._start(world, *found)
            if self._session is None:
                return Portion(world.now_ms, [result(0, refusal)], Closed(NORMAL))
            told += self._session.begin(_date(world.now_ms))
        elif found is None or found[1].generation != self._generation:
            return Portion(world.now_ms, self._session.fail(), Closed(NORMAL))
        for frame in frames:
            told += self._session.take(frame, _date(world.now_ms))
        if changed := self._session.changed():
            held = found[1].written.get(self._name, {})
            found[1].written = {**found[1].written, self._name: {**held, **changed}}
        closed = Closed(NORMAL) if self._session.ended else None
        return Portion(world.now_ms, told, closed, next_ms=streams.until_next_event(world))

    def _start(self, world: World, deployment: Deployment, lease: Lease) -> str:
        """Find the container; returns why there is none."""
        service = next((s for s in services_of(deployment, lease) if s["name"] == self._service), None)
        if service is None:
            return NO_SERVICE
        pods = [pod for pod in streams.pods_of(world, deployment, lease) if pod.service == self._service]
        if not any(streams.is_ready(pod, world.now_ms) for pod in pods):
            return _NOT_READY
        if self._replica >= len(pods):
            return _OUT_OF_RANGE
        written = lease.written.get(self._name, {})
        container = _container(world, deployment, lease, service, pods[self._replica], written)
        self._session = Session(container, self._argv, tty=self._tty, stdin=self._stdin)
        self._generation = lease.generation
        return ""


def _container(
    world: World,
    deployment: Deployment,
    lease: Lease,
    service: dict[str, Any],
    pod: streams.Pod,
    written: Mapping[str, str | None],
) -> Container:
    """A container with the few files that people look for, its volumes, and what was written there before."""
    env = {**streams.environment(world, deployment, lease, service), "HOSTNAME": pod.name}
    volumes = ((service.get("params") or {}).get("storage") or ()) if isinstance(service.get("params"), dict) else ()
    mounts = [volume["mount"].rstrip("/") for volume in volumes if volume.get("mount")]
    files: dict[str, str | None] = {
        "/bin/sh": "",
        "/etc/hostname": f"{pod.name}\n",
        "/etc/hosts": f"127.0.0.1\tlocalhost\n10.42.0.2\t{pod.name}\n",
        "/etc/os-release": 'NAME="Simulated Linux"\nID=mock\nPRETTY_NAME="Simulated Linux (akash mock)"\n',
        "/root/.profile": "",
        "/tmp/.keep": "",  # noqa: S108  # a path inside the simulated container
        **{f"{mount}/.keep": "" for mount in mounts},
        **written,
    }
    return Container(pod.name, env, {path: text for path, text in files.items() if text is not None})


def _date(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%a %b %e %H:%M:%S UTC %Y")
