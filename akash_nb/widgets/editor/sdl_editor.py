"""SdlEditor: the session's SDL as text, checked while you type."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any
from uuid import uuid4

import traitlets

from akash_nb.client import templates
from akash_nb.client.call import send
from akash_nb.errors import AkashError, InvalidInputError
from akash_nb.models import Template, TemplateSummary
from akash_nb.sdl import SCAFFOLDS, reference, resources, scaffold
from akash_nb.sdl.yaml_loader import MAX_BYTES
from akash_nb.session import Session
from akash_nb.widgets.background.market_price import MarketPrice
from akash_nb.widgets.editor.cost_view import cost_view
from akash_nb.widgets.editor.diff_view import diff_view
from akash_nb.widgets.editor.offers import OfferingView
from akash_nb.widgets.editor.sdl_view import compiled, editor_view
from akash_nb.widgets.parts.base import asset, bundle
from akash_nb.widgets.parts.still import Still

_SOURCES = {"scaffolds": [*map(list, SCAFFOLDS.items())], "templates": [], "note": "", "file": "deploy.yaml"}
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

    sources = traitlets.Dict(_SOURCES, help="What a text can be taken from, and the name of the file it goes to.").tag(
        sync=True
    )

    def __init__(self, session: Session[Any], value: str | None = None, **kwargs: Any) -> None:
        self._loaded = ("", "")  # what has come, and its text
        self._has_templates = False
        super().__init__(session, value=session.sdl, **kwargs)
        if value is not None:
            self.value = value

    def load(self, path: str | Path) -> None:
        """Take the text of a file.

        Raises:
            InvalidInputError: It cannot be read, or is larger than any SDL (512 KiB).
        """
        text = self.session.sdl_text(Path(path))
        if len(text.encode(errors="replace")) > MAX_BYTES:
            raise InvalidInputError(
                f"{str(path)!r} is larger than {MAX_BYTES // 1024} KiB: no SDL is.", means="The text stays as it was."
            )
        self._take(text, Path(path).name)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the text into a file, as UTF-8, and return its path. **Secrets in it are written too.**

        Args:
            overwrite: Replace a file that holds something else.

        Raises:
            InvalidInputError: There is another file, or it cannot be written.
        """
        file = Path(path).expanduser()
        text = self.value.encode(errors="replace")
        try:
            if file.exists() and not overwrite and file.read_bytes() != text:
                raise InvalidInputError(
                    f"{str(path)!r} is there already and holds something else.",
                    means="It was not changed.",
                    todo="Give another name, or overwrite=True.",
                )
            file.write_bytes(text)
        except OSError as problem:
            raise InvalidInputError(f"{str(path)!r} cannot be written: {problem}.") from None
        return file

    def start_from(self, name: str) -> None:
        """Take the text of a scaffold, see `akash_nb.sdl.SCAFFOLDS`.

        Raises:
            InvalidInputError: There is none of that name.
        """
        self._take(scaffold(name), f"scaffold {name}")

    def _take(self, text: str, name: str) -> None:
        """A text from elsewhere in place of the one that is here; one step back in the page undoes it."""
        instead = " in place of what was there" if self.value.strip() else ""
        self._loaded = ("", "")
        self.value = text
        self._loaded = (f"{name} is here now{instead}.", text)
        if name.lower().endswith((".yaml", ".yml")):
            self.sources = self.sources | {"file": name}
        self.refresh()

    @traitlets.observe("value")
    def _to_session(self, change: Any) -> None:
        if self.doc["text"] != change["new"]:
            self.doc = {"text": change["new"], "revision": uuid4().hex}
        self.session.sdl = change["new"]

    def _gesture(self, message: dict[str, Any]) -> None:
        edit = message.get("edit")
        if "press" in message:
            getattr(self, f"_press_{message['press']}")(**message["with"])
        elif edit and edit["base"] == self.doc["revision"]:
            self.doc = {"text": str(edit["text"]), "revision": str(edit["revision"])}
            self.value = self.doc["text"]
            self.refresh()  # also where the text is the old one: the page waits for an answer to its revision

    def _press_scaffold(self, name: str) -> None:
        self.start_from(name)

    def _press_take(self, name: str, text: str) -> None:
        self._take(text.removeprefix("\ufeff"), name)

    def _press_templates(self) -> None:
        """Read the list of templates when somebody first looks for one."""
        if not self._has_templates:
            self._has_templates = True
            self.sources = self.sources | {"note": "Reading the service's templates …"}
            self.session.start(send(templates.list_all())).add_done_callback(self._take_templates)

    def _take_templates(self, answer: Future[tuple[TemplateSummary, ...]]) -> None:
        if self._is_closed:
            return
        error = None if answer.cancelled() else answer.exception()
        if error is not None:
            self._has_templates = False
            what = error.what.strip() if isinstance(error, AkashError) else type(error).__name__
            self.sources = self.sources | {"note": f"The service's templates could not be read: {what}"}
        elif not answer.cancelled():
            found = [(each.id, each.name, each.category, each.summary) for each in answer.result()]
            self.sources = self.sources | {"templates": found, "note": ""}

    def _press_template(self, template_id: str) -> None:
        self.session.start(send(templates.get(template_id))).add_done_callback(self._take_template)

    def _take_template(self, answer: Future[Template]) -> None:
        if self._is_closed or answer.cancelled():
            return
        error = answer.exception()
        if error is not None:
            self.fail(error)
        else:
            self._take(answer.result().sdl, f"template {answer.result().name}")

    def refresh(self) -> None:
        super().refresh()
        self.checked = self.doc["revision"]  # last, so that text and problems are there

    def _picture(self) -> dict[str, Any]:
        if self.value != self.session.sdl:
            self.value = self.session.sdl
        market, prices = MarketPrice.of(self.session), self.session.prices
        groups = resources(compiled(self.value))
        cost = cost_view(self.value, groups, market.quote, market.problem, prices)
        loaded, text = self._loaded
        return editor_view(self.value, prices) | {
            "cost": cost,
            "diff": diff_view(self.deployment, self.value),
            "loaded": loaded if text == self.value else "",
        }

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
        deployed = (("Deployed", view["diff"]["title"]),) if view["diff"] else ()
        facts = (("Check", view["headline"]), *groups, *usual, *deployed, *problems)
        return Still("SDL", self.session.now(), self.session.is_mock, facts=facts)
