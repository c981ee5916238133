"""A line that is updated in place: a bar in a cell, a bar in a terminal, and nothing anywhere else."""

from __future__ import annotations

import io
from typing import Any

import pytest
from IPython.core import display_functions

from akash_nb import progress
from akash_nb.flows.sweep import Progress
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


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Odd(Progress):
    def __str__(self) -> str:
        return "half of <it>"


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Cell:
    cell = Cell()
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", cell.display)
    return cell


def test_one_line_is_updated_and_taken_away_in_the_end(cell: Cell) -> None:
    with ProgressLine() as line:
        line.follow(Progress(4, 59))
        line.follow(Progress(4, 59))
        line.follow(Odd(4, 59, share=0.504))

    assert len(cell.shown) == 3
    assert "value='0'" in cell.shown[0]
    assert "4 combinations: 0 requests so far" in cell.shown[0]
    assert "value='50'" in cell.shown[1]
    assert "half of &lt;it&gt;" in cell.shown[1]
    assert cell.shown[2] == ""
    assert "<script" not in "".join(cell.shown)


def test_an_error_takes_it_away_too(cell: Cell) -> None:
    def failing() -> None:
        with ProgressLine() as line:
            line.follow(Progress(4, 59))
            raise EOFError

    with pytest.raises(EOFError):
        failing()

    assert cell.shown[-1] == ""


@pytest.mark.parametrize("share", [0.0, 0.38])
def test_where_it_was_stopped_it_stays_and_says_so(cell: Cell, share: float) -> None:
    with ProgressLine() as line:
        line.follow(Progress(4, 59, 2, share))
        line.follow(Progress(4, 59, 2, share, is_stopped=True))

    assert f"Stopped at {share:.0%} of 4 combinations, after 2 requests." in cell.shown[-1]
    assert f"value='{100 * share:.0f}'" in cell.shown[-1]


def test_a_terminal_has_the_same_in_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    with ProgressLine() as line:
        line.follow(Progress(4, 59, 1, 0.25))
        line.follow(Progress(4, 59, 2, 1.0))

    assert terminal.getvalue().split("\r\033[K") == [
        "",
        "[#####---------------]  25% 4 combinations: 1 request so far",
        "[####################] 100% 4 combinations: 2 requests so far",
        "",
    ]


def test_a_terminal_too_keeps_where_it_was_stopped_on_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    with ProgressLine() as line:
        line.follow(Progress(4, 59, 1, 0.25, is_stopped=True))

    assert terminal.getvalue().startswith("\r\033[K[#####---------------]  25% Stopped at 25%")
    assert terminal.getvalue().endswith("go on from there.\n")


def test_without_cell_and_terminal_nothing_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(display_functions, "display", None)  # to call it would fail
    with ProgressLine() as line:
        line.follow(Progress(4, 59, share=0.5))
        line.follow(Progress(4, 59, share=0.5, is_stopped=True))

    assert not progress.in_notebook()
    assert capsys.readouterr() == ("", "")
