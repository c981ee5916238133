"""The live door: a real HTTP server in a thread, for clients of any kind and language."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType

import uvicorn

from mock_server.doors.app import create_app
from mock_server.mock import Mock

#: A server that has not ended by itself by then is told to drop what it does; in seconds.
_STOP_S = 5


class LiveServer:
    """A mock listening on `url` from `start` to `stop`; a `with` block does both."""

    def __init__(self, mock: Mock, host: str, port: int) -> None:
        # Bound here and not in the thread: the port is known, and taken, before anybody asks for it.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # With the protocol named, so that asyncio switches off the delay of small packets (44 ms a request).
        self._socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
        except OSError as problem:
            self._socket.close()
            raise OSError(problem.errno, f"cannot listen on {host}, port {port}: {problem.strerror}") from None
        name = f"[{host}]" if ":" in host else host
        self.url = f"http://{name}:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            create_app(mock),
            log_level="critical",
            access_log=False,
            lifespan="off",
            date_header=False,  # the world has its own time
            server_header=False,
            timeout_graceful_shutdown=1,  # a client that keeps its connection open must not keep us
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="akash-mock", daemon=True)

    def start(self) -> LiveServer:
        """Start listening; connections made from now on are answered."""
        self._socket.listen(1024)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop and wait for the thread to end."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_STOP_S)
            self._server.force_exit = True
        self._socket.close()

    def wait(self, told: SimpleQueue[int]) -> None:
        """Serve until something is put into the queue, or the server has ended by itself."""
        while self._thread.is_alive():
            with suppress(Empty):
                told.get(timeout=1)
                return

    def __enter__(self) -> LiveServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def serve(mock: Mock, *, host: str = "127.0.0.1", port: int = 0) -> LiveServer:
    """A live server for `with serve(mock) as server: server.url`; port 0 takes any free one.

    Raises:
        OSError: The address cannot be bound.
    """
    return LiveServer(mock, host, port)
