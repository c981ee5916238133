"""SdlEditor: the session's SDL as text, checked while you type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from akash_nb.session import Session
from akash_nb.widgets._base import SessionView, asset, bundle
from akash_nb.widgets._static import Still
from akash_nb.widgets.sdl_view import editor_view


class SdlEditor(SessionView):
    """An editor of `session.sdl`, both ways: what is typed is there at once, what is set there shows here.

    Args:
        session: The session whose SDL it is.
        value: Text to begin with; None keeps what the session has.
    """

    _esm = bundle("sdl_editor.js")
    _css = asset("sdl_editor.css")

    value = traitlets.Unicode("", help="The SDL text; the same as `session.sdl`.").tag(sync=True)

    def __init__(self, session: Session[Any], value: str | None = None, **kwargs: Any) -> None:
        super().__init__(session, value=session.sdl, **kwargs)
        if value is not None:
            self.value = value

    def load(self, path: str | Path) -> None:
        """Take the text of a file.

        Raises:
            InvalidInputError: It cannot be read.
        """
        self.value = self.session.sdl_text(Path(path))

    @traitlets.observe("value")
    def _to_session(self, change: Any) -> None:
        self.session.sdl = change["new"]

    def _picture(self) -> dict[str, Any]:
        if self.value != self.session.sdl:
            self.value = self.session.sdl
        return editor_view(self.value, self.session.prices)

    def _still(self) -> Still:
        """Without the text: an SDL may hold passwords in its environment, and the notebook is shared."""
        view = self.view
        groups = tuple((group["name"], f"{group['asks']}; {group['ceiling']}") for group in view["groups"])
        problems = tuple((f"line {p['line']}", p["message"]) for p in view["problems"][:5])
        facts = (("Check", view["headline"]), *groups, *problems)
        return Still("SDL", self.session.now(), self.session.is_mock, facts=facts)
