"""The commands: what they print, what they return, and that the lesson opens on the mock."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from akash_nb import cli, demo
from akash_nb.errors import NoBidsError

CORPUS = Path(__file__).parents[2].parent / "shared" / "sdl" / "corpus"


@pytest.mark.parametrize("dialect", ["live", "guide"])
def test_the_demo_makes_the_whole_journey(dialect: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", "--instant", "--dialect", dialect]) == 0

    out = capsys.readouterr().out
    steps = ["certificate", "deployment", "bids", "lease", "service", "uri", "add funds", "update", "close"]
    places = [out.index(f"\n  {step} ") for step in steps]
    assert places == sorted(places)
    assert "http://" in out
    assert "MOCK receipt" in out


def test_the_demo_takes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "my.yaml").write_text(demo.WEB_SDL.replace("web", "shop"))

    assert cli.main(["demo", "--instant", "--sdl", str(tmp_path / "my.yaml")]) == 0
    assert "shop 1/1 ready" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--sdl", "nowhere.yaml"], "nowhere.yaml", id="no file"),
        pytest.param(["--deposit", "0.1"], "smallest amount", id="too small"),
        pytest.param(["--deposit", "lots"], "no amount", id="no amount"),
    ],
)
def test_a_demo_that_cannot_start_says_why_and_exits_1(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["demo", "--instant", *arguments]) == 1
    assert words in capsys.readouterr().err


def test_a_demo_without_bids_closes_what_it_opened_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_text(demo.WEB_SDL.replace("512Mi", "2Ti"))
    out = io.StringIO()
    with pytest.raises(NoBidsError):
        demo.run(sdl=tmp_path / "big.yaml", deposit_usd="5", dialect="live", seed=7, instant=True, out=out)

    assert "returned  $5.00" in out.getvalue()


@pytest.mark.parametrize("word", [[], ["fly"], ["demo", "--dialect", "klingon"]])
def test_wrong_usage_exits_2(word: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(word)

    assert caught.value.code == 2


def interrupted(*_: object, **__: object) -> int:
    raise KeyboardInterrupt


def test_an_interrupted_demo_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo.Deployment, "lease", interrupted)

    assert cli.main(["demo", "--instant"]) == 130
    said = capsys.readouterr()
    assert "MOCK receipt" in said.out
    assert said.err == "\nakash-nb: interrupted.\n"


def test_an_interrupted_lab_says_how_to_find_what_is_open(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("akash_nb.cli._until_it_ends", interrupted)

    assert cli.main(["lab"]) == 130
    assert "session.resume()" in capsys.readouterr().err


#: A lab whose server only waits, and that says who it is once it is waited for.
LAB = """
import subprocess, sys
import akash_nb.cli as cli

def told(self, *arguments):
    print(self.pid, flush=True)
    return wait(self, *arguments)

wait, subprocess.Popen.wait = subprocess.Popen.wait, told
sys.exit(cli._serve("JupyterLab", ["http.server", "0"], is_live=False))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="ended otherwise there")
def test_a_lab_that_is_told_to_end_ends_its_server() -> None:
    lab = subprocess.Popen([sys.executable, "-c", LAB], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert lab.stdout is not None
    server = int(lab.stdout.readline())
    lab.terminate()
    _, said = lab.communicate(timeout=60)

    assert (lab.returncode, "session.resume()" in said) == (130, True)
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


def test_a_reader_that_has_enough_ends_the_demo_quietly() -> None:
    script = "import sys, akash_nb.cli as cli; sys.exit(cli.main(['demo', '--instant']))"
    demo = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert demo.stdout is not None
    demo.stdout.close()
    _, said = demo.communicate(timeout=60)

    assert (demo.returncode, said) == (1, b"")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `lab` or `app` would have started."""
    seen: dict[str, Any] = {}

    def started(command: list[str], env: dict[str, str]) -> int:
        seen.update(command=command, env=env)
        return 0

    monkeypatch.setattr("akash_nb.cli._until_it_ends", started)
    monkeypatch.setenv("AKASH_API_KEY", "ac.sk.test.secret")
    return seen


def test_the_lab_opens_the_first_lesson_on_the_mock_whatever_the_shell_has_set(started: dict[str, Any]) -> None:
    assert cli.main(["lab", "--", "--no-browser"]) == 0

    python, *command = started["command"]
    assert python == sys.executable
    assert command[:3] == ["-m", "jupyter", "lab"]
    folder, address = (option.partition("=")[2] for option in command[3:5])
    assert address == "/lab/tree/01-first-deployment.ipynb"
    assert (Path(folder) / "01-first-deployment.ipynb").is_file()
    assert command[-1] == "--no-browser"
    assert "AKASH_API_KEY" not in started["env"]


@pytest.mark.parametrize(("user", "options"), [(0, ["--allow-root"]), (1000, [])])
def test_the_lab_starts_for_root_too(
    started: dict[str, Any], monkeypatch: pytest.MonkeyPatch, user: int, options: list[str]
) -> None:
    monkeypatch.setattr("akash_nb.cli.os.geteuid", lambda: user)
    cli.main(["lab"])

    assert started["command"][6:] == options


def test_the_lab_goes_live_only_when_told(started: dict[str, Any]) -> None:
    cli.main(["lab", "--live"])

    assert started["env"]["AKASH_API_KEY"] == "ac.sk.test.secret"


def test_the_app_serves_the_studio_on_the_mock_whatever_the_shell_has_set(started: dict[str, Any]) -> None:
    assert cli.main(["app", "--", "--no-browser"]) == 0

    assert started["command"] == [sys.executable, "-m", "akash_nb.app", "--no-browser"]
    assert "AKASH_API_KEY" not in started["env"]


def test_the_app_goes_live_only_when_told(started: dict[str, Any]) -> None:
    cli.main(["app", "--live"])

    assert started["env"]["AKASH_API_KEY"] == "ac.sk.test.secret"


def test_the_app_without_voila_says_what_to_install(
    started: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("akash_nb.cli.find_spec", lambda name: None)

    assert cli.main(["app"]) == 1
    assert "pip install 'akash-nb[app]'" in capsys.readouterr().err
    assert not started


def test_installed_lessons_are_copied_once_and_never_overwritten(tmp_path: Path) -> None:
    source, target = tmp_path / "lessons", tmp_path / "mine"
    (source / "images").mkdir(parents=True)
    (source / "01.ipynb").write_text("new")
    (source / "images" / "studio.png").write_bytes(b"a picture")
    cli._copied(source, target)
    (target / "01.ipynb").write_text("my notes")
    cli._copied(source, target)

    assert (target / "01.ipynb").read_text() == "my notes"
    assert (target / "images" / "studio.png").read_bytes() == b"a picture"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared SDL corpus is not here")
def test_real_sdl_files_find_a_provider_on_the_mock_or_a_reason_why_not() -> None:
    """Every file that the reference accepts; a market has no provider for some, and then the cause is named."""
    without: dict[str, NoBidsError] = {}
    valid = [
        path
        for path in sorted(CORPUS.glob("*.y*ml"))
        if json.loads(path.with_name(path.name + ".expected.json").read_text())["ok"]
    ][::4]
    for path in valid:
        try:
            demo.run(sdl=path, deposit_usd="5", dialect="live", seed=7, instant=True, out=io.StringIO())
        except NoBidsError as error:
            without[path.name] = error

    assert [name for name, e in without.items() if not any(f.verdict == "cause" for f in e.findings)] == []
    assert len(without) <= len(valid) * 0.1, list(without)
