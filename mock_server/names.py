"""Names that people write: one that is misspelt is answered with what it may have been meant to be."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches


def require_known(name: str, known: Collection[str], *, what: str = "operation") -> None:
    """Catch a misspelt name, which would silently match nothing.

    Raises:
        ValueError: None of `known` is called so.
    """
    if name not in known:
        close = get_close_matches(name, known)
        meant = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise ValueError(f"There is no {what} {name!r}.{meant} There are: {', '.join(sorted(known))}.")
