"""Steps side by side: in threads for the blocking client, in tasks for the awaited one, in turn where no threads are.

All three begin the steps in order and stop at the first error. Progress is told where the flow itself runs.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine
from queue import Empty, SimpleQueue
from typing import Any

from akash_nb.client.exchange import SideBySide, Steps

#: The results of steps by their number.
Results = dict[int, Any]

#: How long to wait at once: on Windows an interrupt is noticed only in between.
_GLANCE_S = 0.2


def run(work: SideBySide, drive: Callable[[Steps[Any]], Any]) -> tuple[Any, ...]:
    """The results in order; blocks.

    An interrupt does not wait for the answers that are under way.

    Args:
        drive: Runs steps to their end and gives their result; called in several threads at once.

    Raises:
        BaseException: The first that a step raised; no other runs any more.
    """
    results = _in_turn(work, drive) if sys.platform == "emscripten" else _in_threads(work, drive)
    return tuple(results[index] for index in range(len(work.steps)))


async def run_async(work: SideBySide, drive: Callable[[Steps[Any]], Coroutine[Any, Any, Any]]) -> tuple[Any, ...]:
    """The results in order.

    Args:
        drive: Runs steps to their end and gives their result.

    Raises:
        BaseException: The first that a step raised; no other runs any more.
    """
    results: Results = {}
    waiting = iter(enumerate(work.steps))

    async def worker() -> None:
        for index, steps in waiting:
            results[index] = await drive(steps)
            work.on_done(index, results[index])

    tasks = [asyncio.create_task(worker()) for _ in work.steps[: work.at_most]]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return tuple(results[index] for index in range(len(work.steps)))


def _in_turn(work: SideBySide, drive: Callable[[Steps[Any]], Any]) -> Results:
    results: Results = {}
    for index, steps in enumerate(work.steps):
        results[index] = drive(steps)
        work.on_done(index, results[index])
    return results


def _in_threads(work: SideBySide, drive: Callable[[Steps[Any]], Any]) -> Results:
    waiting: SimpleQueue[tuple[int, Steps[Any]]] = SimpleQueue()
    done: SimpleQueue[tuple[int, Any, BaseException | None]] = SimpleQueue()
    stop = threading.Event()
    for numbered in enumerate(work.steps):
        waiting.put(numbered)

    def worker() -> None:
        while not stop.is_set():
            try:
                index, steps = waiting.get_nowait()
            except Empty:
                return
            try:
                done.put((index, drive(_until(stop, steps)), None))
            except BaseException as error:  # it is raised where the flow runs
                stop.set()
                done.put((index, None, error))

    threads = [threading.Thread(target=worker, name="akash-nb beside", daemon=True) for _ in work.steps[: work.at_most]]
    try:
        for thread in threads:
            thread.start()
        return _collected(work, done)
    except Exception:
        stop.set()
        for thread in threads:
            thread.join()
        raise
    finally:
        stop.set()


def _collected(work: SideBySide, done: SimpleQueue[tuple[int, Any, BaseException | None]]) -> Results:
    results: Results = {}
    while len(results) < len(work.steps):
        try:
            index, result, error = done.get(timeout=_GLANCE_S)
        except Empty:
            continue
        if error is not None:
            raise error
        results[index] = result
        work.on_done(index, result)
    return results


def _until(stop: threading.Event, steps: Steps[Any]) -> Steps[Any]:
    """The steps, given up between two of them once somebody says so."""
    answer: Any = None
    try:
        while not stop.is_set():
            try:
                step = steps.send(answer)
            except StopIteration as end:
                return end.value
            answer = yield step
    finally:
        steps.close()
