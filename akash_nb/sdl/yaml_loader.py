"""YAML text to a document, read the way the Console reads it, with the place of every value.

The Console parses with js-yaml 4.1.1 (`load` without options). This loader takes the events of libyaml and applies
js-yaml's rules for scalars, keys, merges, tags and duplicates. It is a loop, not a recursion, and it counts what it
builds, so that no text makes it fail or run long: at most `MAX_BYTES` of text, `MAX_DEPTH` levels and
`MAX_VALUES` values, aliases counted as often as they are used.

What stays different from js-yaml, besides those limits (each has a test):

* libyaml scans the text: U+0085, U+2028 and U+2029 are line breaks, and refused are keys longer than 1024 characters,
  a tab after `- `, control characters inside quotes, and escapes of single surrogates;
* `*n: x` is the alias `n` as a key;
* two `...` in a row are accepted;
* a value that contains itself is refused;
* in a quoted text over several lines, blanks at a line's end are folded away (js-yaml 4.1.1 keeps one, 4.2.0 none);
* the words of a syntax error are libyaml's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from akash_nb.sdl.issues import Path, steps
from akash_nb.sdl.scalars import ScalarError, plain, tagged
from akash_nb.sdl.units import text_of

#: The largest text read. The Console's API takes no larger request body (contract §1).
MAX_BYTES = 512 * 1024
#: An SDL is about a dozen levels deep. libyaml's time grows with the square of the depth, and what walks down a
#: document must stay far from Python's limit of recursion.
MAX_DEPTH = 210
#: The largest SDLs of the wild hold about 500 values; this many take about a fifth of a second. A text counts
#: as one more for every 32 characters.
MAX_VALUES = 25_000
#: libyaml takes no longer key, unless written with `?`.
MAX_KEY = 1024

#: libyaml's parser; where PyYAML comes without it (Pyodide), the slower parser of PyYAML.
PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TAG = "tag:yaml.org,2002:"
#: What may stand before the `---` of a document: directives, comments and empty lines.
_DIRECTIVES = re.compile(r"\A\ufeff?(?:[ \t]*(?:#[^\r\n]*)?\r?\n)*%(?:[^\r\n]*\r?\n)*?(?=---)")
_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,9})\Z")
_LAST_INDEX = 2**32 - 2
_DIGITS = frozenset("0123456789")
_MERGE = object()
_NO_KEY = object()
_OPEN = object()


class Span(NamedTuple):
    """A stretch of text; lines and columns count from 1, the end is the place after the last character."""

    line: int
    column: int
    end_line: int
    end_column: int


class UnreadableError(Exception):
    """The text is no YAML document that the Console would read."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


#: Events of the key and of the value of every entry of one mapping or list (there, twice the item's event).
Entries = dict[Any, tuple[Any, Any]]


class Held(NamedTuple):
    """What a mapping or list was read from: its entries, and the events that start and end it."""

    value: Any
    entries: Entries
    start: Any
    end: Any


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed text: the value, and where its parts stand."""

    value: Any
    root: Event | None
    held: dict[int, Held]
    weights: dict[int, int]

    def span(self, path: Path, key: str | None = None) -> Span:
        """Where a value stands in the text: the key that holds it when it is a mapping or list.

        Of a place that is not in the text (it is missing, or was added later) it is the nearest place above.

        Args:
            path: The value.
            key: A key of it, to get the place of that key instead.
        """
        value, found = self.value, (self.root, self.root)
        for step in steps(path):
            inside = self.entries(value).get(step)
            if inside is None:
                return _span(*found)
            value, found = value[step], inside
        if key is not None and (inside := self.entries(value).get(key)):
            return _event_span(inside[0])
        return _span(*found)

    def weight(self, value: Any) -> int:
        """How many values a mapping or list holds, aliases counted each time; 1 for what is not in the text."""
        return self.weights.get(id(value), 1) if id(value) in self.held else 1

    def entries(self, value: Any) -> Entries:
        """The places of what a mapping or list holds; empty for what is not in the text."""
        known = self.held.get(id(value))
        return known.entries if known and known.value is value else {}


def load(text: str) -> Document:
    """Parse one document.

    Raises:
        UnreadableError: It is not one readable YAML document within the limits.
    """
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise UnreadableError(f"the text is larger than {MAX_BYTES // 1024} KiB", Span(1, 1, 1, 1))
    try:
        return _Composer(_DIRECTIVES.sub(_known_directives, text, count=1)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UnreadableError(error.problem or error.context or "unreadable", _mark_span(mark)) from None
    except yaml.reader.ReaderError as error:
        raise UnreadableError(
            "the stream contains non-printable characters", _offset_span(text, error.position)
        ) from None
    except UnicodeEncodeError as error:
        raise UnreadableError("the stream contains non-printable characters", _offset_span(text, error.start)) from None


class _Composer:
    """One pass over the events of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.next_event = PARSER(text).get_event
        self.held: dict[int, Held] = {}
        self.anchors: dict[str, Any] = {}
        self.weights: dict[int, int] = {}
        self.overridable: dict[int, set[str]] = {}
        self.count = 0

    def document(self) -> Document:
        self.next_event()  # start of the stream
        if type(self.next_event()) is not DocumentStartEvent:
            return Document(None, None, {}, {})
        value, root = self.compose()
        self.next_event()  # end of the document
        event = self.next_event()
        if type(event) is DocumentStartEvent:
            raise _unreadable("expected a single document in the stream, but found more", event)
        return Document(value, root, self.held, self.weights)

    def compose(self) -> tuple[Any, Event]:
        """The value of the document and its first event."""
        stack: list[Any] = []
        into: Any = (
            None  # the mapping or list being filled, its entries and, in a mapping, the key that waits for a value
        )
        entries: Entries = {}
        key: Any = _NO_KEY
        key_event: Any = None
        started: Any = None
        while True:
            event = self.next_event()
            kind = type(event)
            if kind is ScalarEvent:
                self.count += 1 + len(event.value) // 32
                value = self.scalar(event)
                if value is _MERGE and not (type(into) is dict and key is _NO_KEY):
                    value = "<<"
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                stack.append((into, entries, key, key_event, started, self.count))
                if len(stack) > MAX_DEPTH:
                    raise _unreadable(f"the document is nested deeper than {MAX_DEPTH} levels", event)
                self.count += 1
                into, entries, key, started = {} if kind is MappingStartEvent else [], {}, _NO_KEY, event
                if event.anchor is not None:
                    self.anchors[event.anchor] = _OPEN
                continue
            elif kind is AliasEvent:
                value = self.alias(event)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = self.closed(into, entries, started, event)
                event = started
                into, entries, key, key_event, started, before = stack.pop()
                self.weights[id(value)] = self.count - before
            else:
                raise _unreadable("expected the node content", event)
            if self.count > MAX_VALUES:
                raise _unreadable(f"the document holds more than {MAX_VALUES:,} values, aliases included", event)
            if into is None:
                return value, event
            if type(into) is list:
                entries[len(into)] = (event, event)
                into.append(value)
            elif key is _NO_KEY:
                key, key_event = value if value is _MERGE else self.key(value, event, not started.flow_style), event
            else:
                if key in into or key is _MERGE:
                    self.put_again(into, entries, key, value, key_event, event)
                else:
                    into[key] = value
                    entries[key] = (key_event, event)
                key = _NO_KEY

    def scalar(self, event: Any) -> Any:
        """The value of a scalar."""
        text: str = event.value
        if event.tag is None:
            value = text if not event.implicit[0] else _MERGE if text == "<<" else plain(text)
        elif event.tag == "!":
            value = text
        else:
            try:
                value = tagged(event.tag, text)
            except ScalarError as error:
                raise _unreadable(str(error), event) from None
        if event.anchor is not None:
            self.anchors[event.anchor] = "<<" if value is _MERGE else value
        return value

    def alias(self, event: Any) -> Any:
        """The value an alias stands for, counted with all that is in it."""
        name: str = event.anchor
        if name not in self.anchors:
            raise _unreadable(f'unidentified alias "{name}"', event)
        value = self.anchors[name]
        if value is _OPEN:
            raise _unreadable(f'the value "{name}" contains itself', event)
        self.count += self.weights.get(id(value)) or 1 + (len(value) // 32 if type(value) is str else 0)
        return value

    def closed(self, value: Any, entries: Entries, event: Any, end: Any) -> Any:
        """A mapping or list that is complete, with its keys in JavaScript's order and its tag applied."""
        if type(value) is dict:
            numbers = [key for key in value if key[:1] in _DIGITS and _INDEX.match(key) and int(key) <= _LAST_INDEX]
            if numbers:
                numbers.sort(key=int)
                value = {key: value[key] for key in numbers} | value
        if event.tag is not None and event.tag != "!":
            value = self.tagged(event, value)
        self.held[id(value)] = Held(value, entries, event, end)
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        return value

    def tagged(self, event: Any, value: Any) -> Any:
        """A tagged mapping or list; only YAML's own tags are known."""
        kind = event.tag.removeprefix(_TAG)
        if type(value) is dict and kind == "set" and all(item is None for item in value.values()):
            return value
        if type(value) is list and kind in ("omap", "pairs") and all(type(i) is dict and len(i) == 1 for i in value):
            names = [name for item in value for name in item]
            if kind == "pairs":
                return [[name, item[name]] for item, name in zip(value, names, strict=True)]
            if len(set(names)) == len(names):
                return value
        if kind == ("map" if type(value) is dict else "seq"):
            return value
        known = kind in (
            "set",
            "omap",
            "pairs",
            "map",
            "seq",
            "str",
            "int",
            "float",
            "bool",
            "null",
            "timestamp",
            "binary",
        )
        what = "cannot resolve a node with !<{}> explicit tag" if known else "unknown tag !<{}>"
        raise _unreadable(what.format(event.tag), event)

    def key(self, value: Any, event: Any, block: bool) -> str:
        """A key as JavaScript makes it: always text."""
        if block and type(event) is not AliasEvent and (event.tag is not None or event.anchor is not None):
            index = event.start_mark.index
            if not self.text[max(0, index - MAX_KEY) : index].rstrip().endswith("?"):
                raise _unreadable("a tag or an anchor cannot stand before a key", event)
        if type(value) is list and any(type(item) is list for item in value):
            raise _unreadable("nested arrays are not supported inside keys", event)
        key = value if type(value) is str else text_of(value)
        if len(key) > MAX_KEY:
            raise _unreadable(f"a key is longer than {MAX_KEY} characters", event)
        return key

    def put_again(
        self, into: dict[str, Any], entries: Entries, key: Any, value: Any, key_event: Any, event: Any
    ) -> None:
        """Add a merge or a key that is already there to a mapping: an error, unless the first came by a merge."""
        if key is _MERGE:
            self.merge(into, entries, value, event)
            return
        overridable = self.overridable.get(id(into), set())
        if key not in overridable:
            raise _unreadable("duplicated mapping key", key_event)
        overridable.discard(key)
        into[key] = value
        entries[key] = (key_event, event)

    def merge(self, into: dict[str, Any], entries: Entries, value: Any, event: Event) -> None:
        """Take over the entries of a mapping, or of each of a list of mappings, that are not there yet."""
        overridable = self.overridable.setdefault(id(into), set())
        for source in value if type(value) is list else [value]:
            if not isinstance(source, dict):
                raise _unreadable("cannot merge mappings; the provided source object is unacceptable", event)
            known = self.held.get(id(source))
            places = known.entries if known else {}
            for key, item in source.items():
                if key not in into:
                    into[key] = item
                    overridable.add(key)
                    if key in places:
                        entries[key] = places[key]
            self.count += len(source)


def _known_directives(head: re.Match[str]) -> str:
    """The directives that libyaml knows; the others, which js-yaml skips, become comments of the same length."""
    later_version = re.sub(r"(?m)^%YAML( +)1\.[03-9]", r"%YAML\g<1>1.2", head[0])
    return re.sub(r"(?m)^%(?!(?:YAML|TAG)\b)", "#", later_version)


def _unreadable(message: str, event: Any) -> UnreadableError:
    return UnreadableError(message, _event_span(event))


def _event_span(event: Any) -> Span:
    """The place of an event, at least one character wide: a block mapping starts with an event of no width."""
    start, end = event.start_mark, event.end_mark
    end_column = end.column + 1 + (start.index == end.index)
    return Span(start.line + 1, start.column + 1, end.line + 1, end_column)


def _span(key: Any, value: Any) -> Span:
    """The place of a value: its own when it is a scalar, else that of its key."""
    if value is None:
        return Span(1, 1, 1, 1)
    return _event_span(value if type(value) in (ScalarEvent, AliasEvent) else key)


def _mark_span(mark: Any) -> Span:
    if mark is None:
        return Span(1, 1, 1, 1)
    return Span(mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)


def _offset_span(text: str, offset: int) -> Span:
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return Span(line, column, line, column + 1)
