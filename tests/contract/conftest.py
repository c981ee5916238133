"""The published schema, as it is and corrected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract import overlay

_OPENAPI = Path(__file__).parents[3] / "shared" / "contract" / "openapi.json"


@pytest.fixture(scope="session")
def openapi() -> Any:
    """The schema as published."""
    if not _OPENAPI.exists():
        pytest.skip("the published schema does not lie beside the repository (../shared/contract/openapi.json)")
    return json.loads(_OPENAPI.read_text())


@pytest.fixture(scope="session")
def contract(openapi: Any) -> Any:
    """The schema as the real service behaves."""
    return overlay.apply(openapi)
