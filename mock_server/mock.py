"""What the doors need of whatever answers behind them: a `MockConsole`, a `Pacer`, a `Recorder` or a `Replay`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeVar

from mock_server.faults import Faults
from mock_server.web.http import MockRequest, MockResponse
from mock_server.world.state import World

if TYPE_CHECKING:
    from mock_server.console import Dialect
    from mock_server.doors.transport import MockTransport

T = TypeVar("T")


class NoWorldError(Exception):
    """There is no world behind a door, so that nothing can be streamed from it."""


class Mock(Protocol):
    """Something that answers in the Console's place."""

    @property
    def dialect(self) -> Dialect:
        """The dialect that it speaks."""
        ...

    def pace_of(self, owner: str | None) -> float:
        """Virtual seconds per real second for a wallet; 0 where time stands still until it is moved."""
        ...

    def pace_for(self, request: MockRequest) -> float:
        """The same for whoever made a request."""
        ...

    def handle(self, request: MockRequest) -> MockResponse:
        """Answer one request.

        Raises:
            ConnectionBroken: The door acts it out.
        """
        ...

    def transport(self) -> MockTransport:
        """The in-process door."""
        ...

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        ...

    def visit(self, owner: str | None, look: Callable[[World], T]) -> T:
        """What `look` finds in the world of a wallet as of now.

        Raises:
            NoWorldError: There is none.
        """
        ...

    def faults_of(self, owner: str | None) -> Faults:
        """What goes wrong for a wallet."""
        ...

    def watched(self, told: Callable[[], None]) -> AbstractContextManager[None]:
        """Inside the block `told` is called, from any thread, whenever time was moved or a world was changed."""
        ...
