"""RunningView: what runs, where it is reached, how long its escrow lasts, and its logs, events and shell."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import traitlets

from akash_nb.errors import InvalidInputError
from akash_nb.models import ShellResult
from akash_nb.widgets.background.commands import Commands
from akash_nb.widgets.background.feeds import Feed, Kind
from akash_nb.widgets.life import running_view as views
from akash_nb.widgets.life.lifecycle import LifecyclePanel
from akash_nb.widgets.parts.base import Target, asset, error_view
from akash_nb.widgets.parts.still import Still

if TYPE_CHECKING:
    import pandas as pd

#: How many lines a page shows, and how many it is sent at once; more are in `logs`.
MOST_SHOWN = 2_000
MOST_SENT = 400


class RunningView(LifecyclePanel):
    """A deployment that runs: services, addresses, escrow, and tabs for logs, events and a shell.

    Args:
        target: A session, whose current deployment is shown, or one deployment.
        follow, tab, service: What the view begins with.

    Its buttons are those of the panel: `view.press("deposit", usd=1)`, then `view.confirm()`, then `view.wait()`. Lines
    are followed while somebody looks. They are never saved with the notebook: they may hold secrets.
    """

    _esm = asset("running.js", "asking.js", "deployment.js", "tablist.js")
    _css = asset("running.css", "tablist.css")

    follow = traitlets.Bool(True, help="New lines and events are shown as they come; may be set.").tag(sync=True)
    tab = traitlets.Enum(("logs", "events", "shell"), "logs", help="The part that is shown; may be set.").tag(sync=True)
    service = traitlets.Unicode("", help="The service that is shown, and that commands run in; empty for all.").tag(
        sync=True
    )

    def __init__(
        self, target: Target, *, follow: bool = True, tab: str = "logs", service: str = "", **kwargs: Any
    ) -> None:
        self._sent: dict[Kind, int] = {"logs": 0, "events": 0}
        self._commands = Commands(lambda work: self.session.start(work), self._tell_command)
        super().__init__(target, **kwargs)
        try:
            self.follow, self.tab, self.service = follow, tab, service
        except traitlets.TraitError:
            self.close()  # nobody gets hold of it
            raise

    @property
    def logs(self) -> pd.DataFrame | None:
        """The lines that have come so far, at most 10,000 (columns: `akash_nb.frames.logs`); None without a
        deployment."""
        deployment = self.deployment
        return None if deployment is None else deployment.logs_of(Feed.of(deployment, "logs").tail.entries).frame()

    @property
    def events(self) -> pd.DataFrame | None:
        """The events that have come so far (columns: `akash_nb.frames.events`); None without a deployment."""
        deployment = self.deployment
        return None if deployment is None else deployment.events_of(Feed.of(deployment, "events").tail.entries).frame()

    @property
    def results(self) -> Sequence[ShellResult]:
        """What the commands that were run here have come to, the oldest first."""
        return tuple(self._commands.results)

    def run(self, command: str, service: str | None = None) -> Future[Any]:
        """Run a command, as the field of the shell does; `wait()` waits for it, and `results` has what it came to.

        Raises:
            InvalidInputError: There is none, one is running, or nothing runs.
        """
        deployment = self._shown()
        if why := views.why_nothing_runs(deployment):
            raise InvalidInputError(why, means="Nothing was run.")
        future = self._commands.run(deployment, command, service or self.service or None)
        self._follow(future)
        return future

    def stop_command(self) -> None:
        """Leave the command that is running; it may go on in the container."""
        self._commands.stop()

    def came(self, kind: Kind) -> bool:
        """Send the page what has come since the last time, as much as it can show at once; True when more is left. Of
        a flood the oldest lines are passed over."""
        with self._drawing:
            if self._is_closed or self._watched is None:
                return False
            place, waiting = Feed.of(self._watched, kind).tail.after(self._sent[kind], MOST_SHOWN)
            self._send_lines(kind, waiting[:MOST_SENT], place)
            return len(waiting) > MOST_SENT

    def close(self) -> None:
        """Stop following; a command that runs is left."""
        self._commands.stop()
        super().close()

    # How it works

    def _picture(self) -> dict[str, Any]:
        self._drop_stale_question()
        deployment = self.deployment
        trouble = self.desk.poller(deployment).problem if deployment else ""
        return views.running_view(self.session, deployment, trouble=trouble) | self._question_view()

    def _error_view(self) -> dict[str, str] | None:
        return error_view(self.problem)

    def _gesture(self, message: dict[str, Any]) -> None:
        if "resend" in message:
            self._send_all()
        elif "run" in message:
            self.run(str(message["run"]))
        elif "stop" in message:
            self.stop_command()
        else:
            super()._gesture(message)

    def _send_all(self) -> None:
        """For a page that was opened just now."""
        with self._drawing:
            if self._watched is not None:
                for kind in self._sent:
                    place, shown = Feed.of(self._watched, kind).tail.after(0, MOST_SHOWN)
                    self._send_lines(kind, shown, place)
            self.send({"commands": self._commands.all_wire()})

    def _send_lines(self, kind: Kind, entries: Sequence[Any], place: int) -> None:
        """Send entries; `place` is how many there had been before them."""
        assert self._watched is not None  # noqa: S101  looked at by the callers
        rows = views.log_rows(entries) if kind == "logs" else views.event_rows(entries)
        self._sent[kind] = place + len(rows)
        about = {"kind": kind, "of": self._watched.dseq, "problem": Feed.of(self._watched, kind).problem}
        self.send({"lines": about | {"from": place, "rows": rows}})

    def _tell_command(self, command: dict[str, Any]) -> None:
        with self._drawing:
            if not self._is_closed:
                self.send({"command": command})

    @traitlets.observe("follow", "tab")
    def _on_choice(self, _: Any) -> None:
        """What is not looked at is not followed; what is, shows at once what other views have brought."""
        if self._watched is None:
            return
        for kind in self._sent:
            if kind != self._followed:
                Feed.of(self._watched, kind).leave(self)
        if self._followed is not None and self.alive:
            self._beat_feed()
            while self.came(self._followed):
                pass

    @property
    def _followed(self) -> Kind | None:
        return self.tab if self.follow and self.tab != "shell" else None  # type: ignore[return-value]  # an Enum

    def _beat(self, view: str) -> None:
        super()._beat(view)
        self._beat_feed()

    def _beat_feed(self) -> None:
        if self._watched is not None and self._followed is not None:
            Feed.of(self._watched, self._followed).beat(self)

    def _watch_current(self) -> None:
        before = self._watched
        super()._watch_current()
        if self._watched is not before:
            self._sent = {"logs": 0, "events": 0}
            if self._watched is not None and self.alive:
                self._beat_feed()
                self._send_all()

    def _unwatch(self) -> None:
        self._leave_feeds()
        super()._unwatch()

    def _leave(self) -> None:
        super()._leave()
        self._leave_feeds()

    def _leave_feeds(self) -> None:
        if self._watched is not None:
            for kind in self._sent:
                Feed.of(self._watched, kind).leave(self)

    def _still(self) -> Still:
        view = self.view
        services = tuple(
            (s["name"], " ".join([s["ready"], *(text for text, _ in s["places"])])) for s in view["services"]
        )
        burn = (("Escrow", view["burn"]["words"].removeprefix("Escrow: ")),) if view["burn"] else ()
        return Still(
            title=view["title"],
            as_of=self.session.now(),
            is_mock=self.session.is_mock,
            facts=(
                ("State", view["empty"] or view["ready"] or view["stage"]),
                *services,
                *((m["label"], m["value"]) for m in view["money"]),
                *burn,
            ),
        )
