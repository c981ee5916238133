"""Workbench: editor and form of one SDL, side by side where there is room."""

from __future__ import annotations

from typing import Any

from akash_nb.session import Session
from akash_nb.widgets.editor.sdl_editor import SdlEditor
from akash_nb.widgets.editor.sdl_form import SdlForm
from akash_nb.widgets.parts.box import ViewBox


class Workbench(ViewBox):
    """The text of a session's SDL and the form of its usual values; the parts are `editor` and `form`.

    Args:
        session: The session whose SDL it is.
    """

    def __init__(self, session: Session[Any]) -> None:
        self.editor = SdlEditor(session)
        self.form = SdlForm(session)
        self.form.be_quiet()
        super().__init__([self.editor, self.form], "aknb-workbench")
