"""Trouble on demand: faults that are switched on by name, for some operation, some times, some while.

Transport faults (`status`, `quota`, `drop`, `refuse`, `latency`, `slow`, `garble`) change how a call is answered.
Market faults (`provider_down`, `manifest_refused`, `no_bids`, ...) change what the world does, in the Console's own
words. Stream faults (`stream_drop`, `stream_error`, `stream_slow`, `shell_lost`) strike a provider's WebSocket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from inspect import signature
from typing import Any, Unpack, get_type_hints

from msgspec import ValidationError, convert
from msgspec.structs import replace

from akash_nb.ids import is_address
from mock_server.fault import KINDS, ONCE, Fault, Limits, check
from mock_server.names import require_known
from mock_server.web.http import MockRequest, MockResponse, error


class ConnectionBroken(Exception):  # noqa: N818  # what the door must act out, not an error of the mock
    """The connection breaks: `when` is `refused`, `before` (nothing was done) or `after` (it was done)."""

    def __init__(self, when: str) -> None:
        super().__init__(f"connection broken {when} the work")
        self.when = when


class Faults:
    """What goes wrong for one tenant, tried in the order it was added. Counting is the only thing that changes in it.

    Every method takes `Limits` besides, and raises ValueError for an operation that none of `operations` has as name.
    """

    def __init__(self, seed: int, operations: Iterable[str]) -> None:
        self._seed = seed
        self._operations = frozenset(operations)
        self._rules: list[Fault] = []
        #: Seconds since the beginning of the world; the console keeps it.
        self.now_s = 0.0

    def __len__(self) -> int:
        return len(self._rules)

    def __iter__(self) -> Iterator[Fault]:
        return iter(tuple(self._rules))

    def status(
        self,
        status: int,
        operation: str | None = None,
        *,
        message: str = "",
        retry_after_s: float | None = None,
        **limits: Unpack[Limits],
    ) -> Fault:
        """Answer with an error status instead of doing the work: 429 with `retry-after`, 500, 503 ...

        Raises:
            ValueError: `status` is no error, or `retry_after_s` nothing to wait.
        """
        if not 400 <= status <= 599:
            raise ValueError(f"status is {status}; it must be an error, 400 to 599")
        about = {"status": status, "message": message, "retry_after_s": retry_after_s}
        return self._add("status", operation, limits, **about)

    def quota(self, limit: int, seconds: float, operation: str | None = None, **limits: Unpack[Limits]) -> Fault:
        """Let `limit` calls through in every `seconds`, and answer 429 with `retry-after` to those above."""
        return self._add("quota", operation, limits, limit=limit, seconds=seconds)

    def refuse(self, operation: str | None = None, **limits: Unpack[Limits]) -> Fault:
        """Refuse the connection: the caller knows that nothing was done.

        Over a live server nobody knows what is asked for before the connection stands, so there it ends like one that
        is dropped `before` the work: without an answer.
        """
        return self._add("refuse", operation, limits)

    def drop(self, operation: str | None = None, *, when: str = "before", **limits: Unpack[Limits]) -> Fault:
        """Break the connection `before` the work or `after` it: to the caller both look alike.

        Raises:
            ValueError: `when` is neither.
        """
        if when not in ("before", "after"):
            raise ValueError(f"when is {when!r}; it must be 'before' or 'after'")
        return self._add("drop", operation, limits, when=when)

    def latency(self, seconds: float, operation: str | None = None, **limits: Unpack[Limits]) -> Fault:
        """Answer that much later. The work is done at once; a caller with a shorter timeout never hears of it."""
        return self._add("latency", operation, limits, seconds=seconds)

    def slow(self, bytes_per_s: float, operation: str | None = None, **limits: Unpack[Limits]) -> Fault:
        """Let the answer's body trickle, that many bytes a second."""
        return self._add("slow", operation, limits, bytes_per_s=bytes_per_s)

    def garble(self, operation: str | None = None, *, text: str = "", **limits: Unpack[Limits]) -> Fault:
        """Spoil the answer's body after the work: cut it in half, or send `text` as an HTML page instead."""
        return self._add("garble", operation, limits, text=text)

    def provider_down(self, provider: str | None = None, **limits: Unpack[Limits]) -> Fault:
        """A provider, by its address (None: every one), cannot be reached: no status, no manifest, no stream.

        Raises:
            ValueError: `provider` is no address.
        """
        if provider is not None and not is_address(provider):
            raise ValueError(f"provider is {provider!r}; it must be an address such as akash1...")
        return self._add("provider_down", None, limits, provider=provider)

    def manifest_refused(self, message: str = "manifest version validation failed", **limits: Unpack[Limits]) -> Fault:
        """Providers answer a manifest with 422 and this text; the lease stays on chain."""
        return self._add("manifest_refused", None, limits, message=message)

    def wallet_provisioning(self, **limits: Unpack[Limits]) -> Fault:
        """Spending calls get 409 `wallet_provisioning`."""
        return self._add("wallet_provisioning", None, limits)

    def insufficient_balance(self, **limits: Unpack[Limits]) -> Fault:
        """Creates and deposits get the Console's 402, whatever the wallet holds."""
        return self._add("insufficient_balance", None, limits)

    def no_fee(self, **limits: Unpack[Limits]) -> Fault:
        """Transactions get the Console's 402 for a fee allowance that is used up."""
        return self._add("no_fee", None, limits)

    def stale_balances(self, seconds: float = 6, **limits: Unpack[Limits]) -> Fault:
        """`/v1/balances` may be that old, as the Console keeps it for some 6 s (contract §7)."""
        return self._add("stale_balances", None, limits, seconds=seconds)

    def no_bids(self, **limits: Unpack[Limits]) -> Fault:
        """Orders opened while this is on get no bids."""
        return self._add("no_bids", None, limits)

    def short_bids(self, seconds: float = 30, **limits: Unpack[Limits]) -> Fault:
        """Bids on orders opened while this is on are taken back after that long, instead of five minutes."""
        return self._add("short_bids", None, limits, seconds=seconds)

    def lease_lost(self, seconds: float = 60, *, reason: str = "unstable", **limits: Unpack[Limits]) -> Fault:
        """The providers of new leases give them up after that long: `unstable`, `decommission` or `unspecified`.

        Raises:
            ValueError: There is no such reason.
        """
        if reason not in ("unstable", "decommission", "unspecified"):
            raise ValueError(f"reason is {reason!r}; it must be 'unstable', 'decommission' or 'unspecified'")
        return self._add("lease_lost", None, limits, seconds=seconds, reason=reason)

    def stream_drop(self, stream: str | None = None, **limits: Unpack[Limits]) -> Fault:
        """The client's WebSocket breaks, without a word, once a stream has told what there was to tell by then."""
        return self._add("stream_drop", stream, limits)

    def stream_error(self, stream: str | None = None, **limits: Unpack[Limits]) -> Fault:
        """The provider's socket fails once a stream has told what there was by then; the client's stays open."""
        return self._add("stream_error", stream, limits)

    def stream_slow(self, seconds: float, stream: str | None = None, **limits: Unpack[Limits]) -> Fault:
        """Every message of a stream comes that much after the one before."""
        return self._add("stream_slow", stream, limits, seconds=seconds)

    def shell_lost(self, **limits: Unpack[Limits]) -> Fault:
        """The shell's socket closes before the result of its command is told."""
        return self._add("shell_lost", None, limits)

    def add(self, kind: str, /, **about: Any) -> Fault:
        """Switch a fault on by its name, as scenario files do: `add("status", status=503, times=2)`.

        Raises:
            ValueError: There is no such fault, or it does not take what is said about it.
        """
        require_known(kind, KINDS, what="fault")
        _check_told(kind, about)
        switch: Callable[..., Fault] = getattr(self, kind)
        return switch(**about)

    def add_from(self, about: Mapping[str, Any]) -> Fault:
        """The same from one value, with the name under `fault`: `{"fault": "status", "status": 503}`.

        Raises:
            ValueError: As in `add`.
        """
        if "fault" not in about:
            raise ValueError("There must be a key 'fault'.")
        rest = dict(about)
        return self.add(str(rest.pop("fault")), **rest)

    def remove(self, rule: Fault) -> None:
        """Switch one off; nothing happens when it has worn off already."""
        if rule in self._rules:
            self._rules.remove(rule)

    def clear(self) -> None:
        """Switch all off."""
        self._rules.clear()

    def unused(self) -> list[Fault]:
        """Those that never struck: trouble that a test meant to make and did not."""
        return [rule for rule in self._rules if not rule.struck]

    @contextmanager
    def during(self, rule: Fault) -> Iterator[Fault]:
        """Keep a fault for a `with` block: `with faults.during(faults.no_bids()): ...`."""
        try:
            yield rule
        finally:
            self.remove(rule)

    def strikes(self, kind: str, *, operation: str | None = None, provider: str | None = None) -> Fault | None:
        """The first rule of that kind that hits this call, counted; None when there is none."""
        for rule in self._rules:
            if rule.kind == kind and rule.provider in (None, provider) and self._hits(rule, operation):
                return rule
        return None

    def before(self, operation: str) -> None:
        """Whatever must happen instead of the work.

        Raises:
            ConnectionBroken: The connection is refused or breaks.
            ApiError: A status is to be answered.
        """
        if not self._rules:
            return
        if self.strikes("refuse", operation=operation):
            raise ConnectionBroken("refused")
        if self._strikes_drop(operation, "before"):
            raise ConnectionBroken("before")
        self._count_quotas(operation)
        rule = self.strikes("status", operation=operation)
        if rule is not None:
            headers = {} if rule.retry_after_s is None else {"retry-after": f"{rule.retry_after_s:g}"}
            raise error(rule.status, rule.message or _usual_message(rule.status), headers=headers)

    def after(self, operation: str, request: MockRequest, response: MockResponse) -> MockResponse:
        """The answer as it leaves, after the work.

        Raises:
            ConnectionBroken: It never arrives.
        """
        if not self._rules:
            return response
        if self._strikes_drop(operation, "after"):
            raise ConnectionBroken("after")
        if rule := self.strikes("garble", operation=operation):
            response = _garbled(response, rule.text)
        if rule := self.strikes("latency", operation=operation):
            response = replace(response, delay_s=rule.seconds)
        if rule := self.strikes("slow", operation=operation):
            response = replace(response, bytes_per_s=rule.bytes_per_s)
        return response

    def _add(self, kind: str, operation: str | None, limits: Limits, **about: Any) -> Fault:
        settings: dict[str, Any] = {"times": 1 if kind in ONCE else None, **limits, **about}
        check(kind, operation, settings, self._operations)
        rule = Fault(kind, operation, **settings)
        self._rules.append(rule)
        return rule

    def _strikes_drop(self, operation: str, when: str) -> bool:
        return any(rule.kind == "drop" and rule.when == when and self._hits(rule, operation) for rule in self._rules)

    def _count_quotas(self, operation: str) -> None:
        for rule in self._rules:
            if rule.kind == "quota" and rule.concerns(operation, self.now_s):
                wait_s = rule.wait_s(self.now_s)
                if wait_s is not None:
                    raise error(429, _usual_message(429), headers={"retry-after": str(wait_s)})

    def _hits(self, rule: Fault, operation: str | None) -> bool:
        if not rule.concerns(operation, self.now_s) or not rule.is_drawn(self._seed):
            return False
        if rule.is_worn_off:
            self._rules.remove(rule)
        return True


@cache
def _parameters(kind: str) -> dict[str, tuple[Any, bool]]:
    """What a fault can be told: of which type, and whether it must be."""
    told = list(signature(getattr(Faults, kind), eval_str=True).parameters.values())[1:-1]
    limits = {name: (type_, False) for name, type_ in get_type_hints(Limits).items()}
    return {each.name: (each.annotation, each.default is each.empty) for each in told} | limits


def _check_told(kind: str, about: Mapping[str, Any]) -> None:
    """Check what is said about a fault in a file or a request, where no type checker has seen it.

    Raises:
        ValueError: Something is missing, not known, or of another type.
    """
    known = _parameters(kind)
    missing = [name for name, (_, needed) in known.items() if needed and name not in about]
    if missing:
        raise ValueError(f"the fault {kind!r} needs {', '.join(missing)}")
    for name, value in about.items():
        if name not in known:
            raise ValueError(f"the fault {kind!r} takes no {name!r}; it takes {', '.join(known)}")
        try:
            convert(value, known[name][0])
        except ValidationError as problem:
            raise ValueError(f"the fault {kind!r} cannot have {value!r} as {name}: {problem}") from None


def _usual_message(status: int) -> str:
    messages = {429: "Too many requests", 500: "Internal server error", 502: "Database connection timeout"}
    return messages.get(status, "Service temporarily unavailable" if status >= 500 else "Refused on request")


def _garbled(response: MockResponse, text: str) -> MockResponse:
    if text:
        return replace(response, body=text.encode(), headers={**response.headers, "content-type": "text/html"})
    return replace(response, body=response.body[: len(response.body) // 2])
