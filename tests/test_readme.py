"""What the README promises: its example runs, its commands are the ones that are tested, its picture is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from akash_nb.demo import WEB_SDL

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_examples_run_as_they_stand_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deploy.yaml").write_text(WEB_SDL)
    examples = "\n".join(blocks("python"))
    done = subprocess.run([sys.executable, "-c", examples], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "http://" in done.stdout
    assert "MOCK receipt" in done.stdout


def test_the_test_command_is_the_one_that_ci_runs() -> None:
    (command,) = (block.strip() for block in blocks("sh") if "pytest" in block)
    ci = (ROOT / ".ci" / "run").read_text()

    assert command in ci


def test_the_commands_install_extras_that_exist() -> None:
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(re.findall(r'"\.\[(\w+)\]"', README)) <= extras.keys()


def test_every_picture_is_there() -> None:
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", README)

    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)


def test_every_environment_variable_it_names_is_one_that_is_read() -> None:
    from akash_nb import connection

    known = {value for name, value in vars(connection).items() if name.endswith("_VARIABLE")}
    assert set(re.findall(r"AKASH_\w+", README)) <= known
