"""What the market usually asks for the SDL of a session: read in the background while somebody looks at it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, ClassVar
from weakref import WeakKeyDictionary, ref

from akash_nb.errors import AkashError
from akash_nb.flows.estimate import estimate_groups
from akash_nb.session import Session
from akash_nb.widgets.background.desk import Pulse
from akash_nb.widgets.editor.cost_view import Quote, demand_keys
from akash_nb.widgets.editor.sdl_view import compiled

#: Seconds between two reads while the SDL changes, and after which prices are read again for the same one.
LEAST_S, KEPT_S = 3.0, 300.0

_MOST_PATIENT = 16


class MarketPrice(Pulse):
    """One per session; `of(session)` finds it.

    Attributes:
        quote: None before the first answer.
        problem: Why the last read failed; empty after a good one.
    """

    _all: ClassVar[WeakKeyDictionary[Session[Any], MarketPrice]] = WeakKeyDictionary()
    _all_guard = threading.Lock()

    def __init__(self, session: Session[Any], **time: Any) -> None:
        super().__init__(**time)
        self.quote: Quote | None = None
        self.problem = ""
        self._session = ref(session)
        self._tried_at = self._answered_at = float("-inf")
        self._failures = 0

    @classmethod
    def of(cls, session: Session[Any]) -> MarketPrice:
        with cls._all_guard:
            return cls._all.setdefault(session, cls(session))

    def _is_needed(self) -> bool:
        return self._session() is not None

    async def _turn(self) -> None:
        session, now = self._session(), self._clock()
        patience = min(2**self._failures, _MOST_PATIENT)
        if session is None or now - self._tried_at < LEAST_S * patience:
            return
        text, is_old = session.sdl, now - self._answered_at >= KEPT_S
        wanted = demand_keys(text)
        if wanted and (is_old or self.quote is None or self.quote.of != wanted):
            await self._read(session, text, wanted)

    async def _read(self, session: Session[Any], text: str, wanted: tuple[str, ...]) -> None:
        self._tried_at = self._clock()
        try:
            found = await asyncio.wrap_future(session.start(estimate_groups(session.context, compiled(text))))
        except AkashError as error:
            self._failures += 1
            self.problem = error.what.strip()
        else:
            self.quote = Quote(wanted, found, session.now())
            self.problem, self._failures = "", 0
            self._answered_at = self._clock()
        for viewer in list(self._beats):
            viewer.refresh()
