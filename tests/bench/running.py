"""A server as a process that is started, loaded and watched. Linux only: it reads /proc."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.load import Loaded, ask, encoded, load
from tests.bench.measure import HEADERS

#: A deployment's number; ours has none of it, and the others do not look.
DSEQ = "1767614400000"
_PATIENCE_S = 30
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """One server: how it is started, what runs, and what was measured. `requests` are made once it runs."""

    name: str
    command: list[str]
    ours: bool = False
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    requests: dict[str, Iterator[bytes]] = field(default_factory=dict)
    loads: dict[str, list[tuple[Loaded, float]]] = field(default_factory=dict)

    def start(self) -> None:
        """Spawn it and wait for its first 200."""
        self.port = _free_port()
        first = encoded("GET", f"/v1/bids?dseq={DSEQ}", HEADERS)
        command = [part.replace("PORT", str(self.port)) for part in self.command]
        with tempfile.TemporaryFile() as complaints:
            begun = time.perf_counter()
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=complaints)
            while not _answers(self.port, first):
                if self.process.poll() is not None or time.perf_counter() - begun > _PATIENCE_S:
                    complaints.seek(0)
                    raise RuntimeError(f"{' '.join(command)} does not start: {complaints.read().decode()}")
                time.sleep(0.002)
            self.starts.append(time.perf_counter() - begun)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def note_memory(self) -> None:
        """Note the resident memory, in MB."""
        status = Path(f"/proc/{self._pid()}/status").read_text()
        self.memory.append(int(status.split("VmRSS:")[1].split()[0]) / 1024)

    def run(self, what: str, seconds: float, connections: int) -> None:
        """Load it once."""
        before = self._cpu()
        done = load(self.port, self.requests[what], seconds, connections)
        self.loads.setdefault(what, []).append((done, self._cpu() - before))

    def rates(self, what: str) -> list[float]:
        """Answers per second in each round but the first."""
        return [done.answers / done.seconds for done, _ in self.loads[what][1:]]

    def answers(self) -> int:
        """How many requests it has answered under load."""
        return sum(done.answers for rounds in self.loads.values() for done, _ in rounds)

    def _cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self._pid()}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    def _pid(self) -> int:
        assert self.process is not None
        return self.process.pid


def _answers(port: int, request: bytes) -> bool:
    try:
        status, _ = ask(port, request)
    except OSError:
        return False
    return status == 200


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port
