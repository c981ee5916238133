"""SdlForm: the usual values of a service of the session's SDL, as a form that changes the text in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import traitlets

from akash_nb.errors import InvalidInputError
from akash_nb.sdl.fields import LISTS, Service
from akash_nb.sdl.units import text_of
from akash_nb.session import Session
from akash_nb.widgets.editor import sdl_form_view as views
from akash_nb.widgets.editor.offers import OfferingView
from akash_nb.widgets.editor.sdl_view import compiled
from akash_nb.widgets.parts.base import asset
from akash_nb.widgets.parts.still import Still


class SdlForm(OfferingView):
    """Image, sizes, volumes, GPU, ports, environment, region and price of one service, in step with `session.sdl` both
    ways.

    A change here changes that value in the text and nothing else: comments, order and layout stay. What cannot be used
    stays in its field with the reason. Values that stand in several places of the text (by an anchor) are shown and not
    changed. Values of variables that look secret show only when asked for.

    Args:
        session: The session whose SDL it is.
        service: Which of its services; None for the first.

    From code: `form.set("cpu", 2)`, `form.preset("gpu-small")`, `form.values`.

    Raises:
        TypeError: It is no session.
    """

    _esm = asset("sdl_form.js")
    _css = asset("sdl_form.css")

    service = traitlets.Unicode("", help="The service that is shown; may be set.")

    def __init__(self, session: Session[Any], service: str | None = None, **kwargs: Any) -> None:
        if not isinstance(session, Session):
            raise TypeError(f"SdlForm shows the SDL of a Session, not of a {type(session).__name__}")
        # never changed, only replaced: the form may be drawn by another thread meanwhile
        self._drafts: Mapping[views.Place, views.Draft] = {}
        self._revealed: frozenset[str] = frozenset()
        self._shown: dict[str, Any] = {"service": "", "services": [], "presets": [], "groups": []}
        self._said = ("", "")  # what was done, and the text that came out of it
        super().__init__(session, **kwargs)
        if service is not None:
            self.service = service

    @property
    def values(self) -> dict[str, Any]:
        """The values of the service as they stand in the text, by name; None for nothing. **Secrets are in it.** Empty
        while the text is no SDL.

        `volumes` are `Volume` and `ports` are `Port` tuples, `env` lines such as `NAME=value`, `gpu_models` such as
        `a100 80Gi`.
        """
        return {name: field.value for name, field in (self._reading().fields or {}).items()}

    def set(self, name: str, value: Any) -> None:
        """Change one value in the text of the session.

        Args:
            name: One of `values`, or `gpu` for count and model at once.
            value: As `sdl.build` takes it: `2`, `"512Mi"`, `"$0.50/h"`, `"a100:2"` (gpu), `["a100", "h100 80Gi"]`
                (gpu_models), `[80, "8080:80"]` (ports), names and values (env), `["10Gi", Volume("1Gi",
                storage_class="ram", mount="/dev/shm")]` (volumes, from `akash_nb.sdl.storage`). A list is the whole
                list.

        Raises:
            InvalidInputError: It cannot be used, or cannot be changed alone; the text stays as it was.
        """
        self._change({name: value})
        self._forget(name)
        self._say(f"{_label(name)} changed." if name in LISTS or name == "gpu" else self._said_of(name))

    def preset(self, name: str) -> None:
        """Change CPU, memory, storage and GPU to a size that people ask for. The price ceiling is lifted to the usual
        one for it where it is lower.

        Args:
            name: One of web-small, cpu-worker, cpu-large, gpu-small, gpu-consumer, gpu-a100, gpu-h100.

        Raises:
            InvalidInputError: There is none of that name, or a value cannot be changed alone; the text stays as it was.
        """
        before = self._reading()
        self._change(self._service().preset(name))
        for field in ("cpu", "memory", "storage", "gpus", "gpu_models", "max_price"):
            self._forget(field)
        self._say(f"Sizes changed. {views.lifted(before, self._reading())}".strip())

    # How it works

    def _reading(self) -> views.Reading:
        return views.read(self.session.sdl, self.service, self.session.prices)

    def _service(self) -> Service:
        reading = self._reading()
        if reading.obstacle:
            raise InvalidInputError(
                f"The form cannot read the SDL. {reading.obstacle}",
                means="Nothing was changed.",
                todo="Correct the text first.",
            )
        return Service(compiled(self.session.sdl), reading.service, self.session.prices)

    def _change(self, wanted: Mapping[str, Any]) -> None:
        self.session.sdl = self._service().changed(wanted)

    def _say(self, text: str) -> None:
        self._said = (text, self.session.sdl)
        self.refresh()

    def _said_of(self, name: str) -> str:
        value = self.values[name]
        return f"{_label(name)}: {'none' if value in (None, '', 0) else text_of(value)}."

    def _forget(self, name: str) -> None:
        """What was typed in vain at a field or list."""
        self._drop(lambda place: place[0] == name)

    def _drop(self, is_over: Callable[[views.Place], bool]) -> None:
        self._drafts = {place: draft for place, draft in self._drafts.items() if not is_over(place)}

    @traitlets.observe("service")
    def _on_service(self, _: Any) -> None:
        self._drafts, self._revealed, self._said = {}, frozenset(), ("", "")
        self.refresh()

    def _pulse(self) -> None:
        """Nothing is read again and again for it."""
        return

    # Gestures: an error stays at its place

    def _gesture(self, message: dict[str, Any]) -> None:
        if "press" in message:
            getattr(self, f"_press_{message['press']}")(**message["with"])

    def _press_service(self, name: str) -> None:
        self.service = name

    def _press_preset(self, name: str) -> None:
        self.preset(name)

    def _press_set(self, name: str, value: str) -> None:
        self._try((name,), value, lambda: self.set(name, value.strip()))  # what is pasted brings spaces along

    def _press_cell(self, name: str, index: int, part: str, was: str, value: Any) -> None:
        self._try((name, str(index), part), value, lambda: self._set_row(name, index, was, {part: value}))

    def _press_remove(self, name: str, index: int, was: str) -> None:
        self._set_row(name, index, was, None)
        self._forget(name)
        self.refresh()

    def _press_add(self, name: str, values: Mapping[str, Any]) -> None:
        self._drop(lambda place: place[:2] == (name, "new"))
        given = {part: value for part, value in values.items() if value != ""}
        try:
            self._change({name: [*self.values.get(name, ()), views.made(name, given)]})
        except InvalidInputError as error:
            why = _at_place(error)
            typed: dict[views.Place, views.Draft] = {
                (name, "new", part): views.Draft(str(value), why) for part, value in values.items()
            }
            self._drafts = {**self._drafts, **typed}
            self.refresh()
        else:
            self._say(f"{_label(name)} changed.")

    def _press_reveal(self, name: str) -> None:
        self._revealed ^= {name}
        self.refresh()

    def _press_reset(self, place: Sequence[Any]) -> None:
        self._drop(lambda other: other == tuple(map(str, place)))
        self.refresh()

    def _try(self, place: views.Place, typed: Any, act: Callable[[], None]) -> None:
        try:
            act()
        except InvalidInputError as error:
            self._drafts = {**self._drafts, place: views.Draft(str(typed), _at_place(error))}
        else:
            self._drop(lambda other: other == place)
        self.refresh()

    def _set_row(self, name: str, index: int, was: str, cells: Mapping[str, Any] | None) -> None:
        """Change cells of a row, or take it away with None."""
        rows = list(self.values.get(name, ()))
        if not (0 <= index < len(rows) and views.row_name(name, rows[index]) == was):
            raise InvalidInputError(f"{name}: the list was changed meanwhile. Look at it again.")
        if cells is None:
            del rows[index]
        else:
            rows[index] = views.made(name, views.parts(name, rows[index]) | dict(cells))
            if was in self._revealed:
                self._revealed |= {views.row_name(name, rows[index])}
        self._change({name: rows})
        self._say(f"{_label(name)} changed.")

    def _picture(self) -> dict[str, Any]:
        reading = self._reading()
        if not reading.obstacle:
            self._shown = views.form_view(reading, self._drafts, self._revealed, self.session.prices)
        said, text = self._said
        return self._shown | {"obstacle": reading.obstacle, "said": said if text == self.session.sdl else ""}

    def _still(self) -> Still:
        reading = self._reading()
        facts = tuple(views.facts(reading, self.session.prices))
        return Still("SDL form", self.session.now(), self.session.is_mock, facts=facts)


def _label(name: str) -> str:
    return {**{key: title for key, (title, *_) in {**views.CONTROLS, **views.TABLES}.items()}, "gpu": "GPU"}[name]


def _at_place(error: InvalidInputError) -> str:
    """What an error says, without the name that it begins with: it stands at its place."""
    name, colon, rest = error.what.partition(": ")
    return rest[:1].upper() + rest[1:] if colon and name.isidentifier() else error.what
