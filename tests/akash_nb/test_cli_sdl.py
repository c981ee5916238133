"""`akash-nb sdl`: what goes to which stream, and the exit codes that scripts rely on."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from akash_nb import cli, sdl
from akash_nb.sdl import SCAFFOLDS, scaffold

WEB = scaffold("web")
BAD = WEB.replace("image:", "imagine:")
File = Callable[..., str]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path) -> File:
    """The path of a new file with some text."""

    def write(text: str | bytes = WEB, name: str = "deploy.yaml") -> str:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(tmp_path / name)

    return write


class Terminal(io.StringIO):
    """A terminal in place of the standard output; no fixture, as pytest takes that one back before the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        monkeypatch.setattr("sys.stdout", self)
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("TERM", "xterm")

    def isatty(self) -> bool:
        return True


def piped(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))


def test_a_valid_file_is_summed_up_with_its_ceiling_and_how_that_was_converted(file: File, capsys: Capture) -> None:
    assert cli.main(["sdl", "check", file()]) == 0
    out = capsys.readouterr().out
    assert out == (
        f"{file()}: ok\n"
        "  1 replica, 0.5 CPU, 512 MiB memory, 1 GiB storage; "
        "at most $0.118/h, $86.25/month (6.098 s per block, 30.437 days per month)\n\n"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gpu", "1 GPU (rtx4090, a100, h100)"),
        ("persistent-storage", "10 GiB persistent"),
        ("multi-service", "2 replicas, 2 CPU"),
    ],
)
def test_the_summary_names_what_costs_most(name: str, words: str, file: File, capsys: Capture) -> None:
    cli.main(["sdl", "check", file(scaffold(name))])
    assert words in capsys.readouterr().out


def test_a_ceiling_in_akt_stays_in_akt(file: File, capsys: Capture) -> None:
    """AKT has no fixed value in dollars."""
    assert cli.main(["sdl", "check", file(WEB.replace("denom: uact", "denom: uakt"))]) == 0
    assert "at most 200 uakt per block\n" in capsys.readouterr().out


def test_several_groups_are_added_up(file: File, capsys: Capture) -> None:
    two = scaffold("multi-service").replace("  db:\n    anywhere:\n", "  db:\n    other:\n")
    two = two.replace("deployment:", "    other: {pricing: {db: {denom: uact, amount: 300}}}\n\ndeployment:")
    assert cli.main(["sdl", "check", file(two)]) == 0
    assert "in 2 groups; at most $0.354/h" in capsys.readouterr().out


def test_errors_are_shown_with_their_lines_and_exit_with_1(file: File, capsys: Capture) -> None:
    assert cli.main(["sdl", "check", file(BAD), file(name="good.yaml")]) == 1
    out = capsys.readouterr().out
    assert f"{file(BAD)}: not valid, 2 errors\n" in out
    assert "  --> line 7, column 5, at /services/web\n7 |     imagine: nginx:1.27.4\n" in out
    assert "hint: did you mean `image`?" in out
    assert "good.yaml: ok\n" in out


def test_warnings_are_no_errors(file: File, capsys: Capture) -> None:
    assert cli.main(["sdl", "check", file(WEB.replace(":1.27.4", ""))]) == 0
    assert "ok, 1 warning" in capsys.readouterr().out


def test_only_the_first_of_very_many_issues_are_shown(file: File, capsys: Capture) -> None:
    cli.main(["sdl", "check", file("services: {" + ", ".join(f"s{n}: 1" for n in range(100)) + "}")])
    assert capsys.readouterr().out.endswith("… and 53 issues more\n\n")


@pytest.mark.parametrize("code", [0, 1])
def test_the_standard_input_is_read_too(code: int, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    piped(monkeypatch, (WEB, BAD)[code].encode())
    assert cli.main(["sdl", "check", "-"]) == code
    assert capsys.readouterr().out.startswith("standard input: ")


def test_a_file_that_cannot_be_read_exits_with_2_and_the_others_are_checked(file: File, capsys: Capture) -> None:
    assert cli.main(["sdl", "check", "nowhere.yaml", str(Path(file()).parent), file()]) == 2
    said = capsys.readouterr()
    assert said.err.count("cannot be read") == 2
    assert "nowhere.yaml cannot be read: No such file" in said.err
    assert ": ok" in said.out


def test_json_has_the_fields_of_every_issue_and_nothing_else_is_printed(file: File, capsys: Capture) -> None:
    warned = file(WEB.replace(":1.27.4", ""), "warned.yaml")
    assert cli.main(["sdl", "check", "--json", file(BAD), "nowhere.yaml", warned]) == 2
    bad, good = json.loads(capsys.readouterr().out)
    compiled = sdl.compile(BAD)
    assert bad == {
        "file": file(BAD),
        "ok": False,
        "errors": [issue.to_dict() for issue in compiled.errors],
        "warnings": [],
    }
    places = ["line", "column", "end_line", "end_column"]
    assert [*bad["errors"][0]] == ["message", "path", "layer", *places, "hint", "crashes"]
    assert (good["file"], good["ok"], good["errors"], len(good["warnings"])) == (warned, True, [], 1)


@pytest.mark.parametrize("text", [b"\xff\xfe", b"", b"a: [", b"\0", "é: \u202e\x07".encode()])
def test_no_content_of_a_file_makes_it_fail(text: bytes, file: File, capsys: Capture) -> None:
    assert cli.main(["sdl", "check", file(text)]) == 1
    assert cli.main(["sdl", "check", "--json", file(text)]) == 1
    assert cli.main(["sdl", "manifest", file(text)]) == 1
    assert cli.main(["sdl", "diff", file(), file(text, "b.yaml")]) == 2


def test_a_terminal_gets_colours(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch)
    cli.main(["sdl", "check", file(BAD), file(WEB, "good.yaml")])
    out = terminal.getvalue()
    assert "\033[31mnot valid\033[0m" in out
    assert "\033[31merror\033[0m" in out
    assert "\033[32mok\033[0m" in out


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_switched_off(file: File, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    terminal = Terminal(monkeypatch)
    monkeypatch.setenv(name, value)
    cli.main(["sdl", "check", file(BAD)])
    cli.main(["sdl", "diff", file(), file(WEB.replace("200", "300"), "b.yaml")])
    assert "\033" not in terminal.getvalue()


def test_a_pipe_gets_no_colours(file: File, capsys: Capture) -> None:
    cli.main(["sdl", "check", file(BAD)])
    assert "\033" not in capsys.readouterr().out


@pytest.mark.parametrize("name", SCAFFOLDS)
def test_init_prints_a_scaffold(name: str, capsys: Capture) -> None:
    assert cli.main(["sdl", "init", name]) == 0
    assert capsys.readouterr().out == scaffold(name)


def test_init_without_a_name_lists_the_scaffolds(capsys: Capture) -> None:
    assert cli.main(["sdl", "init"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(SCAFFOLDS)


def test_init_of_an_unknown_scaffold_is_wrong_usage(capsys: Capture) -> None:
    assert cli.main(["sdl", "init", "wep"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "web, gpu, multi-service" in said.err


def test_init_writes_a_file_but_never_over_one(tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "mine.yaml"
    assert cli.main(["sdl", "init", "web", "--output", str(target)]) == 0
    assert target.read_text() == WEB
    target.write_text("my notes")
    assert cli.main(["sdl", "init", "gpu", "--output", str(target)]) == 1
    assert target.read_text() == "my notes"
    said = capsys.readouterr()
    assert said.out == ""
    assert "exists already; it was not changed" in said.err


def test_init_into_a_folder_that_is_not_there_says_so(tmp_path: Path, capsys: Capture) -> None:
    assert cli.main(["sdl", "init", "web", "--output", str(tmp_path / "no" / "mine.yaml")]) == 2
    assert "No such file or directory" in capsys.readouterr().err


def test_diff_exits_with_0_for_the_same_and_1_for_others(file: File, capsys: Capture) -> None:
    assert cli.main(["sdl", "diff", file(), file("# mine\n" + WEB, "b.yaml")]) == 0
    assert capsys.readouterr().out == "no differences\n"
    changed = WEB.replace("nginx:1.27.4", "nginx:1.28")
    assert cli.main(["sdl", "diff", file(), file(changed, "b.yaml")]) == 1
    assert capsys.readouterr().out == f"{sdl.diff(WEB, changed)}\n"


def test_diff_on_a_terminal_has_a_colour_for_each_kind(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch)
    changed = WEB.replace("nginx:1.27.4", "nginx:1.28").replace("        as: 80 # outside", "        # as: 80")
    cli.main(["sdl", "diff", file(), file(changed.replace("units: 0.5", "units: 0.5\n        gpu: {}"), "b.yaml")])
    out = terminal.getvalue()
    assert [line[:7] for line in out.splitlines()[:-1]] == ["\033[33m~ ", "\033[31m- ", "\033[32m+ "]
    assert out.endswith("3 changes: in place\n")


def test_diff_with_a_wrong_or_missing_file_exits_with_2(
    file: File, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["sdl", "diff", file(), file(BAD, "bad.yaml")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "bad.yaml: not valid, 2 errors" in said.err
    assert cli.main(["sdl", "diff", "nowhere.yaml", file()]) == 2
    piped(monkeypatch, WEB.encode())
    assert cli.main(["sdl", "diff", "-", "-"]) == 2
    assert "not both" in capsys.readouterr().err


def test_diff_reads_one_side_from_the_standard_input(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, WEB.encode())
    assert cli.main(["sdl", "diff", "-", file()]) == 0


def test_manifest_is_the_text_that_is_hashed_and_the_hash_is_apart(file: File, capsys: Capture) -> None:
    compiled = sdl.compile(WEB)
    assert cli.main(["sdl", "manifest", file()]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == (f"{compiled.manifest}\n", f"{compiled.version}\n")


def test_manifest_can_print_the_hash_alone(file: File, capsys: Capture) -> None:
    assert cli.main(["sdl", "manifest", "--version-only", file()]) == 0
    assert capsys.readouterr().out == f"{sdl.compile(WEB).version}\n"


def test_manifest_of_a_wrong_file_shows_the_errors_apart_and_exits_with_1(file: File, capsys: Capture) -> None:
    assert cli.main(["sdl", "manifest", file(BAD)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "not valid, 2 errors" in said.err


@pytest.mark.parametrize("words", [[], ["check"], ["fly"], ["diff", "one.yaml"], ["manifest"]])
def test_wrong_usage_exits_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["sdl", *words])

    assert caught.value.code == 2


def run(code: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, timeout=60, **options)


MAIN = "import sys, akash_nb.cli as cli; sys.exit(cli.main(sys.argv[1:]))"


def test_the_manifest_is_the_same_bytes_in_every_locale(file: File) -> None:
    path = file(WEB.replace("    expose:", "    env: [GREETING=grüß]\n    expose:"))
    done = run(MAIN, "sdl", "manifest", path, env={"PYTHONIOENCODING": "ascii"})
    assert done.stdout == sdl.compile(Path(path).read_text()).manifest.encode() + b"\n"


def test_text_for_people_is_printed_whatever_the_encoding(file: File) -> None:
    path = file(WEB.replace("count: 1", 'count: "grüß"'))
    done = run(MAIN, "sdl", "check", path, env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (1, b"")
    assert b'count: "gr??"' in done.stdout


def test_the_commands_load_nothing_heavy(file: File) -> None:
    heavy = ["pandas", "httpx", "ipywidgets", "mock_server", "cryptography"]
    code = f"import sys, akash_nb.cli as cli; cli.main(sys.argv[1:]); print([m for m in {heavy} if m in sys.modules])"
    assert run(code, "sdl", "check", file()).stdout.splitlines()[-1].strip() == b"[]"


def test_help_does_not_even_load_the_engine() -> None:
    code = "import sys, akash_nb.cli as cli; cli._parser(); print('yaml' in sys.modules)"
    assert run(code).stdout.strip() == b"False"
