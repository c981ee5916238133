"""A shell in a simulated container, small enough to be understood.

Pure values: nothing runs, and nothing is read from this machine or written to it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field

from mock_server.provider.container import LONGEST, MOST, Container, Files, Outcome
from mock_server.provider.shell_programs import PROGRAMS, Program
from mock_server.provider.shell_syntax import Command, Redirect, Word, parse

#: The names under which the simulated shell can be started.
SHELLS = ("sh", "bash", "ash", "/bin/sh", "/bin/bash", "/bin/ash")
#: Exit codes of POSIX shells: a wrong use, more arguments than there may be, and a command that does not exist.
MISUSE, TOO_LONG, NOT_FOUND = 2, 126, 127


@dataclass(slots=True)
class Shell:
    """A shell in a container: where it is, its variables and files, and how the last command ended.

    `now` is what `date` says, `size` the terminal's columns and rows. `exited`: it is over. `waiting`: it has no script
    and reads what is typed.
    """

    container: Container
    cwd: str = "/"
    variables: dict[str, str] = field(default_factory=dict)
    code: int = 0
    size: tuple[int, int] = (80, 24)
    now: str = ""
    exited: bool = False
    waiting: bool = False
    files: Files = field(init=False)

    def __post_init__(self) -> None:
        self.variables = {**self.container.env, "PWD": self.cwd, **self.variables}
        self.files = Files(self.container.files)

    def run(self, script: str) -> Outcome:
        """Run a line or a script: pipelines joined by newlines, `;`, `&&` and `||`, with quotes and `$NAME`."""
        self.waiting = False
        try:
            if len(script) > LONGEST:
                raise ValueError("the script is too long")
            steps = parse(script)
        except ValueError as problem:
            self.code = MISUSE
            return Outcome(err=f"sh: syntax error: {problem}\n", code=MISUSE)
        out = err = ""
        for joint, pipeline in steps:
            if self.exited or self.waiting or len(out) + len(err) > MOST:
                break
            if (joint == "&&" and self.code) or (joint == "||" and not self.code):
                continue
            outcome = self._pipeline(pipeline)
            out, err, self.code = out + outcome.out, err + outcome.err, outcome.code
        return Outcome(out, err, self.code)

    def resolve(self, path: str) -> str:
        """A path as an absolute one."""
        return posixpath.normpath(posixpath.join(self.cwd, path)).replace("//", "/")

    def _pipeline(self, commands: Sequence[Command]) -> Outcome:
        outcome, err = Outcome(), ""
        for command in commands:
            outcome = _Redirected(self, outcome.out).run(command)
            err += outcome.err
        return Outcome(outcome.out, err, outcome.code)

    def command(self, words: Sequence[Word], given: str) -> Outcome:
        """Run one simple command with that input."""
        argv: list[str] = []
        room = 2 * LONGEST
        for word in words:
            argv.append(self.expand(word))
            room -= len(argv[-1])
            if room < 0:
                return Outcome(err="sh: Argument list too long\n", code=TOO_LONG)
        if not argv or not argv[0]:
            return Outcome(code=self.code if words else 0)
        name, equals, value = argv[0].partition("=")
        if equals and name.isidentifier() and len(argv) == 1:
            self.variables[name] = value
            return Outcome()
        if argv[0] in _BUILTINS:
            return _BUILTINS[argv[0]](self, argv[1:], given)
        return execute(self, argv, given) or Outcome(err=f"sh: {argv[0]}: not found\n", code=NOT_FOUND)

    def expand(self, word: Word) -> str:
        """A word with its variables put in."""
        return "".join(self._substituted(text) if open_ else text for text, open_ in word)

    def _substituted(self, text: str) -> str:
        first, *parts = text.split("$")
        result = first
        for part in parts:
            result += self._variable(part)
            if len(result) > LONGEST:  # a few doublings of a variable would fill the memory
                return result[:LONGEST]
        return result

    def _variable(self, part: str) -> str:
        """What stands for `$` and this text: a value and the rest of the text."""
        if part.startswith("?"):
            return f"{self.code}{part[1:]}"
        if part.startswith("{") and "}" in part:
            name, _, rest = part[1:].partition("}")
            return self.variables.get(name, "") + rest
        length = next((n for n, char in enumerate(part) if not (char.isalnum() or char == "_")), len(part))
        return self.variables.get(part[:length], "") + part[length:] if length else f"${part}"


class _Redirected:
    """One command whose input and output go where it says: what is written is collected, and put there at the end."""

    def __init__(self, shell: Shell, given: str) -> None:
        self._shell, self._given = shell, given
        self._out, self._err = list[str](), list[str]()
        self._streams = {1: self._out, 2: self._err}
        self._files: dict[str, list[str]] = {}

    def run(self, command: Command) -> Outcome:
        try:
            for redirect in command.redirects:
                self._put(redirect, self._shell.expand(redirect.target))
            outcome = self._shell.command(command.words, self._given)
            self._streams.get(1, []).append(outcome.out)
            self._streams.get(2, []).append(outcome.err)
            for path, parts in self._files.items():
                self._shell.files.write(path, "".join(parts))
        except OSError as problem:
            return Outcome(err=f"sh: {problem.filename or 'write error'}: {problem.strerror}\n", code=1)
        return Outcome("".join(self._out), "".join(self._err), outcome.code)

    def _put(self, redirect: Redirect, target: str) -> None:
        """Put one redirection into effect.

        Raises:
            OSError: It cannot be, with what it names.
        """
        path = self._shell.resolve(target)
        try:
            if redirect.how == "<":
                self._given = self._shell.files.read(path)
            elif redirect.how == ">&":
                self._streams[redirect.stream] = self._streams[int(target)] if target in ("1", "2") else []
            else:
                appends = redirect.how == ">>" and self._shell.files.is_file(path)
                parts = self._files.setdefault(path, [self._shell.files.read(path)] if appends else [])
                self._shell.files.write(path, "".join(parts))
                self._streams |= {1: parts, 2: parts} if redirect.how == "&>" else {redirect.stream: parts}
        except OSError as problem:
            raise OSError(0, problem.strerror, target) from None


def start(container: Container, argv: Sequence[str], now: str = "") -> tuple[Shell, Outcome]:
    """Start a command in a container; a shell that now waits for input says so by `waiting`."""
    shell = Shell(container, now=now)
    if argv[0] in SHELLS:
        return shell, _started(shell, argv)
    outcome = execute(shell, argv, "")
    missing = f'exec failed: unable to start container process: exec: "{argv[0]}": executable file not found in $PATH'
    return shell, outcome or Outcome(err=f"OCI runtime {missing}: unknown\n", code=NOT_FOUND)


def execute(shell: Shell, argv: Sequence[str], given: str) -> Outcome | None:
    """Run one program with that input; None when there is none of that name."""
    if argv[0] in SHELLS:
        inner = Shell(shell.container, now=shell.now)
        inner.files = shell.files
        return _started(inner, argv)
    program = PROGRAMS.get(posixpath.basename(argv[0]))
    return None if program is None else program(shell, list(argv[1:]), given)


def _started(shell: Shell, argv: Sequence[str]) -> Outcome:
    """What comes of a shell that is started with these arguments."""
    given = [index for index, word in enumerate(argv) if word.startswith("-") and word.endswith("c")]
    if not given:
        shell.waiting = True
        return Outcome()
    if given[0] + 1 == len(argv):
        return Outcome(err=f"{argv[0]}: -c requires an argument\n", code=MISUSE)
    return shell.run(argv[given[0] + 1])


def _cd(shell: Shell, words: list[str], _: str) -> Outcome:
    target = shell.resolve(words[0] if words else shell.variables.get("HOME", "/"))
    if not shell.files.is_directory(target):
        return Outcome(err=f"sh: cd: can't cd to {target}: No such file or directory\n", code=MISUSE)
    shell.cwd = shell.variables["PWD"] = target
    return Outcome()


def _command(shell: Shell, words: list[str], given: str) -> Outcome:
    """`command -v NAME` tells whether there is something to run under a name; else it runs what follows."""
    while words[:1] == ["command"]:
        words = words[1:]
    if words[:1] != ["-v"]:
        return shell.command([[(word, False)] for word in words], given)
    paths = [name if name in _BUILTINS else f"/bin/{posixpath.basename(name)}" for name in words[1:] if _is_there(name)]
    return Outcome("".join(f"{path}\n" for path in paths), code=0 if paths else NOT_FOUND)


def _is_there(name: str) -> bool:
    return name in _BUILTINS or name in SHELLS or name.removeprefix("/bin/") in PROGRAMS


def _exec(shell: Shell, words: list[str], given: str) -> Outcome:
    """Run something in place of the shell; another shell goes on where this one was."""
    if not words:
        return Outcome()
    if words[0] in SHELLS:
        outcome: Outcome | None = _started(shell, words)
    else:
        outcome = execute(shell, words, given)
    shell.exited = not shell.waiting
    return outcome or Outcome(err=f"sh: exec: {words[0]}: not found\n", code=NOT_FOUND)


def _exit(shell: Shell, words: list[str], _: str) -> Outcome:
    if words and not words[0].isdecimal():
        return Outcome(err=f"sh: exit: Illegal number: {words[0]}\n", code=MISUSE)
    shell.exited = True
    return Outcome(code=int(words[0]) % 256 if words else shell.code)


def _export(shell: Shell, words: list[str], _: str) -> Outcome:
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            shell.variables[name] = value
    return Outcome()


_BUILTINS: dict[str, Program] = {
    ":": lambda *_: Outcome(),
    "cd": _cd,
    "command": _command,
    "exec": _exec,
    "exit": _exit,
    "export": _export,
    "which": lambda shell, words, _: _command(shell, ["-v", *words], ""),
}
