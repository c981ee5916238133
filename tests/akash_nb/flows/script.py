"""Runs a flow by hand: answers to its calls are given in order, pauses cost nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from akash_nb.client.call import Call, Flow, Sleep

T = TypeVar("T")


class Script:
    """Answers for a flow, in order: (operation, answer); an exception is raised in the flow.

    After `run`: `sent` holds the calls, `slept` the pauses in seconds.
    """

    def __init__(self, *answers: tuple[str, Any]) -> None:
        self._answers = list(answers)
        self.sent: list[Call[Any]] = []
        self.slept: list[float] = []

    def run(self, flow: Flow[T]) -> T:
        answer: Any = None
        failure: Exception | None = None
        while True:
            try:
                step = flow.throw(failure) if failure else flow.send(answer)
            except StopIteration as stop:
                assert not self._answers, f"the flow ended without asking for {self._answers}"
                result: T = stop.value
                return result
            answer, failure = None, None
            if isinstance(step, Sleep):
                self.slept.append(step.seconds)
                continue
            self.sent.append(step)
            assert self._answers, f"the flow asks for {step.operation}, which was not expected"
            operation, given = self._answers.pop(0)
            assert step.operation == operation
            answer, failure = (None, given) if isinstance(given, Exception) else (given, None)

    @property
    def operations(self) -> Sequence[str]:
        return [call.operation for call in self.sent]
