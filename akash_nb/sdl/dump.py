"""Values as YAML text that the Console and PyYAML read alike: plain where that is safe, quoted where it is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from akash_nb.sdl.scalars import plain
from akash_nb.sdl.units import Opaque, number_text

#: Text that may stand without quotes wherever a value or key may: no sign of YAML's own in it.
_WORD = r"[A-Za-z0-9_./@+=%()-]"
_PLAIN = re.compile(rf"[A-Za-z0-9_./]{_WORD}*(?::{_WORD}+)*(?: {_WORD}+(?::{_WORD}+)*)*\Z")
_MAX_PLAIN = 200
_RESOLVER: Any = yaml.SafeLoader("")
_TEXT = "tag:yaml.org,2002:str"
_INDENT = "  "


def dump(value: Any) -> str:
    """A value as YAML in block style, keys in their order, ending in a line break."""
    return "\n".join(block(value)) + "\n"


def block(value: Any) -> list[str]:
    """The lines of a value in block style; empty mappings, empty lists and scalars are one line."""
    if isinstance(value, dict) and value:
        return [line for key, item in value.items() for line in _entry(f"{inline(str(key))}:", item)]
    if isinstance(value, list) and value:
        return [line for item in value for line in _item(block(item))]
    return [inline(value)]


def inline(value: Any) -> str:
    """A value on one line: scalars, and `{a: 1}` or `[1, 2]`; a date as the text that JavaScript makes of it."""
    if isinstance(value, Opaque):
        return inline(value.text)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{inline(str(key))}: {inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    if isinstance(value, str):
        return value if _is_plain(value) else _quoted(value)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return _number(value)


def quoted_like(old: str, value: Any) -> str:
    """A scalar on one line, in the quotes that the old text had where it is text again."""
    if isinstance(value, str) and old[:1] == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return _quoted(value) if isinstance(value, str) and old[:1] == '"' else inline(value)


def _entry(head: str, value: Any) -> Iterator[str]:
    lines = block(value)
    if isinstance(value, dict | list) and value:
        yield head
        yield from (_INDENT + line for line in lines)
    else:
        yield f"{head} {lines[0]}"


def _item(lines: list[str]) -> Iterator[str]:
    yield f"- {lines[0]}"
    yield from (_INDENT + line for line in lines[1:])


def _is_plain(text: str) -> bool:
    """It stays the same text without quotes, for js-yaml's rules and for those of YAML 1.1."""
    if len(text) > _MAX_PLAIN or not _PLAIN.match(text):
        return False
    return bool(plain(text) == text and _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)) == _TEXT)


def _quoted(text: str) -> str:
    """JSON's quotes, which are YAML's; what is not printable is escaped, one escape for each character."""
    quoted = json.dumps(text, ensure_ascii=False)
    # not JSON's own escapes: it writes a character beyond U+FFFF as two, which libyaml does not read
    return quoted if quoted.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in quoted)


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _number(value: Any) -> str:
    """A number that YAML reads as the same number; a Decimal by its digits."""
    text = number_text(float(value)) if not isinstance(value, int) else str(value)
    return {"NaN": ".nan", "Infinity": ".inf", "-Infinity": "-.inf"}.get(text, text)
