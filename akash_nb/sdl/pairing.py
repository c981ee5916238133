"""Which items of two lists are the same thing, so that one more item is one difference and not many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

#: What an item is known by; anything with an order of its own will do, None where there is nothing.
Identity = Callable[[Any], Any]


def _field(*names: str) -> Identity:
    return lambda item: tuple(repr(item.get(name)) for name in names) if isinstance(item, dict) else ()


def _variable(item: Any) -> str:
    return str(item).partition("=")[0]


#: By the key that holds the list: what its items are known by, the surest first.
_IDENTITIES: dict[str, tuple[Identity, ...]] = {
    "env": (repr, _variable),
    "expose": (repr, _field("port", "proto"), _field("port")),
    "to": (repr, _field("service", "ip"), _field("service")),
    "storage": (repr, _field("name")),
    "nvidia": (repr, _field("model", "ram", "interface"), _field("model")),
    "dependencies": (repr,),
}


def paired(a: Sequence[Any], b: Sequence[Any], name: str) -> dict[int, int]:
    """Positions in `b` with the position of the same item in `a`; both grow. What is left out was added or removed.

    Args:
        name: The key that holds the lists.
    """
    anchors = _anchors(a, b, _IDENTITIES.get(name, ()))
    if list(anchors.values()) != sorted(anchors.values()):
        anchors = {}  # the order differs, which counts: so they are compared place by place
    elif name == "env" and anchors:
        return anchors  # one variable never becomes another
    return {**anchors, **dict(_between(a, b, anchors or _ends(a, b)))}


def _anchors(a: Sequence[Any], b: Sequence[Any], identities: Sequence[Identity]) -> dict[int, int]:
    """Items that are known to be the same, in the order of `b`."""
    anchors: dict[int, int] = {}
    for identity in identities:
        waiting: dict[Any, list[int]] = {}
        taken = set(anchors.values())
        for index in range(len(a) - 1, -1, -1):
            if index not in taken:
                waiting.setdefault(identity(a[index]), []).append(index)
        for index, item in enumerate(b):
            if index not in anchors and (same := waiting.get(identity(item))):
                anchors[index] = same.pop()
    return dict(sorted(anchors.items()))


def _ends(a: Sequence[Any], b: Sequence[Any]) -> dict[int, int]:
    """What two lists begin and end with in common."""
    shorter = min(len(a), len(b))
    first = next((n for n in range(shorter) if repr(a[n]) != repr(b[n])), shorter)
    rest = shorter - first
    last = next((n for n in range(rest) if repr(a[-1 - n]) != repr(b[-1 - n])), rest)
    ends = {n: n for n in range(first)}
    return ends | {len(b) - n: len(a) - n for n in range(last, 0, -1)}


def _between(a: Sequence[Any], b: Sequence[Any], anchors: dict[int, int]) -> Iterator[tuple[int, int]]:
    """The anchors, and between each two of them the items in their order, as long as both have some."""
    at_a = at_b = 0
    for to_b, to_a in [*anchors.items(), (len(b), len(a))]:
        yield from zip(range(at_b, to_b), range(at_a, to_a), strict=False)
        if to_b < len(b):
            yield to_b, to_a
        at_a, at_b = to_a + 1, to_b + 1
