"""What every flow is given: the journal, the clock, the price model and the budgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from akash_nb.journal import Journal
from akash_nb.money import PriceModel
from akash_nb.purse import Purse

#: Told what a flow is doing, in a sentence for people.
Say = Callable[[str], None]


#: Signing takes up to 60 s on the service (contract §1), so that what was lost may still appear for that long.
LOOK_AGAIN_S = (2, 5, 10, 20, 30)


def silent(_: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a flow works with.

    Attributes:
        journal: Where spending is noted before it happens.
        now: The service's clock (UTC), the local one before the first answer.
        prices: Block time and month length.
        say: Told each thing worth knowing while it happens.
        purse: The budgets that hold.
    """

    journal: Journal
    now: Callable[[], datetime]
    prices: PriceModel = field(default_factory=PriceModel)
    say: Say = silent
    purse: Purse = field(default_factory=Purse)
