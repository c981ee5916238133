"""Views that also show who could have bid: the service is asked once, in the background, while somebody looks."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

from akash_nb.deployment import Deployment
from akash_nb.errors import AkashError
from akash_nb.widgets.background.screening import Screening
from akash_nb.widgets.bids.bids_view import WAITING
from akash_nb.widgets.bids.picking import BidPicker
from akash_nb.widgets.bids.screening_view import silent, why_silent

if TYPE_CHECKING:
    import pandas as pd

_FIRST_ANSWER_S = 30.0


class ScreenedView(BidPicker):
    """Base of these views. All of one deployment share the answer."""

    _asked: Future[Screening] | None = None
    _answer: tuple[Deployment[Any], Screening] | None = None

    @property
    def silent(self) -> pd.DataFrame | None:
        """Who could have bid and did not, and why, as far as anybody knows (columns: `akash_nb.frames.silent`); None
        before bids were read. Asked for once and waited for; `look_again()` asks anew.

        Raises:
            AkashError: The service could not be asked.
            TimeoutError: It takes more than 30 seconds; it goes on.
        """
        deployment = self.deployment
        if deployment is None or deployment.bids is None:
            return None
        from akash_nb.frames.silent import silent_frame  # pandas is heavy, and only tables need it
        from akash_nb.frames.table import Origin

        screening = self._ask(deployment).result(_FIRST_ANSWER_S)
        today = screening.at.astimezone(UTC).date()
        found = [(gseq, each, why_silent(each, today)[1]) for gseq, each in silent(deployment.bids, screening)]
        return silent_frame(found, Origin(deployment.bids.is_mock, screening.at, deployment.bids.prices))

    def look_again(self) -> None:
        """Ask anew, in the background, who could bid."""
        if self.deployment is not None:
            self._ask(self.deployment, again=True)
        self.refresh()

    # For subclasses

    def _screening(self) -> Screening | None:
        """What the service has answered last; while it is asked anew, what it said before."""
        deployment = self.deployment
        asked = self.desk.asked_screening(deployment) if deployment else None
        if deployment and asked and asked.done() and _failure(asked) is None:
            self._answer = (deployment, asked.result())
        return self._answer[1] if self._answer and self._answer[0] is deployment else None

    def _ask(self, deployment: Deployment[Any], *, again: bool = False) -> Future[Screening]:
        """Ask who could bid, and draw the answer when it is there."""
        asked = self.desk.screening(deployment, again=again)
        if asked is not self._asked:
            self._asked = asked
            asked.add_done_callback(partial(_draw, ref(self)))
        return asked

    def _asked_view(self) -> dict[str, Any]:
        """When the service was asked, or why it has not answered."""
        asked = self.desk.asked_screening(self.deployment) if self.deployment else None
        if asked is None:
            return {"text": "", "can_look": False}
        if not asked.done():
            return {"text": "Asking who could bid …", "can_look": False}
        failure = _failure(asked)
        if failure is not None:
            return {"text": f"Who else could bid is not known: {failure}", "can_look": True}
        return {"text": f"Who could bid was asked at {asked.result().at:%H:%M:%S} UTC", "can_look": True}

    def _beat(self, view: str) -> None:
        super()._beat(view)
        deployment = self.deployment
        if deployment and deployment.sdl and deployment.bids is not None and deployment.stage in WAITING:
            self._ask(deployment)

    def _gesture(self, message: dict[str, Any]) -> None:
        if "look" in message:
            self.look_again()
        else:
            super()._gesture(message)


def _draw(view: ref[ScreenedView], _: Future[Any]) -> None:
    """Draw a view if it is still there: the answer is kept longer than most views."""
    found = view()
    if found is not None:
        found.refresh()


def _failure(asked: Future[Any]) -> str | None:
    """Why an answer that is there is none."""
    if asked.cancelled():
        return "the question was cancelled."
    error = asked.exception()
    return None if error is None else error.what if isinstance(error, AkashError) else str(error)
