"""The programs of a simulated container: the handful that people, and other programs, try first."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from mock_server.provider.container import LONGEST, Outcome

if TYPE_CHECKING:
    from mock_server.provider.shell import Shell

#: A program or a builtin of the shell: given its shell, its arguments and its input.
Program = Callable[["Shell", list[str], str], Outcome]


def _base64(shell: Shell, words: list[str], given: str) -> Outcome:
    text = _input(shell, _operands(words), given)
    if not any(word in ("-d", "-D", "--decode") for word in words):
        return Outcome(base64.encodebytes(text.encode()).decode())
    try:
        return Outcome(base64.b64decode("".join(text.split()), validate=True).decode(errors="replace"))
    except binascii.Error:
        return Outcome(err="base64: invalid input\n", code=1)


def _cat(shell: Shell, words: list[str], given: str) -> Outcome:
    out = err = ""
    for path in words or ["-"]:
        try:
            out += given if path == "-" else shell.files.read(shell.resolve(path))
        except OSError as problem:
            err += f"cat: {path}: {problem.strerror}\n"
        if len(out) > LONGEST:  # the same file may be named a thousand times
            break
    return _ended(out, err)


def _chmod(shell: Shell, words: list[str], _: str) -> Outcome:
    missing = [path for path in _operands(words)[1:] if not shell.files.exists(shell.resolve(path))]
    return _ended("", "".join(f"chmod: {path}: No such file or directory\n" for path in missing))


def _echo(shell: Shell, words: list[str], _: str) -> Outcome:
    return Outcome(" ".join(words[1:])) if words[:1] == ["-n"] else Outcome(" ".join(words) + "\n")


def _env(shell: Shell, words: list[str], _: str) -> Outcome:
    if words:
        found = [shell.variables[name] for name in words if name in shell.variables]
        return Outcome("".join(f"{value}\n" for value in found), code=0 if len(found) == len(words) else 1)
    return Outcome("".join(f"{name}={value}\n" for name, value in shell.variables.items()))


def _grep(shell: Shell, words: list[str], given: str) -> Outcome:
    """Lines with a plain text in them: no patterns here."""
    flags = _flags(words)
    fold = str.lower if "i" in flags else str
    wanted, *paths = _operands(words) or [""]
    lines = _input(shell, paths, given).splitlines()
    kept = [line for line in lines if (fold(wanted) in fold(line)) != ("v" in flags)]
    out = "" if "q" in flags else f"{len(kept)}\n" if "c" in flags else "".join(f"{line}\n" for line in kept)
    return Outcome(out, code=0 if kept else 1)


def _head(shell: Shell, words: list[str], given: str) -> Outcome:
    count, paths = _count(words)
    return Outcome("".join(_input(shell, paths, given).splitlines(keepends=True)[:count]))


def _tail(shell: Shell, words: list[str], given: str) -> Outcome:
    count, paths = _count(words)
    lines = _input(shell, paths, given).splitlines(keepends=True)
    return Outcome("".join(lines[max(len(lines) - count, 0) :]))


def _id(shell: Shell, words: list[str], _: str) -> Outcome:
    return Outcome("0\n" if words == ["-u"] else "uid=0(root) gid=0(root) groups=0(root)\n")


def _ls(shell: Shell, words: list[str], _: str) -> Outcome:
    hidden = "a" in _flags(words)
    out = err = ""
    for path in _operands(words) or ["."]:
        full = shell.resolve(path)
        names = [path] if shell.files.is_file(full) else shell.files.entries(full)
        if names is None:
            err += f"ls: {path}: No such file or directory\n"
        else:
            out += "".join(f"{name}\n" for name in names if hidden or not name.startswith(".") or name == path)
        if len(out) > LONGEST:
            break
    return _ended(out, err)


def _mkdir(shell: Shell, words: list[str], _: str) -> Outcome:
    err, files, parents = "", shell.files, "p" in _flags(words)
    for path in _operands(words):
        full = shell.resolve(path)
        if files.is_file(full) or (files.exists(full) and not parents):
            err += f"mkdir: can't create directory '{path}': File exists\n"
        elif not (parents or files.is_directory(posixpath.dirname(full))):
            err += f"mkdir: can't create directory '{path}': No such file or directory\n"
        else:
            files.make_directory(full)
    return _ended("", err)


def _printf(shell: Shell, words: list[str], _: str) -> Outcome:
    """`%s`, `%d`, `%%` and the escapes for new line and tab; the format repeats until nothing is left to put in."""
    if not words:
        return Outcome(err="printf: usage: printf FORMAT [ARGUMENT...]\n", code=2)
    out, left = "", words[1:]
    while not out or left:
        before = len(left)
        for part in re.split(r"(%[sd%]|\\[nt\\])", words[0]):
            if part in ("%s", "%d"):
                out += left.pop(0) if left else "" if part == "%s" else "0"
            else:
                out += {"%%": "%", "\\n": "\n", "\\t": "\t", "\\\\": "\\"}.get(part, part)
        if len(left) == before or len(out) > LONGEST:
            break
    return Outcome(out)


def _rm(shell: Shell, words: list[str], _: str) -> Outcome:
    err, files, flags = "", shell.files, _flags(words)
    for path in _operands(words):
        full = shell.resolve(path)
        if files.is_directory(full) and "r" not in flags.lower():
            err += f"rm: '{path}' is a directory\n"
        elif files.exists(full):
            files.remove(full)
        elif "f" not in flags:
            err += f"rm: can't remove '{path}': No such file or directory\n"
    return _ended("", err)


def _stty(shell: Shell, words: list[str], _: str) -> Outcome:
    return Outcome(f"{shell.size[1]} {shell.size[0]}\n" if words == ["size"] else "")


def _test(shell: Shell, words: list[str], _: str) -> Outcome:
    match words[:-1] if words[-1:] == ["]"] else words:
        case ["-e", path]:
            holds = shell.files.exists(shell.resolve(path))
        case ["-f", path]:
            holds = shell.files.is_file(shell.resolve(path))
        case ["-d", path]:
            holds = shell.files.is_directory(shell.resolve(path))
        case ["-n", text] | [text]:
            holds = bool(text)
        case ["-z", text]:
            holds = not text
        case [left, "=" | "==", right]:
            holds = left == right
        case [left, "!=", right]:
            holds = left != right
        case []:
            holds = False
        case _:
            return Outcome(err="test: this is not simulated\n", code=2)
    return Outcome(code=0 if holds else 1)


def _touch(shell: Shell, words: list[str], _: str) -> Outcome:
    err = ""
    for path in _operands(words):
        full = shell.resolve(path)
        try:
            if not shell.files.exists(full):
                shell.files.write(full, "")
        except OSError as problem:
            err += f"touch: {path}: {problem.strerror}\n"
    return _ended("", err)


def _uname(shell: Shell, words: list[str], _: str) -> Outcome:
    return Outcome(f"Linux {shell.container.hostname} 6.8.0 x86_64 GNU/Linux\n" if words else "Linux\n")


def _wc(shell: Shell, words: list[str], given: str) -> Outcome:
    text = _input(shell, _operands(words), given)
    counts = {"l": text.count("\n"), "w": len(text.split()), "c": len(text.encode())}
    flags = _flags(words) or "lwc"
    return Outcome(" ".join(str(count) for name, count in counts.items() if name in flags) + "\n")


def _ended(out: str, err: str) -> Outcome:
    """How a program ends: with 1 when it had something to complain about."""
    return Outcome(out, err, 1 if err else 0)


def _flags(words: list[str]) -> str:
    return "".join(word[1:] for word in words if word.startswith("-"))


def _operands(words: list[str]) -> list[str]:
    return [word for word in words if not word.startswith("-") or word == "-"]


def _input(shell: Shell, paths: list[str], given: str) -> str:
    """What a program reads: the files that it is told of, else its input."""
    return _cat(shell, paths, given).out


def _count(words: list[str]) -> tuple[int, list[str]]:
    """How many lines are asked for (`-n 3`, `-n3` or `-3`, else 10), and the paths."""
    numbers = [word.lstrip("-n") for word in words if word.lstrip("-n").isdecimal()]
    return int(numbers[0][:9]) if numbers else 10, [word for word in _operands(words) if not word.isdecimal()]


PROGRAMS: dict[str, Program] = {
    "[": _test,
    "base64": _base64,
    "cat": _cat,
    "chmod": _chmod,
    "date": lambda shell, *_: Outcome(f"{shell.now}\n"),
    "echo": _echo,
    "env": _env,
    "false": lambda *_: Outcome(code=1),
    "grep": _grep,
    "head": _head,
    "hostname": lambda shell, *_: Outcome(f"{shell.container.hostname}\n"),
    "id": _id,
    "ls": _ls,
    "mkdir": _mkdir,
    "printenv": _env,
    "printf": _printf,
    "pwd": lambda shell, *_: Outcome(f"{shell.cwd}\n"),
    "rm": _rm,
    "sleep": lambda *_: Outcome(),  # time passes by the mock's clock only
    "stty": _stty,
    "tail": _tail,
    "test": _test,
    "touch": _touch,
    "true": lambda *_: Outcome(),
    "uname": _uname,
    "wc": _wc,
    "whoami": lambda *_: Outcome("root\n"),
}
