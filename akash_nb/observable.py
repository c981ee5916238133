"""State that views can follow: a trait whose type is its annotation."""

from __future__ import annotations

from typing import Any

import traitlets


def observable(default: Any, help: str) -> Any:  # noqa: A002  traitlets calls it so
    """A trait of any value, None included; setting an equal value tells nobody."""
    return traitlets.Any(default, allow_none=True, help=help)
