"""What differs from the SDL that is deployed, change by change, as the editor draws it."""

from __future__ import annotations

import functools
from typing import Any

from akash_nb.deployment import Deployment
from akash_nb.sdl import Diff, diff
from akash_nb.widgets.editor.sdl_view import compiled

#: More would not be read; the verdict says how many there are.
MOST_CHANGES = 50


def diff_view(deployment: Deployment[Any] | None, text: str) -> dict[str, Any] | None:
    """None where nothing is deployed; `changes` is empty where nothing differs, or nothing can be said."""
    if deployment is None or deployment.stage == "closed":
        return None
    name = f"deployment {deployment.dseq}"
    if not deployment.sdl:
        return _said(f"What {name} runs is not known here: it was created elsewhere.")
    if not compiled(text).ok:
        return _said(f"Compared with {name} when the text has no errors.")
    found = _compared(deployment.sdl, text)
    if found is None:
        return _said(f"The SDL of {name} cannot be read any more.")
    if not found:
        return _said(f"As it is deployed in {name}.")
    return {
        "title": f"Against {name}: {found.verdict}",
        "in_place": found.in_place,
        "changes": [
            {"text": change.summary, "takes": found.takes(change), "in_place": found.in_place or change.in_place}
            for change in found.changes[:MOST_CHANGES]
        ],
        "todo": _todo(found),
    }


@functools.lru_cache(maxsize=4)
def _compared(old: str, new: str) -> Diff | None:
    """The difference of two SDLs, the new one valid; None where the old one is none."""
    return diff(compiled(old), compiled(new)) if compiled(old).ok else None


def _todo(found: Diff) -> str:
    if found.in_place:
        return "Update sends it: the lease and its price stay."
    return "Update is refused with these in it: create a new deployment, and close this one."


def _said(title: str) -> dict[str, Any]:
    return {"title": title, "in_place": True, "changes": [], "todo": ""}
