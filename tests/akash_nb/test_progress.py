"""A line that is updated in place, in notebooks only."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core import display_functions

from akash_nb import progress
from akash_nb.progress import ProgressLine


class Cell:
    """What a notebook's cell shows, change by change."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def display(self, html: Any, *, display_id: bool) -> Cell:
        assert display_id
        self.update(html)
        return self

    def update(self, html: Any) -> None:
        self.shown.append(html.data)


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Cell:
    cell = Cell()
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", cell.display)
    return cell


def test_one_line_is_updated_and_taken_away_in_the_end(cell: Cell) -> None:
    with ProgressLine() as line:
        line.show(0.0, "begun")
        line.show(0.0, "begun")
        line.show(0.504, "half of <it>")

    assert len(cell.shown) == 3
    assert "value='0'" in cell.shown[0]
    assert "value='50'" in cell.shown[1]
    assert "half of &lt;it&gt;" in cell.shown[1]
    assert cell.shown[2] == ""
    assert "<script" not in "".join(cell.shown)


def test_it_is_taken_away_after_an_interrupt_too(cell: Cell) -> None:
    def interrupted() -> None:
        with ProgressLine() as line:
            line.show(0.1, "begun")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert cell.shown[-1] == ""


def test_outside_of_a_notebook_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display_functions, "display", None)  # to call it would fail
    with ProgressLine() as line:
        line.show(0.5, "half")

    assert not progress.in_notebook()
