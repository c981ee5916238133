"""`akash-nb sdl`: check SDL files, start one, compare two, and see the manifest of one."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from akash_nb.errors import InvalidInputError
from akash_nb.money import PriceModel, format_usd
from akash_nb.units import counted, format_bytes, format_cpu

if TYPE_CHECKING:  # the engine is loaded when a command runs, not for `akash-nb --help`
    from akash_nb.sdl import Change, Compiled, Diff, GroupResources

STDIN = "-"
#: More issues of one file are counted, not shown.
MAX_SHOWN = 50
_GREEN, _RED, _YELLOW, _RESET = "\033[32m", "\033[31m", "\033[33m", "\033[0m"
_TONES = {"added": _GREEN, "removed": _RED, "changed": _YELLOW}


class _UnusableFileError(Exception):
    """A file that cannot be read or written; the text says which and why."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `sdl` and its commands to the program's."""
    parser = commands.add_parser("sdl", help="check SDL files, start one, compare two, print a manifest")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    check = verbs.add_parser(
        "check",
        help="errors and warnings with their lines; what is asked for and what it costs at most",
        description="Exit code: 0 no errors, 1 errors, 2 a file cannot be read. NO_COLOR switches colours off.",
    )
    check.add_argument("files", nargs="+", metavar="FILE", help="SDL files; - is the standard input")
    check.add_argument("--json", action="store_true", help="a list of {file, ok, errors, warnings} in place of text")
    check.set_defaults(run=_guarded(_check))

    init = verbs.add_parser("init", help="a commented SDL to start from; without SCAFFOLD: which there are")
    init.add_argument("scaffold", nargs="?", metavar="SCAFFOLD", help="such as web")
    init.add_argument("--output", type=Path, metavar="FILE", help="write there, but never over a file that exists")
    init.set_defaults(run=_guarded(_init))

    diff = verbs.add_parser(
        "diff",
        help="what differs, and whether a running deployment can take it over",
        description="Exit code: 0 no differences, 1 differences, 2 a file has errors or cannot be read.",
    )
    diff.add_argument("old", metavar="A", help="the old SDL, such as the one that runs; - is the standard input")
    diff.add_argument("new", metavar="B", help="the new SDL")
    diff.set_defaults(run=_guarded(_diff))

    manifest = verbs.add_parser(
        "manifest", help="the manifest as providers get it, and its version hash (on the standard error)"
    )
    manifest.add_argument("file", metavar="FILE", help="an SDL file; - is the standard input")
    manifest.add_argument("--version-only", action="store_true", help="only the version hash, on the standard output")
    manifest.set_defaults(run=_guarded(_manifest))


def _guarded(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The command; a file that it cannot use ends it with 2."""

    def run(options: argparse.Namespace) -> int:
        try:
            return command(options)
        except _UnusableFileError as problem:
            _tell(f"akash-nb: {problem}", sys.stderr)
            return 2

    return run


def _check(options: argparse.Namespace) -> int:
    code, checked = 0, []
    for file in options.files:
        try:
            compiled = _compiled(file)
        except _UnusableFileError as problem:
            _tell(f"akash-nb: {problem}", sys.stderr)
            code = 2
            continue
        checked.append(_as_json(file, compiled))
        code = max(code, 0 if compiled.ok else 1)
        if not options.json:
            _tell(_report(file, compiled, _has_colors(sys.stdout)), sys.stdout)
    if options.json:
        _tell(json.dumps(checked, indent=2), sys.stdout)
    return code


def _as_json(file: str, compiled: Compiled) -> dict[str, object]:
    return {
        "file": file,
        "ok": compiled.ok,
        "errors": [issue.to_dict() for issue in compiled.errors],
        "warnings": [issue.to_dict() for issue in compiled.warnings],
    }


def _report(file: str, compiled: Compiled, color: bool) -> str:
    """What there is to say about one file: its issues, and for a valid one what it asks for."""
    from akash_nb.sdl import render

    issues = (*compiled.errors, *compiled.warnings)
    counts = [counted(len(compiled.errors), "error")] if compiled.errors else []
    counts += [counted(len(compiled.warnings), "warning")] if compiled.warnings else []
    verdict = _painted("ok", _GREEN, color) if compiled.ok else _painted("not valid", _RED, color)
    head = f"{_name(file)}: {', '.join([verdict, *counts])}"
    blocks = [f"{head}\n  {_summary(compiled)}" if compiled.ok else head]
    if issues:
        blocks.append(render(issues[:MAX_SHOWN], compiled.text, color=color))
    if len(issues) > MAX_SHOWN:
        blocks.append(f"… and {counted(len(issues) - MAX_SHOWN, 'issue')} more")
    return "\n\n".join(blocks) + "\n"


def _summary(compiled: Compiled) -> str:
    """What all groups of a valid SDL ask for and cost at most, on one line."""
    from akash_nb.sdl import resources

    groups = resources(compiled)
    sizes = [
        counted(sum(group.replicas for group in groups), "replica"),
        format_cpu(sum(group.cpu_millicores for group in groups)),
        f"{format_bytes(sum(group.memory_bytes for group in groups))} memory",
        f"{format_bytes(sum(group.ephemeral_bytes for group in groups))} storage",
    ]
    if persistent := sum(group.persistent_bytes for group in groups):
        sizes.append(f"{format_bytes(persistent)} persistent")
    if gpus := sum(group.gpus for group in groups):
        models = dict.fromkeys(model for group in groups for model in group.gpu_models)
        sizes.append(f"{counted(gpus, 'GPU')} ({', '.join(models)})")
    in_groups = f" in {counted(len(groups), 'group')}" if len(groups) > 1 else ""
    return f"{', '.join(sizes)}{in_groups}; {_ceiling(groups, PriceModel())}"


def _ceiling(groups: tuple[GroupResources, ...], model: PriceModel) -> str:
    hours = [group.usd_per_hour(model) for group in groups]
    months = [group.usd_per_month(model) for group in groups]
    if None in hours or None in months:  # AKT has no fixed value in dollars
        coins = ", ".join(str(coin) for group in groups for coin in group.max_price)
        return f"at most {coins} per block"
    hour, month = (sum((value or Decimal(0) for value in values), Decimal(0)) for values in (hours, months))
    return f"at most {format_usd(hour)}/h, {format_usd(month)}/month ({model})"


def _init(options: argparse.Namespace) -> int:
    from akash_nb.sdl import SCAFFOLDS, scaffold

    if options.scaffold is None:
        width = max(map(len, SCAFFOLDS))
        _tell("\n".join(f"{name:<{width}}  {purpose}" for name, purpose in SCAFFOLDS.items()), sys.stdout)
        return 0
    try:
        text = scaffold(options.scaffold)
    except InvalidInputError as error:
        _tell(f"akash-nb: {error}", sys.stderr)
        return 2
    if options.output is None:
        _tell(text.removesuffix("\n"), sys.stdout)
        return 0
    try:
        with options.output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        _tell(f"akash-nb: {options.output} exists already; it was not changed.", sys.stderr)
        return 1
    except OSError as error:
        raise _UnusableFileError(f"{options.output}: {error.strerror or error}") from None
    _tell(f"{options.output} written; `akash-nb sdl check {options.output}` checks it.", sys.stderr)
    return 0


def _diff(options: argparse.Namespace) -> int:
    from akash_nb.sdl import diff

    if options.old == options.new == STDIN:
        raise _UnusableFileError("The standard input can be one of the two files, not both.")
    pair = [_compiled(file) for file in (options.old, options.new)]
    for file, compiled in zip((options.old, options.new), pair, strict=True):
        if not compiled.ok:
            _tell(_report(file, compiled, _has_colors(sys.stderr)), sys.stderr)
    if not all(compiled.ok for compiled in pair):
        return 2
    found = diff(*pair)
    _tell("\n".join(_lines(found, _has_colors(sys.stdout))), sys.stdout)
    return 1 if found else 0


def _lines(found: Diff, color: bool) -> Iterator[str]:
    """`str(found)`, in colours."""

    def line(change: Change) -> str:
        return _painted(found.line(change), _TONES[change.kind], color)

    if not found or not color:
        yield str(found)
    else:
        yield from map(line, found.changes)
        yield found.verdict


def _manifest(options: argparse.Namespace) -> int:
    compiled = _compiled(options.file)
    if not compiled.ok:
        _tell(_report(options.file, compiled, _has_colors(sys.stderr)), sys.stderr)
        return 1
    if options.version_only:
        _tell(compiled.version, sys.stdout)
        return 0
    sys.stdout.buffer.write(compiled.manifest.encode() + b"\n")  # exactly these bytes, whatever the terminal's encoding
    sys.stdout.buffer.flush()
    _tell(compiled.version, sys.stderr)
    return 0


def _compiled(file: str) -> Compiled:
    from akash_nb.sdl import compile as compile_sdl

    try:
        return compile_sdl(sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes())
    except OSError as error:
        raise _UnusableFileError(f"{_name(file)} cannot be read: {error.strerror or error}") from None


def _name(file: str) -> str:
    return "standard input" if file == STDIN else file


def _has_colors(out: TextIO) -> bool:
    """On a terminal, unless the reader wants none (https://no-color.org)."""
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _painted(text: str, tone: str, color: bool) -> str:
    return f"{tone}{text}{_RESET}" if color else text


def _tell(text: str, out: TextIO) -> None:
    """Write a line; what the terminal's encoding lacks becomes a question mark."""
    encoding = out.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), file=out, flush=True)
