"""What views with buttons have: one question before what spends or ends, and work that goes on behind the page."""

from __future__ import annotations

from collections.abc import Callable
from concurrent import futures
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any

from akash_nb.widgets.parts.base import SessionView, Target


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before something that spends, replaces or ends: the text, and what is done on yes.

    `about` is what the text speaks of; the question is dropped when that is not what it was.
    """

    name: str
    text: str
    then: Callable[[], None]
    about: Callable[[], Any]
    asked: Any


#: What stands where a question was that nobody may answer any more.
STALE = (
    "Nothing was done: what the question spoke of has changed meanwhile. Press the button again if you still want it."
)


class AskingView(SessionView):
    """Base of the widgets whose buttons start something."""

    def __init__(self, target: Target, **kwargs: Any) -> None:
        self._question: Question | None = None
        self._is_stale = False
        self._running: set[Future[Any]] = set()
        super().__init__(target, **kwargs)

    @property
    def question(self) -> str:
        """What `confirm()` would answer with yes; empty when nothing is asked."""
        return self._question.text if self._question else ""

    def confirm(self) -> None:
        """Answer the question with yes. Without a question nothing happens: a second click does not spend again, and
        a question is gone when what it speaks of has changed."""
        self._drop_stale_question()
        question = self._question
        if question is not None:
            self._forget_question()
            question.then()
        self.refresh()

    def cancel(self) -> None:
        """Answer the question with no."""
        self._forget_question()
        self.refresh()

    def wait(self, timeout_s: float = 300.0) -> None:
        """Block until what this view's buttons have started has ended. How it went is in the deployment, and in
        `problem`.

        Raises:
            TimeoutError: It is still under way after `timeout_s` seconds; it goes on.
        """
        ended, running = futures.wait(list(self._running), timeout_s)
        for future in ended:
            self._finished(future)
        if running:
            raise TimeoutError(f"still under way after {timeout_s:.0f} s: it goes on")

    # For subclasses

    def press(self, name: str, **values: Any) -> None:
        """Press a button."""
        raise NotImplementedError

    def _put(self, name: str, text: str, then: Callable[[], None], about: Callable[[], Any]) -> None:
        """Ask a question; one that was asked before is gone."""
        self._forget_question()
        self._question = Question(name, text, then, about, about())

    def _forget_question(self) -> None:
        self._question, self._is_stale = None, False

    def _drop_stale_question(self) -> None:
        asked = self._question
        if asked is not None and asked.about() != asked.asked:
            self._question, self._is_stale = None, True

    def _question_view(self) -> dict[str, Any]:
        """What is asked, and what to say of a question that was dropped."""
        asked = {"name": self._question.name, "text": self._question.text} if self._question else None
        return {"question": asked, "stale": STALE if self._is_stale else ""}

    def _follow(self, future: Future[Any]) -> None:
        """Show how this ends, and have `wait()` wait for it."""
        self._running.add(future)
        future.add_done_callback(self._finished)

    def _kept_errors(self) -> tuple[BaseException | None, ...]:
        """Errors that are shown from elsewhere."""
        return ()

    def _finished(self, future: Future[Any]) -> None:
        """An error that the verb has kept for all views is shown from there; any other one here. Twice is as once."""
        self._running.discard(future)
        try:
            error = future.exception()
        except CancelledError:
            error = None
        if error is not None and error not in self._kept_errors():
            self._problem = error
        self.refresh()

    def _gesture(self, message: dict[str, Any]) -> None:
        if "press" in message:
            self.press(str(message["press"]), **message.get("with", {}))
        elif "answer" in message and message.get("to") == self.question:  # not one that came in its place
            (self.confirm if message["answer"] else self.cancel)()
