"""The public names, and what importing them costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import akash_nb
import mock_server

HEAVY = ["pandas", "ipywidgets", "fastapi", "respx", "httpx", "cryptography", "yaml", "mock_server", "traitlets"]


def test_every_public_name_can_be_loaded() -> None:
    assert all(getattr(akash_nb, name) is not None for name in akash_nb.__all__)


def test_the_public_names_are_sorted_and_listed_by_dir() -> None:
    assert akash_nb.__all__ == sorted(akash_nb.__all__) == dir(akash_nb)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'deplyo'"):
        akash_nb.deplyo  # noqa: B018  the access is the test


def test_the_mock_loads_its_names_when_they_are_used() -> None:
    assert all(getattr(mock_server, name) is not None for name in mock_server.__all__)
    assert dir(mock_server) == sorted(mock_server.__all__)
    with pytest.raises(AttributeError, match="no attribute 'MokConsole'"):
        mock_server.MokConsole  # noqa: B018  the access is the test


def test_importing_the_package_loads_nothing_heavy() -> None:
    """A notebook pays for pandas and widgets when it uses them, not before."""
    code = f"import sys, akash_nb; print([m for m in {HEAVY} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def test_the_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import version

    assert akash_nb.__version__ == version("akash-nb")
