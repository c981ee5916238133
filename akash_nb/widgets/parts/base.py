"""What every widget here has: a view that follows the session, heartbeats, gestures, an error area, a static picture.

A widget holds no truth. `_picture()` turns the state of session and deployment into one JSON-ready dict, the `view`
trait; the scripts beside this file draw it. Gestures come back as messages and end in one verb each.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from akash_nb.deployment import Deployment
from akash_nb.errors import AkashError
from akash_nb.session import Session
from akash_nb.widgets.background.desk import ALIVE_S, Desk, Pulse
from akash_nb.widgets.parts import showing, still
from akash_nb.widgets.parts.cells import running

Target = Session[Any] | Deployment[Any]

_STATIC = Path(__file__).parents[1] / "static"
#: Without comments: a page keeps it once per view that was ever shown.
_LOADER = "\n".join(
    line
    for line in map(str.strip, (_STATIC / "loader.js").read_text(encoding="utf-8").splitlines())
    if line and not line.startswith("//")
)
_SESSION_TRAITS = (
    "deployments",
    "current",
    "balances",
    "certificate_state",
    "sdl",
    "notice",
    "activity",
    "error",
    "budget",
)
_DEPLOYMENT_TRAITS = ("stage", "bids", "choice", "state", "receipt", "activity", "error", "explanation")

_log = logging.getLogger(__name__)


@functools.cache
def asset(name: str, *shared: str) -> str:
    """A widget's script or style, after the part that all share and those that some do:
    `asset("bid_table.js", "rows.js")`."""
    names = (f"base.{name.rpartition('.')[2]}", *shared, name)
    return "\n".join((_STATIC / each).read_text(encoding="utf-8") for each in names)


@functools.cache
def bundle(name: str) -> str:
    """A widget's script that was made from several when this was installed: `bundle("sdl_editor.js")`.

    Raises:
        RuntimeError: It is a checkout that was not installed.
    """
    path = _STATIC / "built" / name
    if not path.is_file():
        raise RuntimeError(f"{name} is not built: install akash-nb (`pip install -e .` in a checkout) to build it.")
    return path.read_text(encoding="utf-8")


class SessionView(anywidget.AnyWidget):
    """Base of the widgets.

    Args:
        target: A session, whose current deployment is shown, or one deployment.

    Raises:
        TypeError: An unknown keyword, or a target of another kind.
    """

    # ipywidgets closes what is garbage, also an object whose construction failed.
    _is_closed = True

    _packed, _digest = b"", ""
    _script = traitlets.Bytes(help="The module that draws it, packed by gzip: the host keeps what it was sent.").tag(
        sync=True
    )
    _script_name = traitlets.Unicode(help="Another one for another script.").tag(sync=True)

    _boxes = traitlets.List(traitlets.Unicode(), help="The boxes around it, which close with it, by id.").tag(sync=True)
    view = traitlets.Dict(help="Everything that is drawn, as JSON-ready values.").tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Of `_esm` the page keeps a copy for each time that a cell is run; what the loader loads it keeps once."""
        super().__init_subclass__(**kwargs)
        if isinstance(cls.__dict__.get("_esm"), str):  # anywidget makes a subclass with a trait for each instance
            source, cls._esm = cls._esm.encode(), _LOADER
            cls._packed, cls._digest = gzip.compress(source, mtime=0), hashlib.sha256(source).hexdigest()

    def __init__(self, target: Target, **kwargs: Any) -> None:
        if not isinstance(target, Session | Deployment):
            raise TypeError(f"{type(self).__name__} shows a Session or a Deployment, not {type(target).__name__}")
        unknown = sorted(name for name in kwargs if name.startswith("_") or not self.has_trait(name))
        if unknown:
            raise TypeError(f"{type(self).__name__} has no {', '.join(map(repr, unknown))}")
        self.session: Session[Any] = target.session if isinstance(target, Deployment) else target
        self._pinned = target if isinstance(target, Deployment) else None
        self._made_in = running()
        self._drawing = threading.RLock()
        self._clock: Callable[[], float] = time.monotonic
        self._beats: dict[str, float] = {}
        self._watched: Deployment[Any] | None = None
        self._problem: BaseException | None = None
        self._dismissed: tuple[BaseException, ...] = ()
        self._is_quiet = False
        self._is_closed = False
        super().__init__(_script=self._packed, _script_name=self._digest, **kwargs)
        self.session.observe(self._on_change, names=list(_SESSION_TRAITS))
        self._watch_current()
        self.on_msg(self._on_message)
        self.refresh()

    @property
    def deployment(self) -> Deployment[Any] | None:
        """The one that is shown; None when there is none yet."""
        return self._pinned or self.session.current

    @property
    def desk(self) -> Desk:
        return Desk.of(self.session)

    @property
    def alive(self) -> bool:
        """Somebody is looking: a view of this widget has beaten within 15 s."""
        since = self._clock() - ALIVE_S
        return any(at > since for at in list(self._beats.values()))

    @property
    def problem(self) -> BaseException | None:
        """The failure that the error area shows: of a gesture here, else of the last verb; None when all is well."""
        return next((error for error in self._failures() if error not in self._dismissed), None)

    def _failures(self) -> list[BaseException]:
        verbs = () if self._is_quiet else (self.deployment.error if self.deployment else None, self.session.error)
        return [error for error in (self._problem, *verbs) if error is not None]

    def refresh(self) -> None:
        """Draw the present state. Never raises: it runs inside the verbs whose progress it shows."""
        with self._drawing:
            if self._is_closed:
                return
            try:
                common = {"error": self._error_view(), "mock": self.session.is_mock, "quiet": self._is_quiet}
                self.view = self._picture() | common
            except Exception as error:
                _log.exception("%s could not be drawn", type(self).__name__)
                self.view = self.view | {"error": error_view(error)}

    def dismiss(self) -> None:
        """Take the errors away that there are now."""
        self._dismissed, self._problem = tuple(self._failures()), None
        self.refresh()

    def be_quiet(self) -> None:
        """Leave to another view beside this one what all of them would say: the session's errors and silences, and in
        the scripts what `view.quiet` keeps back."""
        self._is_quiet = True
        self.refresh()

    def close(self) -> None:
        """Stop following the session; what a button started goes on."""
        if self._is_closed:
            return
        with self._drawing:
            self._is_closed = True
        self.session.unobserve(self._on_change, names=list(_SESSION_TRAITS))
        self._leave()
        self._unwatch()
        self._beats.clear()
        if self.layout is not None:
            self.layout.close()
        super().close()

    def fail(self, error: BaseException) -> None:
        """Show an error in this widget."""
        self._problem = error
        self.refresh()

    # For subclasses

    def _picture(self) -> dict[str, Any]:
        """The view, without error area and mock mark."""
        raise NotImplementedError

    def _gesture(self, message: dict[str, Any]) -> None:
        """Act on a message of the front end; an error that is raised is shown."""

    def _error_view(self) -> dict[str, str] | None:
        """What the error area shows."""
        return error_view(self.problem)

    def _still(self) -> still.Still:
        """What remains where no script runs: a saved notebook, GitHub, an export. From what `view` has, without
        waiting."""
        raise NotImplementedError

    def _await_first(self) -> None:
        """Wait a little for what the first picture needs."""

    def _pulse(self) -> Pulse | None:
        """What is kept going while somebody looks at this view: the reads of its deployment."""
        return None if self._watched is None else self.desk.poller(self._watched)

    # How it works

    _ipython_display_ = showing.show

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._await_first()
        self.refresh()
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, "text/plain": self._still().text(), "text/html": self._still_html()}, metadata

    def _still_html(self) -> str:
        return showing.framed(self._still().html())

    def _look(self) -> Hashable:
        """What makes a new picture worth while; figures that run on do not."""
        return tuple(self.view.get(name) for name in ("stage", "title", "headline"))

    def _on_change_of_look(self, act: Callable[[], None]) -> None:
        self.observe(lambda _: act(), names="view")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._pinned or self.session!r}>"

    def _on_change(self, change: Any) -> None:
        if change["name"] == "current":
            self._watch_current()
        self.refresh()

    def _watch_current(self) -> None:
        if self.deployment is self._watched:
            return
        self._unwatch()
        self._watched = self.deployment
        if self._watched is not None:
            self._watched.observe(self._on_change, names=list(_DEPLOYMENT_TRAITS))
            if self.alive and (pulse := self._pulse()):
                pulse.beat(self)

    def _unwatch(self) -> None:
        watched, self._watched = self._watched, None
        if watched is not None:
            watched.unobserve(self._on_change, names=list(_DEPLOYMENT_TRAITS))
            self.desk.poller(watched).leave(self)

    def _on_message(self, _: Any, message: Any, __: Any) -> None:
        """A message of the front end: `{"beat": view}`, `{"gone": view}` or a gesture. An error in here would show
        nowhere by itself."""
        try:
            if "beat" in message:
                self._beat(str(message["beat"]))
            elif "gone" in message:
                self._gone(str(message["gone"]))
            elif "dismiss" in message:
                self.dismiss()
            else:
                self._gesture(message)
        except AkashError as error:
            self.fail(error)
        except Exception as error:
            _log.exception("%s could not act", type(self).__name__)
            self.fail(error)
        if "gone" not in message:
            self.send({"ack": True})

    def _beat(self, view: str) -> None:
        self._beats[view] = self._clock()
        if pulse := self._pulse():
            pulse.beat(self)

    def _gone(self, view: str) -> None:
        self._beats.pop(view, None)
        if not self.alive:
            self._leave()

    def _leave(self) -> None:
        if pulse := self._pulse():
            pulse.leave(self)


def error_view(error: BaseException | None) -> dict[str, str] | None:
    """An error as the error area shows it: what happened, what it means, what to do."""
    if error is None:
        return None
    if isinstance(error, AkashError):
        return {"what": error.what.strip(), "means": error.means, "todo": error.todo}
    return {
        "what": f"{type(error).__name__}: {error}",
        "means": "This is a defect of akash-nb; the kernel's log has the details.",
        "todo": "Look at the state with Refresh before you repeat anything that spends.",
    }
