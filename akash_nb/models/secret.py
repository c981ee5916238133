"""Text that opens doors: API keys and provider tokens."""

from __future__ import annotations

import hashlib
from typing import NoReturn

from akash_nb.errors import InvalidInputError


class Secret:
    """A key or token that no repr, str, format, pickle or copy gives away; only `reveal()` does."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value.strip()

    @classmethod
    def of(cls, value: str | Secret | None) -> Secret | None:
        """An API key from text; None for None and for blank text.

        Raises:
            InvalidInputError: The text cannot be a header value (line breaks, non-ASCII).
        """
        # Hidden first, so that a verbose traceback of the refusal finds no text in this frame.
        value = value if isinstance(value, Secret) else cls(value or "")
        if not value._is_sendable():
            raise InvalidInputError(
                "The API key is no text, or has characters that no key has.",
                means="Nothing was sent.",
                todo="Copy it again from the Console, without quotes.",
            )
        return value if value else None

    def reveal(self) -> str:
        """The key itself."""
        return self.__value

    def fingerprint(self) -> str:
        """16 hex digits that tell keys apart without giving one away (SHA-256 of a 256-bit key)."""
        return hashlib.sha256(self.__value.encode()).hexdigest()[:16]

    def _is_sendable(self) -> bool:
        return self.__value.isascii() and (not self.__value or self.__value.isprintable())

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __repr__(self) -> str:
        return "Secret(•••)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not pickled or copied.")
