"""What every test is given: a data folder of its own, and no way to the live service."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says more about the machine's other work than about what is tested.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of this test; no key and no address in the environment."""
    monkeypatch.setenv("AKASH_NB_HOME", str(tmp_path / "home"))
    for name in ("AKASH_API_KEY", "AKASH_CONSOLE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"
