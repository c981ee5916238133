"""What gives access, and how it is kept out of what is written down.

Each secret is replaced by a mask with a number of its own, `MASKED-1`. The same secret has the same mask wherever it
turns up, so a reader sees that a token was used and where it came from, and text with masks compares as text does. A
mask is never masked again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any

from akash_nb.sdl.masking import DOTS, masked
from akash_nb.sdl.patch import patch
from akash_nb.sdl.yaml_loader import UnreadableError, load

MASK = re.compile(r"MASKED-(\d{1,9})")

#: Fields of JSON bodies whose text gives access (contract §5, §7, §15, §20), and their usual relatives.
FIELDS = frozenset(
    {
        *("keyPem", "encryptedKey", "apiKey", "token", "hashedKey", "password"),
        *("accessToken", "refreshToken", "idToken", "privateKey", "secret", "mnemonic"),
    }
)
#: A known secret at least that long is masked wherever it turns up; shorter ones could be ordinary words.
_LONG = 12

_FIELD = re.compile(rb'("(?:%s)"\s*:\s*)"(?:[^"\\]|\\.)*"' % "|".join(sorted(FIELDS)).encode())
#: A JSON string, its key before it if it has one. The last of a text that was cut short has no closing quote.
_STRING = re.compile(r'("([^"\\]*(?:\\.[^"\\]*)*)"\s*:\s*)?"([^"\\]*(?:\\.[^"\\]*)*)("?)', re.DOTALL)
_CUT_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{0,3}\Z")
#: Private keys, tokens, API keys: known by their form, whole or cut short.
_FORMS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<![\w-])eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)*"
    r"|\bac\.sk\.\w+\.[0-9a-f]{7,}",
    re.DOTALL,
)
#: `NAME=value` inside a text: an environment variable or an option. The value ends with the line, or at a quote. A name
#: is tried from its beginning only, else a long word would take its length squared.
_ASSIGNED = re.compile(r"(?<![\w.-])([\w.-]+)=([^\"'\\\r\n]+)")
_ENTRY = re.compile(r"([\w.-]+)=(.+)", re.DOTALL)
#: The password in an address, `https://user:password@host`, or in one cut short; a port at the end is none.
_ADDRESS = re.compile(r"(//[^/\s:@\"\\]*:)(?!\d*\Z)([^/\s@\"\\]+)(@|\Z)")
#: Where `masked` looks for environment variables and for passwords of registries.
_ENV, _PASSWORD = ("services", "", "env", 0), ("credentials", "password")


class Masks:
    """The masks of one session, and what is behind them."""

    def __init__(self) -> None:
        self._masks: dict[str, str] = {}
        #: Long secrets, and how they are written inside JSON.
        self._long: dict[str, str] = {}
        self._count = 0

    def mask(self, secret: str) -> str:
        """The mask of a secret; nothing, and what is a mask already, stays as it is."""
        if known := MASK.match(secret):
            self._count = max(self._count, int(known[1]))
            return secret
        if secret and secret not in self._masks:
            self._count += 1
            self._masks[secret] = f"MASKED-{self._count}"
            if len(secret) >= _LONG:
                self._long |= dict.fromkeys((secret, _quoted(secret)), self._masks[secret])
        return self._masks.get(secret, "")

    def revealed(self, text: str) -> str:
        """The text with the secrets of this session in place of their masks; other masks stay."""
        secrets = {mask: secret for secret, mask in self._masks.items()}
        return MASK.sub(lambda found: secrets.get(found[0], found[0]), text)

    def text(self, text: str) -> str:
        """A body, JSON or not, with masks in place of all that gives access."""
        text = self._any(text)
        for secret, mask in self._long.items():
            text = text.replace(secret, mask)
        return text

    def query(self, query: str) -> str:
        """The same for the query of a URL."""
        pairs = (pair.partition("=") for pair in query.split("&"))
        return "&".join(f"{n}{eq}{self.mask(v) if n in FIELDS else self.text(v)}" for n, eq, v in pairs)

    def _any(self, text: str) -> str:
        if text.lstrip()[:1] in ("{", "[", '"'):
            return self._inline(_STRING.sub(self._string, text))
        if (entry := _ENTRY.fullmatch(text)) and _hides(entry[1]):
            return f"{entry[1]}={self.mask(entry[2])}"
        return self._inline(text)

    def _string(self, found: re.Match[str]) -> str:
        before, key, raw, quote = found.groups()
        text = _decoded(raw)
        new = self.mask(raw) if text is None else self._value(key, text)
        return found[0] if new == text else f'{before or ""}"{_quoted(new)}{quote}'

    def _value(self, key: str | None, text: str) -> str:
        if key in FIELDS:
            return self.mask(text)
        return self._sdl(text) if key == "sdl" else self._any(text)

    def _sdl(self, text: str) -> str:
        """An SDL with masks in its environments and credentials; a text that cannot be read is masked whole."""
        try:
            for keys, value in _leaves(load(text).value, ()):
                new = self._setting(keys, value)
                if new != value:
                    text = patch(text, keys, new)
        except (UnreadableError, ValueError):
            return self.mask(text)
        return self._inline(text)  # for its comments

    def _setting(self, keys: tuple[Any, ...], value: Any) -> Any:
        """One value of an SDL. An environment should be a list, but may be a mapping in one that is refused."""
        if keys[-2:] == _PASSWORD:
            return self.mask(str(value))
        if keys[-2:-1] == ("env",) and isinstance(keys[-1], str) and _hides(keys[-1]):
            return self.mask(str(value))
        return self._any(value) if isinstance(value, str) else value

    def _inline(self, text: str) -> str:
        if "=" in text:
            text = _ASSIGNED.sub(self._assigned, text)
        if "://" in text:
            text = _ADDRESS.sub(lambda found: f"{found[1]}{self.mask(found[2])}{found[3]}", text)
        return _FORMS.sub(lambda found: self.mask(found[0]), text)

    def _assigned(self, found: re.Match[str]) -> str:
        return f"{found[1]}={self.mask(found[2])}" if _hides(found[1]) else found[0]


def without_secrets(body: bytes) -> bytes:
    """A JSON body with stars in place of the fields that give access: the quick form, for a log that is not kept."""
    return _FIELD.sub(rb'\1"***"', body)


@lru_cache(maxsize=1024)
def _hides(name: str) -> bool:
    """Whether an environment variable of that name holds a secret."""
    return DOTS in masked(f"{name}=x", _ENV)


def _leaves(value: Any, keys: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, (*keys, key))
    elif value is not None:
        yield keys, value


def _decoded(raw: str) -> str | None:
    """The text of a JSON string; None when it is none."""
    if "\\" not in raw:
        return raw
    for whole in (raw, _CUT_ESCAPE.sub("", raw)):
        with suppress(ValueError):
            return str(json.loads(f'"{whole}"', strict=False))
    return None


def _quoted(text: str) -> str:
    """A text as it stands between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]
