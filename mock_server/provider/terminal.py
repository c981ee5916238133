"""A command in a container, over the provider's shell protocol (contract §16): frames in, frames out, no I/O.

The first byte of a frame says what it is; the rest is what it carries.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence

from mock_server.provider.container import Container, Outcome
from mock_server.provider.shell import Shell, start

STDOUT, STDERR, RESULT, FAILURE, STDIN, RESIZE = range(100, 106)

#: What a terminal sends for arrows and other keys without a letter.
_KEYS = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z~]|O[A-Za-z]|.)")
_CTRL_C, _CTRL_D, _ERASE = "\x03", "\x04", ("\x7f", "\b")
#: How a shell ends a command that was interrupted.
_INTERRUPTED = 130


def result(code: int, message: str = "") -> bytes:
    """The frame that ends a command: its exit code, or why it never ran."""
    value = {"exit_code": code, **({"message": message} if message else {})}
    return bytes([RESULT]) + json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _joined(frames: Sequence[bytes]) -> list[bytes]:
    """The same with neighbours of one kind as one frame, as when a terminal is read in one go."""
    joined: list[bytes] = []
    for frame in frames:
        if joined and joined[-1][:1] == frame[:1]:
            joined[-1] += frame[1:]
        else:
            joined.append(frame)
    return joined


class Session:
    """One command; `ended` once its result was told.

    Args:
        container: Where it runs.
        argv: The command with its arguments.
        tty: Whether a terminal is attached: input is echoed, lines end in CR LF, errors go where output goes.
        stdin: Whether input is taken.
    """

    def __init__(self, container: Container, argv: Sequence[str], *, tty: bool, stdin: bool) -> None:
        self.ended = False
        self._container, self._argv = container, argv
        self._tty, self._stdin = tty, stdin
        self._shell, self._line = Shell(container), ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def begin(self, now: str) -> list[bytes]:
        """Start the command; `now` is what `date` says."""
        self._shell, outcome = start(self._container, self._argv, now)
        frames = self._written(outcome)
        if not self._shell.waiting:
            return [*frames, *self._end(outcome.code)]
        if not self._stdin:
            return [*frames, *self._end(0)]  # a shell whose input is at its end
        return _joined([*frames, *self._out(self._prompt())])

    def take(self, frame: bytes, now: str) -> list[bytes]:
        """What follows from a frame of the client; what is no input and no new size is ignored."""
        self._shell.now = now
        kind, payload = frame[:1], frame[1:]
        if kind == bytes([RESIZE]) and len(payload) == 4:
            self._shell.size = (int.from_bytes(payload[:2], "big"), int.from_bytes(payload[2:], "big"))
        if kind != bytes([STDIN]) or not self._stdin or self.ended:
            return []
        text = self._decoder.decode(payload)
        return self._typed(_KEYS.sub("", text)) if self._tty else self._piped(text)

    def changed(self) -> dict[str, str | None]:
        """What became of files since this was last asked for, by path; None for what was taken away."""
        return self._shell.files.changed()

    def fail(self) -> list[bytes]:
        """The command is gone, and nobody knows how it ended."""
        self.ended = True
        return [bytes([FAILURE])]

    def _piped(self, text: str) -> list[bytes]:
        """Lines from a pipe: nothing is echoed, nobody is prompted."""
        frames: list[bytes] = []
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            frames += self._run(line)
            if self.ended:
                break
        return frames

    def _typed(self, text: str) -> list[bytes]:
        """Keys of a terminal, echoed as it would."""
        frames: list[bytes] = []
        for char in text:
            frames += self._key(char)
            if self.ended:
                break
        return _joined(frames)

    def _key(self, char: str) -> list[bytes]:
        if char in "\r\n":
            line, self._line = self._line, ""
            return [*self._out("\n"), *self._run(line)]
        if char == _CTRL_C:
            self._line, self._shell.code = "", _INTERRUPTED
            return self._out(f"^C\n{self._prompt()}")
        if char == _CTRL_D:
            return [] if self._line else [*self._out("\n"), *self._end(self._shell.code)]
        if char in _ERASE:
            erased, self._line = self._line[-1:], self._line[:-1]
            return self._out("\b \b") if erased else []
        if not char.isprintable():
            return []
        self._line += char
        return self._out(char)

    def _run(self, line: str) -> list[bytes]:
        outcome = self._shell.run(line)
        frames = self._written(outcome)
        return frames + (self._end(outcome.code) if self._shell.exited else self._out(self._prompt()))

    def _prompt(self) -> str:
        return f"{self._shell.cwd} # " if self._tty else ""

    def _written(self, outcome: Outcome) -> list[bytes]:
        if self._tty:
            return self._out(outcome.out + outcome.err)
        return self._out(outcome.out) + ([bytes([STDERR]) + outcome.err.encode()] if outcome.err else [])

    def _out(self, text: str) -> list[bytes]:
        written = text.replace("\n", "\r\n") if self._tty else text
        return [bytes([STDOUT]) + written.encode()] if written else []

    def _end(self, code: int) -> list[bytes]:
        self.ended = True
        return [result(code)]
