"""One rule of what goes wrong: what it is about, when it is on, and whether it strikes a call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, TypedDict

from mock_server.names import require_known
from mock_server.world import chance

#: What can be asked of a provider's WebSocket, by the last part of its path; these stand where operations do.
STREAMS = ("logs", "kubeevents", "shell")
#: The most that a fault takes of anything: of seconds, some 31 years.
_MOST = 1_000_000_000
#: The names of all faults: those that strike once unless told otherwise, and those that last.
ONCE = (
    *("status", "refuse", "drop", "garble", "manifest_refused", "wallet_provisioning", "insufficient_balance"),
    *("no_fee", "lease_lost", "stream_drop", "stream_error", "shell_lost"),
)
LASTING = (*("quota", "latency", "slow", "provider_down", "stale_balances", "no_bids", "short_bids", "stream_slow"),)
KINDS = (*ONCE, *LASTING)


class Limits(TypedDict, total=False):
    """How far a fault reaches: how many `times` it strikes before it wears off (None: until removed), at which `rate`
    of the matching calls in per cent, and between which seconds after the beginning of the tenant's world."""

    times: int | None
    rate: int
    from_s: float
    until_s: float | None


@dataclass(slots=True, eq=False)
class Fault:
    """One rule.

    Attributes:
        kind: What goes wrong; the name of the `Faults` method that switches it on.
        operation: The only operation, or stream, that it concerns; None: all.
        times: How often it strikes before it wears off; None: until removed.
        rate: The percentage of matching calls it strikes.
        from_s: Seconds after the world's beginning from which it is on.
        until_s: Seconds after the world's beginning from which it is off again; None: never.
        struck: How often it has struck.
        seen: How many calls it could have struck.
    """

    kind: str
    operation: str | None = None
    times: int | None = None
    rate: int = 100
    from_s: float = 0.0
    until_s: float | None = None
    status: int = 0
    message: str = ""
    retry_after_s: float | None = None
    when: str = ""
    seconds: float = 0.0
    bytes_per_s: float = 0.0
    limit: int = 0
    text: str = ""
    provider: str | None = None
    reason: str = ""
    struck: int = field(default=0, init=False)
    seen: int = field(default=0, init=False)
    #: Of a quota: when its window began, and how many calls it has let through since.
    _window: tuple[float, int] = field(default=(-1.0, 0), init=False, repr=False)

    def concerns(self, operation: str | None, now_s: float) -> bool:
        """Whether it is on at an instant, and about that operation."""
        return (
            self.operation in (None, operation)
            and self.from_s <= now_s
            and (self.until_s is None or now_s < self.until_s)
        )

    def is_drawn(self, seed: int) -> bool:
        """Count a call that it could strike; whether it does, by its rate."""
        self.seen += 1
        key = ("fault", self.kind, self.status, self.when, self.operation, self.seen)
        if self.rate < 100 and not chance.happens(self.rate, seed, *key):
            return False
        self.struck += 1
        return True

    @property
    def is_worn_off(self) -> bool:
        """Whether it has struck as often as it was meant to."""
        return self.times is not None and self.struck >= self.times

    def wait_s(self, now_s: float) -> int | None:
        """Count a call against a quota; how long its caller has to wait when it is one too many."""
        self.seen += 1
        begin = now_s // self.seconds * self.seconds
        used = self._window[1] + 1 if self._window[0] == begin else 1
        self._window = (begin, used)
        if used <= self.limit:
            return None
        self.struck += 1
        return ceil(begin + self.seconds - now_s)


def check(kind: str, operation: str | None, settings: Mapping[str, Any], operations: Collection[str]) -> None:
    """Check what a fault is told.

    Args:
        kind: A name of `KINDS`.
        operation: The only operation, or stream, that it concerns.
        settings: What else it is told, by the fields of `Fault`.
        operations: All operations that there are.

    Raises:
        ValueError: Something does not exist, is out of bounds, or ends before it begins.
    """
    if operation is not None:
        known, what = (STREAMS, "stream") if kind.startswith("stream_") else (operations, "operation")
        require_known(operation, known, what=what)
    for name in ("seconds", "bytes_per_s", "limit"):
        if name in settings and not 0 < settings[name] <= _MOST:
            raise ValueError(f"{name} is {settings[name]}; it must be above 0 and at most {_MOST}")
    wait_s, times, rate = settings.get("retry_after_s"), settings.get("times"), settings.get("rate", 100)
    if wait_s is not None and not 0 <= wait_s <= _MOST:
        raise ValueError(f"retry_after_s is {wait_s}; it must be 0 or more and at most {_MOST}")
    if times is not None and times < 1:
        raise ValueError(f"times is {times}; it must be at least 1")
    if not 0 <= rate <= 100:
        raise ValueError(f"rate is {rate}; it must be a percentage, 0 to 100")
    begins, ends = settings.get("from_s", 0), settings.get("until_s")
    if ends is not None and not begins < ends:
        raise ValueError(f"until_s is {ends} and from_s is {begins}; it must be later")
