"""What a provider streams about a lease (contract §16): log lines, Kubernetes events, a shell in a container.

Everything follows from the world and the instant, so the same lease tells the same story however often, and in
however many portions, it is asked for it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from mock_server.provider.gateway import LeaseId, find_lease, services_of
from mock_server.supply.fleet import by_address
from mock_server.world import chance
from mock_server.world.state import Deployment, Lease, World
from mock_server.world.wire import key_of, ready_ms

#: Close codes (contract §16), and RFC 6455's for a connection that broke.
NORMAL, ABNORMAL, INTERNAL, LEASE_NOT_FOUND = 1000, 1006, 4000, 4001

#: A container starts that long before its service counts as ready.
STARTUP_MS = 2_000
#: A running container writes one line in each period, somewhere in it; that many lines are kept.
PERIOD_MS, RETAINED = 10_000, 2_000
#: How long Kubernetes waits before it pulls a missing image again: from, doubled each time, up to.
BACK_OFF_MS, LONGEST_BACK_OFF_MS = 10_000, 300_000

#: The characters of Kubernetes' random names.
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_TRUE, _FALSE = ("1", "t", "T", "true", "TRUE", "True"), ("0", "f", "F", "false", "FALSE", "False")
_WHOLE = re.compile(r"[+-]?[0-9]{1,10}")


class Entry(NamedTuple):
    """Something that is told at an instant, as the text of its frame."""

    at_ms: int
    text: str


class Closed(NamedTuple):
    """How a provider ends a stream."""

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pod:
    """One replica of a service. `started_ms` is None when its image cannot be pulled."""

    name: str
    service: str
    image: str
    ports: tuple[int, ...]
    namespace: str
    node: str
    created_ms: int
    started_ms: int | None
    seed: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stream of logs or events that a client asked for. `tail` None means all; no `services` means all of them."""

    kind: str
    provider: str
    lease: LeaseId
    follow: bool
    tail: int | None
    services: tuple[str, ...]

    @classmethod
    def of(cls, kind: str, provider: str, lease: LeaseId, query: str) -> Wanted:
        """What a query asks for.

        Raises:
            ValueError: The provider answers 400.
        """
        given = dict(parse_qsl(query))
        follow, tail, services = given.get("follow", "false"), given.get("tail", "-1"), given.get("service", "")
        if follow not in _TRUE + _FALSE or not _WHOLE.fullmatch(tail) or int(tail) < -1 or services.endswith(","):
            raise ValueError(query)
        lines = None if int(tail) < 0 else int(tail)
        return cls(kind, provider, lease, follow in _TRUE, lines, tuple(filter(None, services.split(","))))


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a stream was told: up to an instant, of the workload of one manifest."""

    seen_ms: int
    generation: int


@dataclass(frozen=True, slots=True)
class Portion:
    """What a stream has to say now: text frames as str, binary ones as bytes.

    `cursor` is where it goes on, at `next_ms` unless something changes before (None: nothing is known to come).
    """

    now_ms: int
    frames: Sequence[str | bytes] = ()
    closed: Closed | None = None
    cursor: Cursor | None = None
    next_ms: int | None = None


def read(world: World, wanted: Wanted, cursor: Cursor | None) -> Portion:
    """The next portion of a stream; without a cursor its first."""
    found = find_lease(world, by_address(world.seed, world.fleet)[wanted.provider], wanted.lease)
    if found is None or found[1].manifest is None:
        return Portion(world.now_ms, closed=Closed(LEASE_NOT_FOUND) if cursor is None else Closed(NORMAL))
    generation = found[1].generation
    pods = [pod for pod in pods_of(world, *found) if not wanted.services or pod.service in wanted.services]
    if wanted.kind == "logs":
        if cursor is None and not any(_is_running(pod, world.now_ms) for pod in pods):
            return Portion(world.now_ms, closed=Closed(INTERNAL, "no running pods"))
        if cursor is not None and cursor.generation != generation:
            return Portion(world.now_ms, closed=Closed(NORMAL))  # another manifest, other pods
    since = cursor.seen_ms if cursor else None
    texts = [entry.text for entry in _entries(pods, wanted, since, world.now_ms)]
    if not wanted.follow:
        return Portion(world.now_ms, texts, Closed(NORMAL))
    comes = [next(_after(pod, wanted.kind, world.now_ms), None) for pod in pods]
    due = min((entry.at_ms for entry in comes if entry), default=None)
    return Portion(world.now_ms, texts, None, Cursor(world.now_ms, generation), until_next_event(world, due))


def until_next_event(world: World, due_ms: int | None = None) -> int | None:
    """When to look again: at an instant, or earlier when something will happen by itself before."""
    return earliest(due_ms, *(event.due_ms for event in world.events[:1]))


def earliest(*instants: int | None) -> int | None:
    """The first of some instants; None when there is none."""
    return min((at for at in instants if at is not None), default=None)


def pods_of(world: World, deployment: Deployment, lease: Lease) -> list[Pod]:
    """The pods of a lease that has a manifest."""
    return [
        _pod(world, deployment, lease, service, replica)
        for service in services_of(deployment, lease)
        for replica in range(service["count"])
    ]


def log_entries(pod: Pod, since_ms: int | None, until_ms: int) -> list[Entry]:
    """The lines that a container wrote after one instant (None: ever) and up to another."""
    if not _is_running(pod, until_ms) or pod.started_ms is None:
        return []
    first_kept = (until_ms - pod.started_ms) // PERIOD_MS - RETAINED
    begin = first_kept if since_ms is None else max(first_kept, (since_ms - pod.started_ms) // PERIOD_MS - 1)
    lines = takewhile(lambda entry: entry.at_ms <= until_ms, _lines(pod, begin))
    return [entry for entry in lines if since_ms is None or entry.at_ms > since_ms]


def story(pod: Pod) -> Iterator[Entry]:
    """The Kubernetes events of a pod, in order; endless when its image cannot be pulled."""
    at, node = pod.created_ms, pod.node
    where = f"{pod.namespace}/{pod.name}"
    yield _event(pod, at + 500, "Scheduled", f"Successfully assigned {where} to {node}", by="default-scheduler")
    yield _event(pod, at + 1_000, "Pulling", f'Pulling image "{pod.image}"')
    if pod.started_ms is None:
        yield from _failing(pod, at + 2_500)
        return
    pulled = pod.started_ms - 1_000
    took = f"{(pulled - at - 1_000) / 1000:.1f}s"
    yield _event(pod, pulled, "Pulled", f'Successfully pulled image "{pod.image}" in {took}')
    yield _event(pod, pulled + 500, "Created", f"Created container: {pod.service}")
    yield _event(pod, pod.started_ms, "Started", f"Started container {pod.service}")


def buffer(payload: bytes) -> dict[str, Any]:
    """Bytes as Node writes a Buffer to JSON, which is how the proxy passes binary frames on."""
    return {"type": "Buffer", "data": list(payload)}


def payload_of(data: str, *, is_base64: bool) -> bytes:
    """The bytes that a client's message carries: numbers with commas between, or base64, as leniently as Node reads."""
    if is_base64:
        kept = re.sub(r"[^A-Za-z0-9+/]", "", data.split("=")[0].replace("-", "+").replace("_", "/"))
        kept = kept[: len(kept) - (len(kept) % 4 == 1)]
        return base64.b64decode(kept + "=" * (-len(kept) % 4))
    numbers = (int(part) if _WHOLE.fullmatch(part.strip()) else 0 for part in data.split(","))
    return bytes(number & 255 for number in numbers)


def is_ready(pod: Pod, at_ms: int) -> bool:
    """Whether a replica takes commands and counts as ready."""
    return pod.started_ms is not None and pod.started_ms + STARTUP_MS <= at_ms


def environment(world: World, deployment: Deployment, lease: Lease, service: Mapping[str, Any]) -> dict[str, str]:
    """The variables of a container: what every container has, what the provider adds, what the SDL says."""
    host = by_address(world.seed, world.fleet)[lease.provider].host
    given = dict(entry.partition("=")[::2] for entry in service["env"] or ())
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "AKASH_GROUP_SEQUENCE": str(lease.gseq),
        "AKASH_DEPLOYMENT_SEQUENCE": deployment.dseq,
        "AKASH_ORDER_SEQUENCE": str(lease.oseq),
        "AKASH_OWNER": world.wallet.address,
        "AKASH_PROVIDER": lease.provider,
        "AKASH_CLUSTER_PUBLIC_HOSTNAME": f"provider.{host}",
        **given,
    }


def _pod(world: World, deployment: Deployment, lease: Lease, service: Mapping[str, Any], replica: int) -> Pod:
    key = ("pod", *key_of(world, deployment), lease.gseq, lease.oseq, service["name"], lease.generation)
    ready = ready_ms(world, deployment, lease, dict(service))
    template = "".join(chance.pick(_LETTERS, world.seed, *key, n) for n in range(10))
    suffix = "".join(chance.pick(_LETTERS, world.seed, *key, replica, n) for n in range(5))
    return Pod(
        name=f"{service['name']}-{template}-{suffix}",
        service=service["name"],
        image=service["image"],
        ports=tuple(dict.fromkeys(expose["port"] for expose in service["expose"])),
        namespace=chance.hexadecimal(45, world.seed, "namespace", *key_of(world, deployment), lease.gseq, lease.oseq),
        node=f"node{chance.between(1, 9, world.seed, *key, replica, 'node')}",
        created_ms=lease.manifest_ms or 0,
        started_ms=None if ready is None else ready - STARTUP_MS,
        seed=world.seed,
    )


def _is_running(pod: Pod, at_ms: int) -> bool:
    return pod.started_ms is not None and pod.started_ms <= at_ms


def _entries(pods: Sequence[Pod], wanted: Wanted, since_ms: int | None, until_ms: int) -> list[Entry]:
    """What all pods tell, in order of time. `tail` counts for each container, as Kubernetes has it."""
    told: list[Entry] = []
    for pod in pods:
        if wanted.kind == "logs":
            lines = log_entries(pod, since_ms, until_ms)
            told += lines[max(len(lines) - wanted.tail, 0) :] if since_ms is None and wanted.tail is not None else lines
        else:
            events = takewhile(lambda entry: entry.at_ms <= until_ms, story(pod))
            told += [entry for entry in events if since_ms is None or entry.at_ms > since_ms]
    return sorted(told, key=lambda entry: entry.at_ms)


def _after(pod: Pod, kind: str, at_ms: int) -> Iterator[Entry]:
    """What a pod tells after an instant."""
    if kind != "logs":
        return (entry for entry in story(pod) if entry.at_ms > at_ms)
    if pod.started_ms is None:
        return iter(())
    return (entry for entry in _lines(pod, (at_ms - pod.started_ms) // PERIOD_MS - 1) if entry.at_ms > at_ms)


def _lines(pod: Pod, begin: int) -> Iterator[Entry]:
    """The lines of a container that starts, from a period on; endless."""
    start = pod.started_ms or 0
    if begin <= 0:
        yield from _first_lines(pod, start)
    number = max(begin, 1)
    while True:
        at = start + number * PERIOD_MS + chance.below(PERIOD_MS, pod.seed, "line", pod.name, number)
        yield _line(pod, at, _work(pod, number, at))
        number += 1


def _first_lines(pod: Pod, start_ms: int) -> Iterator[Entry]:
    yield _line(pod, start_ms, f"{_stamp(start_ms)} starting {pod.service} from {pod.image}")
    for port in pod.ports:
        yield _line(pod, start_ms + 500, f"{_stamp(start_ms + 500)} listening on 0.0.0.0:{port}")
    ready = start_ms + STARTUP_MS
    yield _line(pod, ready, f"{_stamp(ready)} ready")


def _work(pod: Pod, number: int, at_ms: int) -> str:
    """A line of everyday work: a request when something listens, else a sign of life."""
    if not pod.ports:
        return f"{_stamp(at_ms)} step {number} done"
    key = (pod.seed, "request", pod.name, number)
    path = chance.pick(("/", "/", "/", "/healthz", "/favicon.ico"), *key, "path")
    client = f"10.42.{chance.below(8, *key, 'net')}.{chance.between(2, 250, *key, 'host')}"
    status = 404 if path == "/favicon.ico" else 200
    size = chance.between(120, 9_000, *key, "size")
    return f'{_stamp(at_ms)} {client} "GET {path} HTTP/1.1" {status} {size}'


def _line(pod: Pod, at_ms: int, message: str) -> Entry:
    return Entry(at_ms, _json({"name": pod.name, "message": message}))


def _failing(pod: Pod, first_ms: int) -> Iterator[Entry]:
    """An image that cannot be pulled: tried again after ever longer pauses."""
    at, pause = first_ms, BACK_OFF_MS
    missing = f'Failed to pull image "{pod.image}": rpc error: code = NotFound desc = {pod.image}: not found'
    while True:
        yield _event(pod, at, "Failed", missing, kind="Warning")
        yield _event(pod, at + 100, "Failed", "Error: ErrImagePull", kind="Warning")
        yield _event(pod, at + 1_000, "BackOff", f'Back-off pulling image "{pod.image}"')
        yield _event(pod, at + 1_100, "Failed", "Error: ImagePullBackOff", kind="Warning")
        at += pause
        yield _event(pod, at - 2_000, "Pulling", f'Pulling image "{pod.image}"')
        pause = min(pause * 2, LONGEST_BACK_OFF_MS)


def _event(pod: Pod, at_ms: int, reason: str, note: str, *, kind: str = "Normal", by: str = "kubelet") -> Entry:
    told = {
        "type": kind,
        "reportingController": by,
        "reportingInstance": pod.node if by == "kubelet" else f"{by}-0",
        "reason": reason,
        "note": note,
        "object": {"kind": "Pod", "namespace": pod.namespace, "name": pod.name},
    }
    return Entry(at_ms, _json(told))


def _stamp(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
