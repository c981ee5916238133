"""From calls to requests: encoding, retry and error mapping, written once for both clients. Pure generators."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from akash_nb.client.call import Call, Dial, Flow, Hear, Repeat, Sleep, Together, Told
from akash_nb.client.retry import RetryPolicy
from akash_nb.client.wire import Lost, Reply, Request, read
from akash_nb.errors import AkashError, APIError, ConnectionFailedError, OutcomeUnknownError, ServiceError
from akash_nb.units import counted

T = TypeVar("T")

_TIMED_OUT = 408


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Steps that a driver runs beside each other, `at_most` at once, telling `on_done` of each that ends.

    It answers with their results in order, or with the `AkashError` of the first that failed, once no other runs.
    """

    steps: tuple[Steps[Any], ...]
    at_most: int
    on_done: Callable[[int, Any], None]


#: What a driver is asked to do: send a request (and answer with `Reply` or `Lost`), pause, run steps side by side, talk
#: to a provider, or hand something out.
Step: TypeAlias = Request | Sleep | SideBySide | Dial | Hear | Told
Steps: TypeAlias = Generator[Step, Any, T]


def run(
    work: Call[T] | Flow[T], policy: RetryPolicy, chance: Callable[[], float], *, is_beside: bool = False
) -> Steps[T]:
    """The steps of a call or of a whole flow; errors of a call are raised inside the flow.

    Args:
        is_beside: It runs beside others.

    Raises:
        TypeError: It spends beside others: their failure would leave nobody to see what became of it.
    """
    if isinstance(work, Call):
        if is_beside and work.repeat is Repeat.NEVER:
            raise TypeError(f"{work.operation} spends, so it cannot run beside others.")
        return (yield from exchange(work, policy, chance))
    return (yield from _run_flow(work, policy, chance, is_beside=is_beside))


def _run_flow(flow: Flow[T], policy: RetryPolicy, chance: Callable[[], float], *, is_beside: bool) -> Steps[T]:
    answer: Any = None
    failure: AkashError | None = None
    try:
        while True:
            try:
                step = flow.throw(failure) if failure else flow.send(answer)
            except StopIteration as stop:
                result: T = stop.value
                return result
            answer, failure = None, None
            if isinstance(step, Sleep | Dial | Hear | Told):
                answer = yield step
                continue
            try:
                if isinstance(step, Together):
                    answer = yield from _side_by_side(step, policy, chance)
                else:
                    answer = yield from run(step, policy, chance, is_beside=is_beside)
            except AkashError as error:
                failure = error
    finally:
        flow.close()


def _side_by_side(work: Together, policy: RetryPolicy, chance: Callable[[], float]) -> Steps[tuple[Any, ...]]:
    steps = tuple(run(each, policy, chance, is_beside=True) for each in work.works)
    answer: tuple[Any, ...] | AkashError = yield SideBySide(steps, work.at_most, work.on_done)
    if isinstance(answer, AkashError):
        raise answer
    return answer


def exchange(call: Call[T], policy: RetryPolicy, chance: Callable[[], float]) -> Steps[T]:
    """One call with its retries.

    Raises:
        OutcomeUnknownError: The answer to a spending call was lost or unreadable; it was not repeated.
        AkashError: The service refused, or could not be reached in any attempt.
    """
    request = Request(call.method, call.path, call.params, _encode(call), call.timeout_s)
    attempt, doubt = 0, False
    while True:
        attempt += 1
        reply: Reply | Lost = yield request
        outcome = read(call, reply)
        if not isinstance(outcome, AkashError):
            return outcome
        doubt = doubt or _is_doubtful(outcome)
        delay = policy.delay(outcome, repeat=call.repeat, attempt=attempt, chance=chance())
        if delay is None:
            raise _final(call, outcome, attempt, doubt)
        yield Sleep(delay, f"{outcome.what} Trying again in {delay:.1f} s (attempt {attempt + 1}).")


def _encode(call: Call[Any]) -> bytes | None:
    return None if call.json is None else json.dumps(call.json, separators=(",", ":")).encode()


def _final(call: Call[Any], error: AkashError, attempts: int, doubt: bool) -> AkashError:
    """The error of a call that failed for good.

    Args:
        doubt: Some attempt may have worked, whatever the last one came to.
    """
    if call.repeat is Repeat.NEVER and doubt:
        return OutcomeUnknownError(
            f"The answer to {call.operation} was lost ({error.what})",
            operation=call.operation,
            dseq=call.dseq,
            means="It may or may not have happened; it was not sent a second time.",
            todo=call.after_loss,
        )
    if isinstance(error, ConnectionFailedError):
        return ConnectionFailedError(
            f"{error.what.rstrip('.')} ({counted(attempts, 'attempt')}).",
            was_sent=doubt,
            means=_after_silence(call) if doubt else "Nothing was sent.",
            todo="Check the network and AKASH_CONSOLE_URL, then try again.",
        )
    if doubt and not _is_doubtful(error):
        error.means = _after_silence(call)
    return error


def _after_silence(call: Call[Any]) -> str:
    """What is true when no answer came to something that may be repeated."""
    if call.method == "GET":
        return "Nothing was changed."
    return "It may have happened all the same; to ask for it again is safe."


def _is_doubtful(error: AkashError) -> bool:
    """A refusal (4xx) is certain; silence, a failure (5xx), a time-out of a gateway or an unreadable answer is not."""
    if isinstance(error, APIError):
        return isinstance(error, ServiceError) or error.status == _TIMED_OUT
    return isinstance(error, ConnectionFailedError) and error.was_sent
