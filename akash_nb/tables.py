"""What a session gives as tables: bids, providers, prices, the market, leases, usage and the fleet.

Each is a plain DataFrame (bids have theirs in `.frame()`) whose columns `frame.akash.columns()` explains; see
`akash_nb.frames`. Everything here reads and spends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic

from akash_nb.bids import Bids
from akash_nb.client import market, providers, usage
from akash_nb.client.call import Flow, send
from akash_nb.client.operation import C_co, verb
from akash_nb.errors import InvalidInputError
from akash_nb.flows.context import Context
from akash_nb.flows.holdings import Holding, closed_holdings, open_holdings, wallet_address
from akash_nb.models import Provider
from akash_nb.money import PriceModel
from akash_nb.sdl import arguments

if TYPE_CHECKING:
    import pandas as pd

    from akash_nb.deployment import Deployment
    from akash_nb.frames.table import Origin

#: How many days of usage are shown where nobody says, and the most that the service gives, both ends included.
_USUAL_DAYS, _MOST_DAYS = 30, usage.MAXIMUM_DAYS + 1


class Tables(Generic[C_co]):
    """The verbs of a session that answer with a table."""

    client: C_co
    context: Context
    current: Deployment[C_co] | None
    now: Callable[[], datetime]

    if TYPE_CHECKING:

        @property
        def prices(self) -> PriceModel: ...
        @property
        def is_mock(self) -> bool: ...

    @verb
    def bids(self) -> Flow[Bids]:
        """The bids on the current deployment as they are now; `.frame()` is the DataFrame.

        Raises:
            InvalidInputError: There is no current deployment.
        """
        current = self.current
        if current is None:
            raise InvalidInputError(
                "There is no deployment whose bids could be read.",
                means="Nothing was sent.",
                todo="Create one with session.deploy(), or find yours with session.resume().",
            )
        found: Bids = yield from type(current).refresh_bids.build(current)
        return found

    @verb
    def providers(self) -> Flow[pd.DataFrame]:
        """All providers of the network, offline ones included, in the order in which they came to it: where they are,
        how reliable, with what hardware, and what of it is free."""
        from akash_nb.frames.providers import providers_frame

        found = yield from send(providers.list_all())
        return providers_frame(found, self._origin())

    @verb
    def gpu_prices(self) -> Flow[pd.DataFrame]:
        """What GPUs cost in US dollars per GPU and hour, by kind, from the bids of the last 31 days on one GPU, and how
        many are free; up to 15 minutes old."""
        from akash_nb.frames.gpu_prices import gpu_prices_frame

        found = yield from send(market.gpu_prices())
        return gpu_prices_frame(found, self._origin())

    @verb
    def market(self) -> Flow[pd.DataFrame]:
        """The network at a glance: CPU, memory, storage and GPUs, what of them is leased and what is free."""
        from akash_nb.frames.market import market_frame

        network = yield from send(market.network_capacity())
        found = yield from send(providers.list_all())
        return market_frame(network, found, self._origin())

    @verb
    def leases(self) -> Flow[pd.DataFrame]:
        """Every lease of the wallet's open deployments: who runs it for how much, and how many replicas are up.
        Has the providers asked, with a call for each deployment."""
        from akash_nb.frames.leases import leases_frame

        holdings = yield from open_holdings(self.context, services=True)
        found = yield from _providers_of(holdings)
        return leases_frame(holdings, found, self._origin())

    @verb
    def usage(
        self, days: int | None = None, *, start: date | str | None = None, end: date | str | None = None
    ) -> Flow[pd.DataFrame]:
        """What the wallet spent, day by day (UTC).

        Args:
            days: How many, up to `end`; 30 where no `start` is given either. 367 at most.
            start: First day, such as "2026-08-01".
            end: Last day; None for today.

        Raises:
            InvalidInputError: They make no range of days, or the account has no wallet.
        """
        from akash_nb.frames.usage import usage_frame

        first, last = _range(days, _day("start", start), _day("end", end) or self.now().date())
        address = yield from wallet_address()
        found = yield from send(usage.history(address, start=first, end=last))
        return usage_frame(found, self._origin())

    @verb
    def fleet(self, *, closed: bool = False) -> Flow[pd.DataFrame]:
        """The wallet's deployments, newest first: what each costs, what is left of its escrow *now*, when it ends, and
        whether it was forgotten.

        Args:
            closed: With those that are over, below the open ones.
        """
        from akash_nb.frames.fleet import fleet_frame

        holdings = yield from open_holdings(self.context)
        if closed:
            holdings += yield from closed_holdings(self.context)
        found = yield from _providers_of(holdings)
        return fleet_frame(holdings, found, self._origin())

    def _origin(self) -> Origin:
        from akash_nb.frames.table import Origin

        return Origin(self.is_mock, self.now(), self.prices)


def _providers_of(holdings: Iterable[Holding]) -> Flow[dict[str, Provider]]:
    """What is known of those who lease to us, by address."""
    return (yield from providers.by_address(lease.id.provider for holding in holdings for lease in holding.leases))


def _range(days: int | None, start: date | None, end: date) -> tuple[date, date]:
    """First and last day."""
    if start is not None and days is not None:
        raise InvalidInputError("Give the number of days or the first one, not both.", means="Nothing was sent.")
    if start is not None:
        return start, end
    count = _USUAL_DAYS if days is None else arguments.whole(days)
    if count is None or not 1 <= count <= _MOST_DAYS:
        raise arguments.refused(
            "days", days, f"is no number of days from 1 to {_MOST_DAYS}.", means="Nothing was sent."
        )
    return end - timedelta(days=count - 1), end


def _day(argument: str, value: Any) -> date | None:
    """A day (UTC) from a date, a time, or ISO text."""
    if value is None:
        return None
    if isinstance(value, datetime):
        value = (value.astimezone(UTC) if value.tzinfo else value).date()
    try:
        return date.fromisoformat(str(value) if isinstance(value, date) else value)  # a pandas.NaT only seems to be one
    except (TypeError, ValueError):
        raise arguments.refused(
            argument, value, "is no day.", means="Nothing was sent.", todo='Give a date, or text such as "2026-08-22".'
        ) from None
