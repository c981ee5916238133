"""The bundled scripts: what they are made from, and what is said about other people's code in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from akash_nb.widgets.js import build_hook


def test_the_bundled_scripts_are_those_of_the_sources() -> None:
    assert build_hook.is_current(), "the sources in akash_nb/widgets/js have changed: run `pip install -e .` again"


def test_a_change_of_any_source_makes_the_bundle_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "base.js"
    shared.write_text(build_hook.SHARED.read_text())
    monkeypatch.setattr(build_hook, "SHARED", shared)
    assert build_hook.is_current()
    shared.write_text("// changed")

    assert not build_hook.is_current()


def test_node_is_asked_for_only_where_the_bundle_is_old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hook = object.__new__(build_hook.WidgetsBuildHook)
    assert hook.dependencies() == []
    monkeypatch.setattr(build_hook, "BUILT", tmp_path)

    assert hook.dependencies() == [build_hook.NODE]


def test_every_package_in_the_bundle_has_its_licence_beside_it() -> None:
    texts = (build_hook.BUILT / "LICENSES.txt").read_text(encoding="utf-8")
    wanted = json.loads((build_hook.SOURCES / "package.json").read_text())["dependencies"]

    assert all(f"{name} {version} (MIT)" in texts for name, version in wanted.items())
    assert texts.count("Permission is hereby granted") == texts.count("(MIT)")


def test_the_lockfile_names_no_host() -> None:
    assert "://" not in "".join(
        line
        for line in (build_hook.SOURCES / "package-lock.json").read_text().splitlines(True)
        if "funding" not in line
    )
