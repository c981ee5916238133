"""Tags: words of your own on deployments, kept in the journal; the service does not know them."""

from __future__ import annotations

from collections.abc import Iterable

from akash_nb.errors import InvalidInputError

#: More would not fit beside each other in a table.
LONGEST = 40


def parse_tags(tags: str | Iterable[str]) -> tuple[str, ...]:
    """Tags from words, or from one text with commas between them; each once, in the order given.

    Raises:
        InvalidInputError: One is longer than 40 characters, or is no text to print.
    """
    words = tags.split(",") if isinstance(tags, str) else [part for tag in tags for part in str(tag).split(",")]
    found = tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
    for word in found:
        if len(word) > LONGEST or not word.isprintable():
            raise InvalidInputError(
                f"{word[:LONGEST]!r} is no tag.",
                means="The tags stay as they were.",
                todo=f"Use words of at most {LONGEST} characters in one line.",
            )
    return found
