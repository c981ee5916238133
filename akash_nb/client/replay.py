"""What a stream that was opened again tells a second time: left out, as far as that can be told. Pure.

Lines have no numbers and no times of their own. So of each replica the last ones are remembered; after a reconnection
its lines are held back until the repetition is over, and what follows the longest overlap is new.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

#: How many lines of a replica are remembered, and asked for again after a reconnection.
REMEMBERED = 200


class Replay(Generic[T]):
    """Remembers what was shown.

    Args:
        group: Whose it is, such as the replica of a line.
        what: What it says; the same of the same group is the same.
    """

    def __init__(self, group: Callable[[T], str], what: Callable[[T], Hashable]) -> None:
        self._group = group
        self._what = what
        self._shown: dict[str, deque[Hashable]] = {}
        self._held: dict[str, list[T]] = {}
        self._passed = 0

    @property
    def is_holding(self) -> bool:
        """A repetition may be under way: tell `quiet` when nothing has come for a moment."""
        return bool(self._held)

    def reconnected(self) -> None:
        """From now on the stream may tell again what was shown."""
        self._held = {group: [] for group, shown in self._shown.items() if shown}
        self._passed = 0

    def take(self, item: T) -> list[T]:
        """Something came: what is to be shown now."""
        group = self._group(item)
        self._passed += 1
        if group not in self._held:
            shown = [item]
            self._note(shown)
        else:
            self._held[group].append(item)
            # No repetition is longer than what is remembered.
            shown = self._release(group) if len(self._held[group]) >= REMEMBERED else []
        if self._passed > REMEMBERED * (len(self._shown) + 1):
            shown += self.quiet()
        return shown

    def quiet(self) -> list[T]:
        """Nothing more comes for now, so every repetition is over: what is to be shown of what was held back."""
        return [item for group in list(self._held) for item in self._release(group)]

    def _release(self, group: str) -> list[T]:
        held = self._held.pop(group)
        fresh = held[overlap(list(self._shown[group]), [self._what(item) for item in held]) :]
        self._note(fresh)
        return fresh

    def _note(self, items: Sequence[T]) -> None:
        for item in items:
            self._shown.setdefault(self._group(item), deque(maxlen=REMEMBERED)).append(self._what(item))


def overlap(shown: Sequence[Hashable], told: Sequence[Hashable]) -> int:
    """How many of the first things that are told were shown already: the last of `shown` are the last of these."""
    for end in range(len(told), 0, -1):
        length = min(end, len(shown))
        if length and list(told[end - length : end]) == list(shown[-length:]):
            return end
    return 0
