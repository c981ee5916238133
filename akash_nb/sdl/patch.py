"""Changes one value of an SDL text in place: comments, order, layout and quotes of everything else stay as they are.

The text is cut at the marks of the value concerned, never dumped anew. What comes out is read again, and given back
only when exactly that value differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import yaml
from yaml.events import CollectionEndEvent, CollectionStartEvent, NodeEvent

from akash_nb.errors import InvalidInputError
from akash_nb.sdl.dump import block, dump, inline, quoted_like
from akash_nb.sdl.values import same
from akash_nb.sdl.yaml_loader import PARSER, Document, Held, UnreadableError, load

#: In place of a value: take the key or list item away. Copied or pickled it is still the one.
REMOVE: Any = type("Remove", (), {"__repr__": lambda _: "REMOVE", "__reduce__": lambda _: "REMOVE"})()

_STEP = 2
_TO_COLON = re.compile(r"\s*:")
#: Where a line that is not empty begins, but for the first.
_LINE_BREAK = re.compile(r"(?<=\n)(?=[^\r\n])")


def patch(text: str, path: str | Sequence[str | int], value: Any) -> str:
    """The text with one value changed, added or removed.

    Args:
        text: SDL text that can be read; it may have other errors.
        path: JSON pointer such as `/services/web/image`, or the keys. Missing mappings on the way are made; the
            index one past the end of a list appends.
        value: Text, number, bool, None, list or mapping; `REMOVE` takes it away.

    Raises:
        InvalidInputError: The text cannot be read, there is no such place, or it cannot be changed alone, because it
            is shared by an alias or a merge.
    """
    keys = _keys(path)
    try:
        document = load(text)
    except UnreadableError as error:
        raise _refused(f"The SDL cannot be read: line {error.span.line}: {error.message}.") from None
    wanted = _changed(document.value, keys, value)
    return _proved(text, keys, wanted, lambda body: _Editor(body, document).changed(keys, value))


def listed(text: str, path: Sequence[str | int]) -> str:
    """The text with a mapping as the only item of a list in its place; its lines stay, with their comments.

    Raises:
        InvalidInputError: It cannot be done alone, because it is shared by an alias or a merge.
    """
    document = load(text)
    holder = _holder(document.value, path)
    wanted = _changed(document.value, list(path), [holder[path[-1]]])
    return _proved(text, path, wanted, lambda body: _Editor(body, document).listed(holder, path[-1]))


def renamed(text: str, path: Sequence[str | int], name: str) -> str:
    """The text with another key for an entry of a mapping, which stays where it is.

    Raises:
        InvalidInputError: It cannot be done alone, because it is shared by an alias or a merge; or there is one of
            that name.
    """
    document = load(text)
    holder = _holder(document.value, path)
    if name in holder:
        raise _refused(f"There is a {_shown([*path[:-1], name])} already.", "Take another name.")
    wanted = _changed(document.value, list(path), REMOVE)
    wanted = _changed(wanted, [*path[:-1], name], holder[path[-1]])
    return _proved(text, path, wanted, lambda body: _Editor(body, document).renamed(holder, path[-1], name))


def _proved(text: str, keys: Sequence[Any], wanted: Any, change: Callable[[str], str]) -> str:
    """The text after a change, which reads as wanted.

    Raises:
        InvalidInputError: It does not.
    """
    body = text.removeprefix("\ufeff")
    changed = text[: len(text) - len(body)] + change(body)
    if not _reads_as(changed, wanted):
        raise _refused(
            f"{_shown(keys)} cannot be changed alone: it is shared by an alias or a merge, or laid out oddly."
        )
    return changed


def _holder(document: Any, path: Sequence[str | int]) -> Any:
    """The mapping or list that a place is in."""
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    return holder


class _Editor:
    """One text and where its parts stand."""

    def __init__(self, text: str, document: Document) -> None:
        self.text = text
        self.document = document
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.stops = self._stops()

    def changed(self, keys: list[Any], value: Any) -> str:
        """The text after the change; not yet proved."""
        parent, holder, at, depth = None, self.document.value, (None, self.document.root), 0
        for depth, key in enumerate(keys):
            inside = self.document.entries(holder).get(key)
            if inside is None or (depth == len(keys) - 1 and not self.is_own(holder, key)):
                break
            if depth == len(keys) - 1:
                if value is not REMOVE:
                    return self.replaced(holder, inside, value)
                return self.without(holder, key) if len(holder) > 1 else self.replaced(parent, at, type(holder)())
            parent, holder, at = holder, holder[key], inside
        rest = _nested(keys[depth + 1 :], value)
        if self.document.root is None:
            return self.text + dump({keys[0]: rest})
        if holder is None or holder in ({}, []):
            whole: Any = [rest] if keys[depth] == 0 and holder != {} else {keys[depth]: rest}
            return self.replaced(parent, at, whole)
        return self.added(self.document.held[id(holder)], keys[depth], rest)

    def is_own(self, holder: Any, key: Any) -> bool:
        """An entry stands in its mapping's own text; a merged one stands elsewhere, and is overridden."""
        held = self.document.held[id(holder)]
        return _marks(held.start)[0] <= _start(held, key) < self.span(held.start)[1]

    # Where things end

    def span(self, event: Any) -> tuple[int, int]:
        """First character of a value and the one after its last; a block's trailing comments are not part of it."""
        start, _ = _marks(event)
        return start, self.stops[start] if isinstance(event, CollectionStartEvent) else self._stop(event)

    def _stop(self, event: Any) -> int:
        """Where a scalar or an alias ends; a text in block style has its line breaks behind it."""
        start, end = _marks(event)
        is_block = getattr(event, "style", None) in ("|", ">")
        return start + len(self.text[start:end].rstrip()) if is_block else end

    def _stops(self) -> dict[int, int]:
        """Where each mapping and list ends, by where it starts: behind the last thing that is in it."""
        stops: dict[int, int] = {}
        open_: list[int] = []
        last = 0
        for event in yaml.parse(self.text, PARSER):
            start, end = _marks(event)
            if isinstance(event, CollectionStartEvent):
                open_.append(start)
            elif isinstance(event, CollectionEndEvent):
                last = end if end > start else last  # the end of a block has no width, and stands at what follows
                stops[open_.pop()] = last
            elif isinstance(event, NodeEvent):
                last = self._stop(event)
        return stops

    def line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """The line break after a place, or the end of the text."""
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end

    def column(self, index: int) -> int:
        return index - self.line_start(index)

    # The three changes

    def replaced(self, holder: Any, at: tuple[Any, Any], value: Any) -> str:
        key_event, event = at
        start, end = self.span(event)
        if self._is_flow(holder):
            return self._cut(start, end, _spaced(self.text, start, inline(value)))
        if isinstance(event, CollectionStartEvent) and not event.flow_style and key_event is not event:
            return self._block_replaced(key_event, start, end, value)
        if isinstance(value, dict | list) and value and key_event is not event and key_event is not None:
            return self._opened(start, end, self.column(key_event.start_mark.index) + _STEP, value)
        if isinstance(value, dict | list) and value:
            return self._cut(start, end, self._lines(value, self.column(start)))
        new = quoted_like(self.text[start:end], value)
        return self._cut(start, end, _spaced(self.text, start, new))

    def added(self, held: Held, key: Any, value: Any) -> str:
        """A new entry at the end of a mapping or list."""
        is_list = type(held.value) is list
        if held.start.flow_style:
            close = held.end.end_mark.index - 1
            body = self.text[held.start.start_mark.index : close].rstrip()
            comma = "" if body.endswith((",", "{", "[")) else ","
            entry = inline(value) if is_list else inline({key: value})[1:-1]
            return self._cut(held.start.start_mark.index + len(body), close, f"{comma} {entry}".removeprefix(" "))
        start, end = self.span(held.start)
        column = self.column(start)
        at = self.line_end(end)
        before = self.text[:at].removesuffix("\r")
        return (
            before
            + self.newline
            + " " * column
            + self._lines([value] if is_list else {key: value}, column)
            + (self.text[len(before) :] or "")
        )

    def without(self, holder: Any, key: Any) -> str:
        """The text without an entry of several."""
        held = self.document.held[id(holder)]
        start, end = _start(held, key), self.span(held.entries[key][1])[1]
        following = [at for name in held.entries if (at := _start(held, name)) > start]
        if held.start.flow_style:
            return self._cut(start, min(following), "") if following else self._cut(self._comma_before(start), end, "")
        start = self.text.rfind("-", 0, start) if type(holder) is list else start
        if self.text[self.line_start(start) : start].strip():  # it stands behind the dash of a list
            return self._cut(start, min(following), "")
        return self._cut(self.line_start(start), min(self.line_end(end) + 1, len(self.text)), "")

    def listed(self, holder: Any, key: Any) -> str:
        """A mapping as the only item of a list."""
        event = self.document.entries(holder)[key][1]
        start, end = self.span(event)
        if event.flow_style:
            return self._cut(start, end, f"[{self.text[start:end]}]")
        return self._cut(start, end, "- " + _LINE_BREAK.sub(" " * _STEP, self.text[start:end]))

    def renamed(self, holder: Any, key: Any, name: str) -> str:
        """Another key for an entry of a mapping."""
        start, end = _marks(self.document.entries(holder)[key][0])
        return self._cut(start, end, quoted_like(self.text[start:end], name))

    # Pieces of them

    def _block_replaced(self, key_event: Any, start: int, end: int, value: Any) -> str:
        """A block in place of a block; something short moves up beside its key."""
        if isinstance(value, dict | list) and value:
            beside = self.column(key_event.start_mark.index) if key_event else -1
            column = self.column(start)
            deeper = _STEP if isinstance(value, dict) and column <= beside else 0  # a list may stand below its key
            return self._cut(start, end, " " * deeper + self._lines(value, column + deeper))
        if key_event is None:
            return self._cut(start, end, inline(value))
        colon = self._colon(key_event)
        between = self.text[colon : self.line_start(start)].rstrip("\r\n")
        return self.text[:colon] + f" {inline(value)}" + between + self.text[end:]

    def _opened(self, start: int, end: int, column: int, value: Any) -> str:
        """A block below its key in place of something short beside it; a comment there stays there."""
        stop = self.line_end(end)
        comment = self.text[end:stop].rstrip("\r")
        head = self.text[:start].rstrip(" ") + comment
        return head + self.newline + " " * column + self._lines(value, column) + self.text[end + len(comment) :]

    def _lines(self, value: Any, column: int) -> str:
        return (self.newline + " " * column).join(block(value))

    def _cut(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]

    def _colon(self, key_event: Any) -> int:
        match = _TO_COLON.match(self.text, key_event.end_mark.index)
        return match.end() if match else key_event.end_mark.index

    def _comma_before(self, index: int) -> int:
        return max(self.text.rfind(",", 0, index), 0)

    def _is_flow(self, holder: Any) -> bool:
        held = self.document.held.get(id(holder))
        return held is not None and bool(held.start.flow_style)


def _marks(event: Any) -> tuple[int, int]:
    """First character of an event and the one after its last."""
    return int(event.start_mark.index), int(event.end_mark.index)


def _start(held: Held, key: Any) -> int:
    return _marks(held.entries[key][0])[0]


def _keys(path: str | Sequence[str | int]) -> list[Any]:
    if not isinstance(path, str):
        keys: list[Any] = list(path)
    elif path.startswith("/"):
        keys = [part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/")]
    else:
        keys = []
    if not keys:
        raise _refused(f"{path!r} is no place in an SDL.", "Give a path such as /services/web/image.")
    return keys


def _nested(keys: list[Any], value: Any) -> Any:
    for key in reversed(keys):
        value = [value] if key == 0 else {key: value}
    return value


def _changed(document: Any, keys: list[Any], value: Any) -> Any:
    """The document as it must read afterwards; resolves the indices of lists in `keys` to numbers on the way."""
    root = {"": _unshared(document)}
    holder: Any = root
    last: Any = ""
    for depth, key in enumerate(keys):
        inside = holder[last]
        if inside is None:
            inside = holder[last] = [] if key in (0, "0") else {}
        if isinstance(inside, list):
            keys[depth] = key = _index(inside, keys, depth)
            if key == len(inside) and value is not REMOVE:
                inside.append(None)
        elif not isinstance(inside, dict):
            raise _refused(f"{_shown(keys[:depth])} holds no other values.")
        elif key not in inside and value is not REMOVE:
            inside[str(key)] = None
        keys[depth] = key = key if isinstance(inside, list) else str(key)
        if key not in (range(len(inside)) if isinstance(inside, list) else inside):
            raise _refused(f"There is no {_shown(keys[: depth + 1])}.")
        holder, last = inside, key
    if value is REMOVE:
        del holder[last]
    else:
        holder[last] = value
    return root[""]


def _unshared(value: Any) -> Any:
    """A copy in which what several aliases stand for is a value of its own at each place."""
    if isinstance(value, list):
        return [_unshared(item) for item in value]
    return {key: _unshared(item) for key, item in value.items()} if type(value) is dict else value


def _index(items: list[Any], keys: list[Any], depth: int) -> int:
    key = keys[depth]
    if isinstance(key, int) or (isinstance(key, str) and key.isdecimal()):
        return int(key)
    raise _refused(f"{_shown(keys[:depth])} is a list: {key!r} is no index of it.")


def _reads_as(text: str, wanted: Any) -> bool:
    try:
        return same(load(text).value, wanted)
    except UnreadableError:
        return False


def _spaced(text: str, index: int, new: str) -> str:
    """A blank first where the value before was empty, so that it had none behind its colon."""
    return f" {new}" if text[index - 1 : index] in (":", "-") else new


def _shown(keys: Sequence[Any]) -> str:
    return "/" + "/".join(map(str, keys))


def _refused(what: str, todo: str = "Change the text by hand.") -> InvalidInputError:
    return InvalidInputError(what, means="The text was not changed.", todo=todo)
