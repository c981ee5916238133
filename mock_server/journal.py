"""What was asked of a mock, in order, and how tests say what should have been asked."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from mock_server.names import require_known
from mock_server.web.http import query_of


class LoggedCall(msgspec.Struct, frozen=True):
    """One answered request, at a virtual instant. `status` is None when the connection broke.

    No key is kept: headers are left out, and what gives access is blanked in the body.
    """

    operation: str
    method: str
    path: str
    raw_query: str
    body: bytes
    status: int | None
    at_ms: int = 0

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; of a repeated one the first counts."""
        return query_of(self.raw_query)

    def json(self) -> Any:
        """The body as JSON values; None when there is none.

        Raises:
            ValueError: The body is no JSON.
        """
        return json.loads(self.body) if self.body else None


class Journal:
    """The newest calls of one tenant, oldest first, and how many there were in all."""

    def __init__(self, operations: Collection[str], size: int = 2_000) -> None:
        self._operations = {"unknown", *operations}
        self._calls: deque[LoggedCall] = deque(maxlen=size)
        #: By operation and status.
        self._counts: Counter[tuple[str, int | None]] = Counter()

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[LoggedCall]:
        return iter(tuple(self._calls))

    def __getitem__(self, place: int) -> LoggedCall:
        return self._calls[place]

    def __repr__(self) -> str:
        counts = {operation: self._many(operation) for operation, _ in self._counts}
        return f"Journal({counts})"

    @property
    def forgotten(self) -> int:
        """How many older calls had to make room."""
        return self._counts.total() - len(self._calls)

    def append(self, call: LoggedCall) -> None:
        """Note a call."""
        self._counts[call.operation, call.status] += 1
        self._calls.append(call)

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()
        self._counts.clear()

    def count(self, operation: str) -> int:
        """How many calls there were for an operation, forgotten ones and those that failed included.

        Raises:
            ValueError: No operation has that name.
        """
        require_known(operation, self._operations)
        return self._many(operation)

    def of(self, operation: str) -> list[LoggedCall]:
        """The calls for an operation that are not forgotten, those that failed included.

        Args:
            operation: A name of the route table; `unknown` for what no endpoint claims.

        Raises:
            ValueError: No operation has that name.
        """
        require_known(operation, self._operations)
        return [call for call in self if call.operation == operation]

    def assert_called(self, operation: str, *, times: int | None = None, status: int | None = None) -> list[LoggedCall]:
        """The calls for an operation, with that status if one is given, once it is sure that there were any.

        Forgotten ones count, but are not among them.

        Raises:
            AssertionError: There were none, or not so many as `times` says; tells what was called instead.
            ValueError: No operation has that name.
        """
        found = [call for call in self.of(operation) if status is None or call.status == status]
        many = self._many(operation, status)
        if (times is None and not many) or (times is not None and many != times):
            wanted = "at least once" if times is None else f"{times} times"
            answered = "" if status is None else f" and answered {status}"
            raise AssertionError(
                f"{operation} should have been called{answered} {wanted}, but was {many} times. {self.told()}"
            )
        return found

    def assert_order(self, *operations: str) -> None:
        """Check that these were called in this order; others may have come between.

        Raises:
            AssertionError: They were not; tells what was called instead.
            ValueError: No operation has one of the names.
        """
        for operation in operations:
            require_known(operation, self._operations)
        called = iter([call.operation for call in self])
        for operation in operations:
            if operation not in called:  # takes from the iterator up to where it is found
                raise AssertionError(f"{operation} was not called in the order {', '.join(operations)}. {self.told()}")

    def told(self) -> str:
        """All calls in one line, for error messages."""
        calls = [f"{call.operation} ({call.status or 'broken'})" for call in self]
        older = f"{self.forgotten} older calls, " if self.forgotten else ""
        return f"Called were, in this order: {older}{', '.join(calls)}." if calls else "Nothing was called."

    def _many(self, operation: str, status: int | None = None) -> int:
        """How many calls there were, answered with that status if one is given."""
        known = self._counts.items()
        return sum(count for (name, answered), count in known if name == operation and status in (None, answered))
