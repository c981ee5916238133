"""A frame for print."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from akash_nb.frames.table import Column
from akash_nb.money import format_usd_column

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

#: From a palette that people tell apart who see few colours, thin enough for dark and for light text on it.
_PRICE_BAR, _UPTIME_BAR = "#e69f0066", "#56b4e966"


def styled(frame: pd.DataFrame, columns: Sequence[Column]) -> Styler:
    """Dollars and shares as people write them, bars behind prices and uptimes, above it which market and moment it is
    from. Text from providers is escaped.

    Args:
        columns: The documented ones among the frame's.
    """
    numbers = [column for column in columns if pd.api.types.is_numeric_dtype(frame[column.name])]
    dollars: list[Hashable] = [column.name for column in numbers if _is_usd(column.name)]
    prices: list[Hashable] = [column.name for column in numbers if column.name in dollars and column.better == "low"]
    shares: list[Hashable] = [column.name for column in numbers if column.name.startswith("uptime_")]
    caption = " · ".join(str(frame.attrs[key]) for key in ("source", "as_of", "prices") if key in frame.attrs)
    if not frame.index.is_unique:  # as after a concat; pandas styles no such frame
        frame = frame.reset_index(drop=True)
    styler = frame.style.format(escape="html", na_rep="–", precision=2)
    styler = styler.format({name: _usd_texts(frame[name]) for name in dollars}, subset=dollars, na_rep="–")
    styler = styler.format("{:.1%}", subset=shares, na_rep="–")
    styler = styler.bar(subset=_with_values(frame, prices), vmin=0, color=_PRICE_BAR)
    styler = styler.bar(subset=_with_values(frame, shares), vmin=0, vmax=1, color=_UPTIME_BAR)
    return styler.set_caption(escape(caption))


def _is_usd(name: str) -> bool:
    """It holds dollars, and not what a dollar buys."""
    return "usd" in name.split("_") and not name.endswith("_per_usd")


def _with_values(frame: pd.DataFrame, names: list[Hashable]) -> list[Hashable]:
    """Those that are not nothing throughout, for which pandas finds no scale."""
    return [name for name in names if (frame[name] > 0).any()]


def _usd_texts(column: pd.Series[Any]) -> Callable[[object], str]:
    """Gives the text of each value of a column, all with as many decimals as the one that needs most."""
    values = column.dropna().to_list()
    return dict(zip(values, format_usd_column(values), strict=True)).__getitem__
