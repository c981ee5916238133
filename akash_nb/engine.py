"""The one home of background work: an event loop in a daemon thread, or the present loop where there are no threads.

Where a widget callback runs differs between kernel versions, and a blocked cell stops the kernel's own loop; so
buttons and pollers hand their coroutines to the engine and return at once.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Engine:
    """Runs coroutines in the background. `shared()` is the one that everybody uses."""

    _shared: Engine | None = None
    _guard = threading.Lock()

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    @classmethod
    def shared(cls) -> Engine:
        """The engine of this process, started with the first work."""
        with cls._guard:
            if cls._shared is None:
                cls._shared = cls()
            return cls._shared

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine; the future gives its result and can cancel it. Never blocks."""
        return asyncio.run_coroutine_threadsafe(work, self._running_loop())

    def stop(self) -> None:
        """Cancel everything and end the thread; the next `submit` starts anew."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None and _has_threads():
            asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(timeout=5)
            loop.call_soon_threadsafe(loop.stop)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = _loop_in_thread() if _has_threads() else asyncio.get_running_loop()
            return self._loop


def _has_threads() -> bool:
    return sys.platform != "emscripten"


def _loop_in_thread() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()

    def work() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            loop.close()

    threading.Thread(target=work, name="akash-nb engine", daemon=True).start()
    return loop


async def _cancel_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
