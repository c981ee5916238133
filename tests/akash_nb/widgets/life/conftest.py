"""A panel that asks a question."""

from __future__ import annotations

from typing import Any

from akash_nb.widgets.life.lifecycle import LifecyclePanel


def asked(panel: LifecyclePanel, name: str, **values: Any) -> LifecyclePanel:
    """A panel that asks the question of a button."""
    panel.press(name, **values)
    assert panel.question
    return panel
