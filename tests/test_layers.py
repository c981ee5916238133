"""Imports run one way: leaves → models, sdl → client → flows, policy → frames, session → widgets."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: A module may import from its own layer and from those above it in this list, at module level.
LAYERS = [
    {"errors", "money", "units", "ids", "shown", "pareto", "tags"},
    {"models", "sdl"},
    {"client"},
    {
        "bids",
        "certificates",
        "journal",
        "policy",
        "runway",
        "engine",
        "observable",
        "progress",
        "receipt",
        "relax",
        "explanation",
    }
    | {"estimate", "plan", "sweep", "budgets", "purse", "streams", "burn_down"},
    {"flows"},
    {"frames", "charts"},
    {"tables", "prospects", "workload"},
    {"deployment", "standing", "session", "curfew"},
    {"in_process"},
    {"connection", "widgets"},
    {"demo", "cli", "cli_sdl", "app"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

#: What the mock may share with the toolkit, so that it cannot share the client's mistakes.
SHARED_WITH_MOCK = {"money", "units", "ids", "sdl"}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(tree: ast.Module, *, lazy_too: bool) -> Iterator[str]:
    """Dotted names that a module imports, without those that are for type checkers only."""
    nodes = ast.walk(tree) if lazy_too else iter(tree.body)
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in nodes:
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(path: Path) -> str:
    relative = path.relative_to(ROOT / "akash_nb")
    return relative.parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules("akash_nb"), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_from_its_own_layer_and_those_above(path: Path) -> None:
    own = room(path)
    if own == "__init__":
        return
    found = {
        name.split(".")[1]
        for name in imports(ast.parse(path.read_text()), lazy_too=False)
        if name.startswith("akash_nb.")
    }
    below = {name for name in found if name in RANK and RANK[name] > RANK[own]}

    assert not below


@pytest.mark.parametrize("path", modules("akash_nb"), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_connection_and_the_demo_reach_for_the_mock_and_only_lazily(path: Path) -> None:
    tree = ast.parse(path.read_text())
    at_import = [name for name in imports(tree, lazy_too=False) if name.startswith("mock_server")]
    ever = [name for name in imports(tree, lazy_too=True) if name.startswith("mock_server")]

    assert not at_import
    assert not ever or room(path) in {"connection", "demo"}


@pytest.mark.parametrize("path", modules("mock_server"), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_mock_shares_only_leaves_and_the_sdl_engine_with_the_toolkit(path: Path) -> None:
    found = {n.split(".")[1] for n in imports(ast.parse(path.read_text()), lazy_too=True) if n.startswith("akash_nb.")}

    assert found <= SHARED_WITH_MOCK


def test_every_room_of_the_toolkit_has_a_layer() -> None:
    rooms = {room(path) for path in modules("akash_nb")} - {"__init__"}

    assert rooms <= RANK.keys()
