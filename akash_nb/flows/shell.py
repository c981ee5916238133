"""A command in a container: begun once, heard until it ends, and never run twice on doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from akash_nb.client.call import Flow, Sleep
from akash_nb.client.streams import Ending, ShellOutput, Stream
from akash_nb.errors import StreamError
from akash_nb.flows.endings import described, refusal
from akash_nb.flows.places import Place
from akash_nb.flows.streams import ATTEMPTS, FIRST_PAUSE_S, listen


class Typist:
    """Hears a command until it ends, or until time is over.

    Args:
        now: The service's clock.
        timeout_s: Seconds to wait at most; None for however long.
        on_output: Told each piece of output: `stdout` or `stderr`, and the text.
    """

    def __init__(
        self, now: Callable[[], datetime], timeout_s: float | None, on_output: Callable[[str, str], None]
    ) -> None:
        self.output = ShellOutput()
        self.has_heard = False
        self._now = now
        self._ends_at = None if timeout_s is None else now() + timedelta(seconds=timeout_s)
        self._on_output = on_output

    def patience_s(self) -> float | None:
        return None if self._ends_at is None else max((self._ends_at - self._now()).total_seconds(), 0.0)

    def take(self, payload: str | bytes) -> Iterable[None]:
        self.has_heard = True
        if isinstance(payload, bytes) and (piece := self.output.take(payload)):
            self._on_output(*piece)
        return ()

    def quiet(self) -> Iterable[None] | None:
        return None


def run_command(stream: Stream, place: Place, typist: Typist) -> Flow[ShellOutput]:
    """Run a command once: it is not begun again on doubt, only where it certainly never was.

    Raises:
        StreamError: It did not run, or nobody knows how it ended.
    """
    attempt = 0
    while True:
        attempt += 1
        ending = yield from listen(stream, typist)
        output = typist.output
        if output.exit_code is not None:
            if output.message and not (output.exit_code or output.stdout or output.stderr):
                raise _never_ran(output.message, place)
            return output
        if ending.cause not in ("expired", "unreachable") or attempt >= ATTEMPTS:
            raise _broken_off(ending, place, stream, output, typist.has_heard)
        if ending.cause == "unreachable":
            yield Sleep(FIRST_PAUSE_S * attempt, f"{described(ending, place, stream)} Trying again.")


def _never_ran(message: str, place: Place) -> StreamError:
    return StreamError(
        f"{place.name} did not run the command: {message}.",
        cause="no_pods" if "replica" in message or "service" in message else "failed",
        means="Nothing was run.",
        todo="deployment.status() shows which services are up; deployment.events() what keeps one.",
    )


def _broken_off(ending: Ending, place: Place, stream: Stream, output: ShellOutput, has_heard: bool) -> StreamError:
    """A command of which nobody knows how it ended."""
    if ending.cause == "silent":
        return StreamError(
            "The command has not ended in time.",
            cause="timeout",
            result=output,
            means="It may go on in the container.",
            todo="Give it more time (timeout_s), or have it end by itself.",
        )
    error = refusal(ending, place, stream)
    if has_heard or ending.cause in ("over", "broken"):
        error.what = f"How the command ended was not told. {error.what}"
        error.args = (error.what,)
        error.cause, error.result = "lost", output
        error.means = "It may have run, in part or whole; it was not begun a second time."
        error.todo = "Look in the container before you run it again."
    return error
