"""Trouble on demand: faults that are switched on by name, for some operation, some times.

Transport faults (`status`, `drop`, `refuse`, `latency`, `garble`) change how a call is answered. Market faults
(`provider_down`, `manifest_refused`, `wallet_provisioning`, `insufficient_balance`, `no_bids`) change what the world
does, in the Console's own words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from mock_server import chance
from mock_server.http import MockRequest, MockResponse, error


class ConnectionBroken(Exception):  # noqa: N818  # what the door must act out, not an error of the mock
    """The connection breaks: `when` is `refused`, `before` (nothing was done) or `after` (it was done)."""

    def __init__(self, when: str) -> None:
        super().__init__(f"connection broken {when} the work")
        self.when = when


@dataclass(slots=True, eq=False)
class Fault:
    """One rule. `times` None means until removed; `rate` is the percentage of matching calls it strikes."""

    kind: str
    operation: str | None = None
    times: int | None = None
    rate: int = 100
    status: int = 0
    message: str = ""
    retry_after_s: float | None = None
    seconds: float = 0.0
    text: str = ""
    provider: str | None = None
    struck: int = field(default=0, init=False)
    seen: int = field(default=0, init=False)


class Faults:
    """The faults of one mock, tried in the order they were added. Counting is the only thing that changes in them.

    Every method that takes an `operation` raises ValueError when none of `operations` has that name.
    """

    def __init__(self, seed: int, operations: Iterable[str]) -> None:
        self._seed = seed
        self._operations = frozenset(operations)
        self._rules: list[Fault] = []

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
        times: int | None = 1,
        rate: int = 100,
    ) -> Fault:
        """Answer with an error status instead of doing the work: 429 with `retry-after`, 500, 503 ..."""
        rule = Fault("status", operation, times, rate, status=status, message=message, retry_after_s=retry_after_s)
        return self._add(rule)

    def refuse(self, operation: str | None = None, *, times: int | None = 1, rate: int = 100) -> Fault:
        """Refuse the connection: the caller knows that nothing was done."""
        return self._add(Fault("refuse", operation, times, rate))

    def drop(
        self, operation: str | None = None, *, when: str = "before", times: int | None = 1, rate: int = 100
    ) -> Fault:
        """Break the connection `before` the work or `after` it: to the caller both look alike.

        Raises:
            ValueError: `when` is neither.
        """
        if when not in ("before", "after"):
            raise ValueError(f"when is {when!r}; it must be 'before' or 'after'")
        return self._add(Fault(f"drop_{when}", operation, times, rate))

    def latency(
        self, seconds: float, operation: str | None = None, *, times: int | None = None, rate: int = 100
    ) -> Fault:
        """Answer that much later. The work is done at once; a caller with a shorter timeout never hears of it."""
        return self._add(Fault("latency", operation, times, rate, seconds=seconds))

    def garble(self, operation: str | None = None, *, text: str = "", times: int | None = 1, rate: int = 100) -> Fault:
        """Spoil the answer's body after the work: cut it in half, or send `text` as an HTML page instead."""
        return self._add(Fault("garble", operation, times, rate, text=text))

    def provider_down(self, provider: str | None = None, *, times: int | None = None) -> Fault:
        """A provider (None: every one) cannot be reached: no status, no manifest."""
        return self._add(Fault("provider_down", times=times, provider=provider))

    def manifest_refused(self, message: str = "manifest version validation failed", *, times: int | None = 1) -> Fault:
        """Providers answer a manifest with 422 and this text; the lease stays on chain."""
        return self._add(Fault("manifest_refused", times=times, message=message))

    def wallet_provisioning(self, *, times: int | None = 1) -> Fault:
        """Spending calls get 409 `wallet_provisioning`."""
        return self._add(Fault("wallet_provisioning", times=times))

    def insufficient_balance(self, *, times: int | None = 1) -> Fault:
        """Creates and deposits get the Console's 402, whatever the wallet holds."""
        return self._add(Fault("insufficient_balance", times=times))

    def no_bids(self, *, times: int | None = None) -> Fault:
        """Orders opened while this is on get no bids."""
        return self._add(Fault("no_bids", times=times))

    def remove(self, rule: Fault) -> None:
        """Switch one off; nothing happens when it has worn off already."""
        if rule in self._rules:
            self._rules.remove(rule)

    def clear(self) -> None:
        """Switch all off."""
        self._rules.clear()

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
            concerned = rule.operation in (None, operation) and rule.provider in (None, provider)
            if rule.kind == kind and concerned and self._hits(rule):
                return rule
        return None

    def before(self, operation: str) -> None:
        """Whatever must happen instead of the work.

        Raises:
            ConnectionBroken: The connection is refused or breaks.
            ApiError: A status is to be answered.
        """
        if self.strikes("refuse", operation=operation):
            raise ConnectionBroken("refused")
        if self.strikes("drop_before", operation=operation):
            raise ConnectionBroken("before")
        rule = self.strikes("status", operation=operation)
        if rule is not None:
            headers = {} if rule.retry_after_s is None else {"retry-after": f"{rule.retry_after_s:g}"}
            raise error(rule.status, rule.message or _usual_message(rule.status), headers=headers)

    def after(self, operation: str, request: MockRequest, response: MockResponse) -> MockResponse:
        """The answer as it leaves, after the work.

        Raises:
            ConnectionBroken: It never arrives.
        """
        if self.strikes("drop_after", operation=operation):
            raise ConnectionBroken("after")
        if rule := self.strikes("garble", operation=operation):
            response = _garbled(response, rule.text)
        if rule := self.strikes("latency", operation=operation):
            response = replace(response, delay_s=rule.seconds)
        return response

    def _add(self, rule: Fault) -> Fault:
        if rule.operation is not None:
            require_known(rule.operation, self._operations)
        self._rules.append(rule)
        return rule

    def _hits(self, rule: Fault) -> bool:
        rule.seen += 1
        if rule.rate < 100 and not chance.happens(rule.rate, self._seed, "fault", rule.kind, rule.operation, rule.seen):
            return False
        rule.struck += 1
        if rule.times is not None and rule.struck >= rule.times:
            self._rules.remove(rule)
        return True


def require_known(operation: str, known: Collection[str]) -> None:
    """Catch a misspelt operation, which would silently match nothing.

    Raises:
        ValueError: None of `known` has that name.
    """
    if operation not in known:
        close = get_close_matches(operation, known)
        meant = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise ValueError(f"There is no operation {operation!r}.{meant} There are: {', '.join(sorted(known))}.")


def _usual_message(status: int) -> str:
    messages = {429: "Too many requests", 500: "Internal server error", 502: "Database connection timeout"}
    return messages.get(status, "Service temporarily unavailable" if status >= 500 else "Refused on request")


def _garbled(response: MockResponse, text: str) -> MockResponse:
    if text:
        return replace(response, body=text.encode(), headers={**response.headers, "content-type": "text/html"})
    return replace(response, body=response.body[: len(response.body) // 2])
