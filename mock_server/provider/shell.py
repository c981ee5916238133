"""A simulated container to look around in: a handful of commands, and a shell small enough to be understood.

Pure values: nothing runs, nothing is read from this machine, and nothing that is written stays.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

#: The names under which the simulated shell can be started.
SHELLS = ("sh", "bash", "ash", "/bin/sh", "/bin/bash", "/bin/ash")
#: Exit codes of POSIX shells: a wrong use, and a command that does not exist.
MISUSE, NOT_FOUND = 2, 127
#: The longest script that is read and the longest value that is kept, in characters.
LONGEST = 65_536


@dataclass(frozen=True, slots=True)
class Container:
    """What a container looks like from inside. `files` by absolute path."""

    hostname: str
    env: Mapping[str, str]
    files: Mapping[str, str]

    def entries(self, directory: str) -> list[str] | None:
        """The names in a directory; None when there is none of that path."""
        stem = directory.rstrip("/") + "/"
        names = {path[len(stem) :].split("/")[0] for path in self.files if path.startswith(stem)}
        return sorted(names) or None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command wrote and how it ended."""

    out: str = ""
    err: str = ""
    code: int = 0


@dataclass(slots=True)
class Shell:
    """A shell in a container: where it is, its variables, and how the last command ended (`exited`: it is over).

    `now` is what `date` says, `size` the terminal's columns and rows.
    """

    container: Container
    cwd: str = "/"
    variables: dict[str, str] = field(default_factory=dict)
    code: int = 0
    size: tuple[int, int] = (80, 24)
    now: str = ""
    exited: bool = False

    def __post_init__(self) -> None:
        self.variables = {**self.container.env, "PWD": self.cwd, **self.variables}

    def run(self, script: str) -> Outcome:
        """Run a line or a script: commands joined by newlines, `;`, `&&` and `||`, with quotes and `$NAME`."""
        try:
            if len(script) > LONGEST:
                raise ValueError("the script is too long")
            steps = _parse(script)
        except ValueError as problem:
            self.code = MISUSE
            return Outcome(err=f"sh: syntax error: {problem}\n", code=MISUSE)
        out = err = ""
        for joint, words in steps:
            if self.exited:
                break
            if (joint == "&&" and self.code) or (joint == "||" and not self.code):
                continue
            outcome = self._command([self._expand(word) for word in words])
            out, err, self.code = out + outcome.out, err + outcome.err, outcome.code
        return Outcome(out, err, self.code)

    def resolve(self, path: str) -> str:
        """A path as an absolute one."""
        return posixpath.normpath(posixpath.join(self.cwd, path)).replace("//", "/")

    def _command(self, argv: list[str]) -> Outcome:
        if not argv[0]:
            return Outcome(code=self.code)
        name, equals, value = argv[0].partition("=")
        if equals and name.isidentifier() and len(argv) == 1:
            self.variables[name] = value
            return Outcome()
        if argv[0] in _BUILTINS:
            return _BUILTINS[argv[0]](self, argv[1:])
        return execute(self, argv) or Outcome(err=f"sh: {argv[0]}: not found\n", code=NOT_FOUND)

    def _expand(self, word: Sequence[tuple[str, bool]]) -> str:
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


def start(container: Container, argv: Sequence[str], now: str = "") -> tuple[Shell, Outcome | None]:
    """Start a command in a container; None as outcome means a shell that waits for input."""
    shell = Shell(container, now=now)
    if argv[0] in SHELLS:
        given = [index for index, word in enumerate(argv) if word.startswith("-") and word.endswith("c")]
        if not given:
            return shell, None
        if given[0] + 1 == len(argv):
            return shell, Outcome(err=f"{argv[0]}: -c requires an argument\n", code=MISUSE)
        return shell, shell.run(argv[given[0] + 1])
    outcome = execute(shell, argv)
    missing = f'exec failed: unable to start container process: exec: "{argv[0]}": executable file not found in $PATH'
    return shell, outcome or Outcome(err=f"OCI runtime {missing}: unknown\n", code=NOT_FOUND)


def execute(shell: Shell, argv: Sequence[str]) -> Outcome | None:
    """Run one program; None when there is none of that name."""
    if argv[0] in SHELLS:
        return start(shell.container, argv, shell.now)[1] or Outcome()
    program = _PROGRAMS.get(posixpath.basename(argv[0]))
    return None if program is None else program(shell, list(argv[1:]))


_Word = list[tuple[str, bool]]


def _parse(script: str) -> list[tuple[str, list[_Word]]]:
    """Commands as (what joins it to the one before, words); a word is pieces of (text, whether `$` counts in it).

    Raises:
        ValueError: A quote is left open, or something is used that this shell does not have.
    """
    steps: list[tuple[str, list[_Word]]] = []
    joint, words = ";", list[_Word]()
    for token in _tokens(script):
        if isinstance(token, list):
            words.append(token)
            continue
        if words:
            steps.append((joint, words))
        elif token in ("&&", "||"):
            raise ValueError(f'unexpected "{token}"')
        joint, words = token, []
    if words:
        steps.append((joint, words))
    return steps


def _tokens(script: str) -> list[str | _Word]:
    tokens: list[str | _Word] = []
    word: _Word = []
    at = 0
    while at < len(script):
        char, pair = script[at], script[at : at + 2]
        if char in " \t\n;" or pair in ("&&", "||"):
            tokens += [word] if word else []
            word = []
            if char not in " \t":
                tokens.append(pair if pair in ("&&", "||") else ";")
            at += 2 if pair in ("&&", "||") else 1
        elif char in "|&<>`(":
            raise ValueError(f'"{char}" is not simulated')
        elif char == "#" and not word:
            at = script.find("\n", at) if "\n" in script[at:] else len(script)
        else:
            piece, at = _piece(script, at)
            word.append(piece)
    return [*tokens, word] if word else tokens


def _piece(script: str, at: int) -> tuple[tuple[str, bool], int]:
    """The next piece of a word, and where the rest begins."""
    quote = script[at]
    if quote in "'\"":
        end = script.find(quote, at + 1)
        if end < 0:
            raise ValueError("unterminated quoted string")
        return (script[at + 1 : end], quote == '"'), end + 1
    if quote == "\\":
        return (script[at + 1 : at + 2], False), at + 2
    end = at
    while end < len(script) and script[end] not in " \t\n;&|<>`('\"\\":
        end += 1
    return (script[at:end], True), end


def _cd(shell: Shell, words: list[str]) -> Outcome:
    target = shell.resolve(words[0] if words else shell.variables.get("HOME", "/"))
    if target != "/" and shell.container.entries(target) is None:
        return Outcome(err=f"sh: cd: can't cd to {target}: No such file or directory\n", code=MISUSE)
    shell.cwd = shell.variables["PWD"] = target
    return Outcome()


def _exit(shell: Shell, words: list[str]) -> Outcome:
    if words and not words[0].isdecimal():
        return Outcome(err=f"sh: exit: Illegal number: {words[0]}\n", code=MISUSE)
    shell.exited = True
    return Outcome(code=int(words[0]) % 256 if words else shell.code)


def _export(shell: Shell, words: list[str]) -> Outcome:
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            shell.variables[name] = value
    return Outcome()


def _echo(shell: Shell, words: list[str]) -> Outcome:
    return Outcome(" ".join(words[1:])) if words[:1] == ["-n"] else Outcome(" ".join(words) + "\n")


def _env(shell: Shell, words: list[str]) -> Outcome:
    if words:
        found = [shell.variables[name] for name in words if name in shell.variables]
        return Outcome("".join(f"{value}\n" for value in found), code=0 if len(found) == len(words) else 1)
    return Outcome("".join(f"{name}={value}\n" for name, value in shell.variables.items()))


def _ls(shell: Shell, words: list[str]) -> Outcome:
    paths = [word for word in words if not word.startswith("-")] or ["."]
    hidden = any(word.startswith("-") and "a" in word for word in words)
    out = err = ""
    for path in paths:
        full = shell.resolve(path)
        names = [path] if full in shell.container.files else shell.container.entries(full)
        if names is None:
            err += f"ls: {path}: No such file or directory\n"
        else:
            out += "".join(f"{name}\n" for name in names if hidden or not name.startswith(".") or name == path)
    return Outcome(out, err, 1 if err else 0)


def _cat(shell: Shell, words: list[str]) -> Outcome:
    out = err = ""
    for path in words:
        full = shell.resolve(path)
        if full in shell.container.files:
            out += shell.container.files[full]
        else:
            why = "Is a directory" if shell.container.entries(full) else "No such file or directory"
            err += f"cat: {path}: {why}\n"
    return Outcome(out, err, 1 if err else 0)


def _uname(shell: Shell, words: list[str]) -> Outcome:
    return Outcome(f"Linux {shell.container.hostname} 6.8.0 x86_64 GNU/Linux\n" if words else "Linux\n")


def _stty(shell: Shell, words: list[str]) -> Outcome:
    return Outcome(f"{shell.size[1]} {shell.size[0]}\n" if words == ["size"] else "")


def _id(shell: Shell, words: list[str]) -> Outcome:
    return Outcome("0\n" if words == ["-u"] else "uid=0(root) gid=0(root) groups=0(root)\n")


_Command = Callable[[Shell, list[str]], Outcome]
_BUILTINS: dict[str, _Command] = {"cd": _cd, "exit": _exit, "export": _export}
_PROGRAMS: dict[str, _Command] = {
    "cat": _cat,
    "date": lambda shell, _: Outcome(f"{shell.now}\n"),
    "echo": _echo,
    "env": _env,
    "false": lambda *_: Outcome(code=1),
    "hostname": lambda shell, _: Outcome(f"{shell.container.hostname}\n"),
    "id": _id,
    "ls": _ls,
    "printenv": _env,
    "pwd": lambda shell, _: Outcome(f"{shell.cwd}\n"),
    "stty": _stty,
    "true": lambda *_: Outcome(),
    "uname": _uname,
    "whoami": lambda *_: Outcome("root\n"),
}
