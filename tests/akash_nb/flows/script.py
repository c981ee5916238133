"""Runs a flow by hand: answers to its calls are given in order, pauses cost nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from akash_nb.client.call import Call, Flow, Sleep, Together

T = TypeVar("T")


class Script:
    """Answers for a flow, in order: (operation, answer); an exception is raised in the flow. What runs side by side is
    run one after the other.

    After `run`: `sent` holds the calls, `slept` the pauses in seconds.
    """

    def __init__(self, *answers: tuple[str, Any]) -> None:
        self._answers = list(answers)
        self.sent: list[Call[Any]] = []
        self.slept: list[float] = []

    def run(self, flow: Flow[T]) -> T:
        result = self._run(flow)
        assert not self._answers, f"the flow ended without asking for {self._answers}"
        return result

    def _run(self, flow: Flow[T]) -> T:
        answer: Any = None
        failure: Exception | None = None
        while True:
            try:
                step = flow.throw(failure) if failure else flow.send(answer)
            except StopIteration as stop:
                result: T = stop.value
                return result
            answer, failure = None, None
            try:
                answer = self._answer(step)
            except AssertionError:  # about the script, not for the flow to catch
                raise
            except Exception as error:
                failure = error

    def _answer(self, step: Any) -> Any:
        if isinstance(step, Sleep):
            self.slept.append(step.seconds)
            return None
        if isinstance(step, Together):
            return tuple(self._done(step, index, work) for index, work in enumerate(step.works))
        self.sent.append(step)
        assert self._answers, f"the flow asks for {step.operation}, which was not expected"
        operation, given = self._answers.pop(0)
        assert step.operation == operation
        if isinstance(given, Exception):
            raise given
        return given

    def _done(self, step: Together, index: int, work: Any) -> Any:
        answer = self._answer(work) if isinstance(work, Call) else self._run(work)
        step.on_done(index, answer)
        return answer

    @property
    def operations(self) -> Sequence[str]:
        return [call.operation for call in self.sent]
