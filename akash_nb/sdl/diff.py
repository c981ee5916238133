"""What differs between two SDLs, and what of it a running deployment can take over.

An update (PUT) gives a deployment a new manifest and its hash, nothing else (contract §5): what was written on chain
when it was created stays, and providers refuse a manifest that does not fit it. So a change is in place when groups and
reclamation window come out the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from akash_nb.errors import SDLError
from akash_nb.sdl import groups as groups_
from akash_nb.sdl.compiler import Compiled, Weight, checked
from akash_nb.sdl.compiler import compile as compile_sdl
from akash_nb.sdl.issues import at, pointer
from akash_nb.sdl.masking import shown
from akash_nb.sdl.pairing import paired
from akash_nb.sdl.rendering import render, visible
from akash_nb.sdl.units import Opaque
from akash_nb.sdl.values import same, weigher
from akash_nb.shown import Shown
from akash_nb.units import counted

Kind = Literal["added", "removed", "changed"]

#: No value that matters is deeper in an SDL; what is there differs as a whole.
MAX_DEPTH = 12
#: How many values may be looked at in all to try each change alone; with more, changes are told less finely.
MAX_TRIED = 250_000

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@dataclass(frozen=True, slots=True, repr=False)
class Change(Shown):
    """One difference.

    Attributes:
        path: JSON pointer to the value in the new SDL; to what was removed, in the old one.
        kind: `added`, `removed` or `changed`.
        before: The value in the old SDL; None when it was added.
        after: The value in the new SDL; None when it was removed.
        in_place: A running deployment can take over this change without the others.
        keys: The same place as `path`, key by key; positions in lists as numbers.
    """

    path: str
    kind: Kind
    before: Any
    after: Any
    in_place: bool
    keys: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.summary}  ({self.takes})"

    @property
    def takes(self) -> str:
        """What it takes alone: `in place`, or `needs a new deployment`."""
        return "in place" if self.in_place else "needs a new deployment"

    @property
    def summary(self) -> str:
        """The change on one line, without what it takes; secrets are dots."""
        before, after = shown(self.before, self.keys), shown(self.after, self.keys)
        values = {"added": after, "removed": before, "changed": f"{before} -> {after}"}
        return f"{_SIGNS[self.kind]} {visible(self.path)}: {values[self.kind]}"


@dataclass(frozen=True, slots=True, repr=False)
class Diff(Shown):
    """All differences of two SDLs; false when there are none. Comments and layout are no differences.

    Attributes:
        changes: In the order of the old SDL, additions after what was there.
        in_place: A running deployment can take over all changes together. Each of them may need a new deployment
            alone, as when a compute profile gets another name in all places.
    """

    changes: tuple[Change, ...]
    in_place: bool

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def __str__(self) -> str:
        if not self.changes:
            return "no differences"
        return "\n".join([*map(self.line, self.changes), self.verdict])

    def line(self, change: Change) -> str:
        """One of the changes with what it takes, given the others."""
        return f"{change.summary}  ({self.takes(change)})"

    def takes(self, change: Change) -> str:
        """What one of the changes takes, given the others: `in place`, or `needs a new deployment`."""
        if self.in_place and not change.in_place:
            return "in place with the others"
        return change.takes

    @property
    def verdict(self) -> str:
        """How many changes there are, and what all of them together take."""
        count = counted(len(self.changes), "change")
        return f"{count}: {'in place' if self.in_place else 'needs a new deployment'}"


class _Edit(NamedTuple):
    """A change as it is made to the old document: `path` is where it is told of, `place` where it is made."""

    path: tuple[Any, ...]
    place: tuple[Any, ...]
    kind: Kind
    before: Any
    after: Any


def diff(a: str | bytes | Compiled, b: str | bytes | Compiled) -> Diff:
    """The differences from one SDL to another.

    Items of lists are paired by what they are (environment variables by name, exposes by port, volumes by name), so
    that one more item is one change. SDLs with very many changes are told of in larger parts.

    Args:
        a: The old SDL, such as the one that runs: text, or compiled.
        b: The new SDL.

    Raises:
        SDLError: One of them has errors.
    """
    old, new = _valid(a, "old"), _valid(b, "new")
    weight = weigher()
    edits: list[_Edit] = []
    for depth in range(MAX_DEPTH, 0, -1):
        edits = list(_edits(old.document, new.document, (), (), depth))
        if len(edits) * weight(old.document) <= MAX_TRIED:
            break
    changes = (
        Change(pointer(at(*edit.path)), edit.kind, edit.before, edit.after, _is_in_place(edit, old, weight), edit.path)
        for edit in edits
    )
    return Diff(tuple(changes), _on_chain(old) == _on_chain(new))


def _valid(sdl: str | bytes | Compiled, which: str) -> Compiled:
    compiled = sdl if isinstance(sdl, Compiled) else compile_sdl(sdl)
    if compiled.errors:
        raise SDLError(compiled.errors, f"(the {which} one)\n{render(compiled)}")
    return compiled


def _on_chain(compiled: Compiled) -> tuple[Any, Any]:
    return compiled.groups, compiled.reclamation


def _is_in_place(edit: _Edit, old: Compiled, weight: Weight) -> bool:
    sdl = _edited(old.document, edit.place, edit)
    if checked(sdl, weight):
        return False
    return (groups_.specs(groups_.build(sdl)), groups_.reclamation(sdl)) == _on_chain(old)


def _edited(value: Any, place: tuple[Any, ...], edit: _Edit) -> Any:
    """A copy of a value with one change made in it; what does not change is shared."""
    key, *rest = place
    copy: Any = list(value) if isinstance(value, list) else dict(value)
    if rest:
        copy[key] = _edited(value[key], tuple(rest), edit)
    elif edit.kind == "removed":
        del copy[key]
    elif edit.kind == "added" and isinstance(copy, list):
        copy.insert(key, edit.after)
    else:
        copy[key] = edit.after
    return copy


def _edits(a: Any, b: Any, path: tuple[Any, ...], place: tuple[Any, ...], depth: int) -> Iterator[_Edit]:
    """What makes `b` of `a`; `depth` levels down, values are changed as a whole."""
    if same(a, b):
        return
    inside = _inside(a, b) if depth else None
    if inside is None:
        yield _Edit(path, place, "changed", a, b)
    else:
        yield from inside(a, b, path, place, depth - 1)


def _inside(a: Any, b: Any) -> Callable[..., Iterator[_Edit]] | None:
    """What finds the differences inside two values; None when they have nothing in common."""
    if isinstance(a, Opaque) or isinstance(b, Opaque):
        return None
    if isinstance(a, dict) and isinstance(b, dict):
        return _in_mapping
    return _in_list if isinstance(a, list) and isinstance(b, list) else None


def _in_mapping(
    a: dict[str, Any], b: dict[str, Any], path: tuple[Any, ...], place: tuple[Any, ...], depth: int
) -> Iterator[_Edit]:
    for key, value in a.items():
        here, there = (*path, key), (*place, key)
        if key in b:
            yield from _edits(value, b[key], here, there, depth)
        else:
            yield _Edit(here, there, "removed", value, None)
    for key, value in b.items():
        if key not in a:
            yield _Edit((*path, key), (*place, key), "added", None, value)


def _in_list(a: list[Any], b: list[Any], path: tuple[Any, ...], place: tuple[Any, ...], depth: int) -> Iterator[_Edit]:
    pairs = paired(a, b, str(path[-1]))
    kept = set(pairs.values())
    for index, value in enumerate(a):
        if index not in kept:
            yield _Edit((*path, index), (*place, index), "removed", value, None)
    before = 0  # where in the old list the next new item would stand
    for index, value in enumerate(b):
        if index in pairs:
            yield from _edits(a[pairs[index]], value, (*path, index), (*place, pairs[index]), depth)
            before = pairs[index] + 1
        else:
            yield _Edit((*path, index), (*place, before), "added", None, value)
