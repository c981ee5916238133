"""SdlEditor: the session's SDL as text, checked while you type."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import traitlets

from akash_nb.sdl import reference, resources
from akash_nb.session import Session
from akash_nb.widgets._base import asset, bundle
from akash_nb.widgets._market_price import MarketPrice
from akash_nb.widgets._offers import OfferingView
from akash_nb.widgets._static import Still
from akash_nb.widgets.cost_view import cost_view
from akash_nb.widgets.sdl_view import compiled, editor_view

_REFERENCE = {"keys": reference.KEYS, "values": reference.VALUES, "names": reference.NAMES}


class SdlEditor(OfferingView):
    """An editor of `session.sdl`, both ways: what is typed is there at once, what is set there shows here.

    Args:
        session: The session whose SDL it is.
        value: Text to begin with; None keeps what the session has.
    """

    _esm = bundle("sdl_editor.js")
    _css = asset("sdl_editor.css")

    value = traitlets.Unicode("", help="The SDL text; the same as `session.sdl`.")

    # The page never sets it. It asks for an edit of a revision, which is refused when that is not the newest.
    doc = traitlets.Dict({"text": "", "revision": ""}, help="`value` and the name of this version.").tag(sync=True)
    checked = traitlets.Unicode("", help="The version that the problems in `view` are about.").tag(sync=True)
    reference = traitlets.Dict(_REFERENCE, help="What keys mean and which values they take.").tag(sync=True)

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
        if self.doc["text"] != change["new"]:
            self.doc = {"text": change["new"], "revision": uuid4().hex}
        self.session.sdl = change["new"]

    def _gesture(self, message: dict[str, Any]) -> None:
        edit = message.get("edit")
        if edit and edit["base"] == self.doc["revision"]:
            self.doc = {"text": str(edit["text"]), "revision": str(edit["revision"])}
            self.value = self.doc["text"]
            self.refresh()  # also where the text is the old one: the page waits for an answer to its revision

    def refresh(self) -> None:
        super().refresh()
        self.checked = self.doc["revision"]  # last, so that text and problems are there

    def _picture(self) -> dict[str, Any]:
        if self.value != self.session.sdl:
            self.value = self.session.sdl
        market, prices = MarketPrice.of(self.session), self.session.prices
        groups = resources(compiled(self.value))
        cost = cost_view(self.value, groups, market.quote, market.problem, prices)
        return editor_view(self.value, prices) | {"cost": cost}

    def _pulse(self) -> MarketPrice:
        """Prices of the market are what is kept up to date here."""
        return MarketPrice.of(self.session)

    def _still(self) -> Still:
        """Without the text: an SDL may hold passwords in its environment, and the notebook is shared."""
        view = self.view
        groups = tuple((group["name"], f"{group['asks']}; {group['ceiling']}") for group in view["groups"])
        problems = tuple((f"line {p['line']}", p["message"]) for p in view["problems"][:5])
        cost = view["cost"] or {}
        usual = (("Usually", f"{cost['market']} {cost['basis']}"),) if cost.get("basis") else ()
        facts = (("Check", view["headline"]), *groups, *usual, *problems)
        return Still("SDL", self.session.now(), self.session.is_mock, facts=facts)
