"""MarketView: what GPUs cost and where they are, by kind, by region and by provider."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import traitlets

from akash_nb.client import providers as providers_api
from akash_nb.client.call import Flow, send
from akash_nb.errors import AkashError, InvalidInputError
from akash_nb.models import Region
from akash_nb.session import Session
from akash_nb.widgets.market import market_view as views
from akash_nb.widgets.parts.asking import AskingView
from akash_nb.widgets.parts.base import asset
from akash_nb.widgets.parts.still import Still

if TYPE_CHECKING:
    import pandas as pd

    from akash_nb.charts import Chart

_FIRST_READ_S = 30.0

EMPTY = "No provider matches the filters: take one away, or press Clear filters."
UNREAD = "Reading the market …"
NOT_READ = "The market could not be read: press Refresh to try again."


class MarketView(AskingView):
    """GPUs with their prices, regions, and providers, with filters that act on all three. Read once, and again with
    Refresh; nothing here spends.

    Args:
        session: Whose service is asked.
        filters: To begin with, such as `{"model": "rtx4090", "online": True}`; see `filters`.

    From code: `view.press("refresh")`, `view.wait()`.

    Raises:
        TypeError: It is no session.
        InvalidInputError: A filter that is none.
    """

    _esm = asset("market.js")
    _css = asset("market.css")

    selection = traitlets.Unicode(help="The address of the selected provider; empty for none. May be set.").tag(
        sync=True
    )

    def __init__(self, session: Session[Any], *, filters: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        if not isinstance(session, Session):
            raise TypeError(f"MarketView shows the market of a Session, not of a {type(session).__name__}")
        self._filters = views.Filters.parse(filters or {})
        self._gpus: pd.DataFrame | None = None
        self._providers: pd.DataFrame | None = None
        self._regions: tuple[Region, ...] = ()
        self._drawn: tuple[list[Any], list[Chart]] = ([], [])
        self._sort = ("uptime_7d", True)
        self._page = 0
        self._reading: Future[None] | None = None
        super().__init__(session, **kwargs)
        self._press_refresh()

    @property
    def gpus(self) -> pd.DataFrame:
        """What GPUs cost, as last read, see `session.gpu_prices()`; waits for the first read.

        Raises:
            AkashError: They could not be read.
            TimeoutError: The first read takes more than 30 seconds; it goes on.
        """
        self._wait_for_first()
        assert self._gpus is not None  # noqa: S101  a read that ends well sets it
        return self._gpus

    @property
    def providers(self) -> pd.DataFrame:
        """All providers, as last read, see `session.providers()`; waits and raises as `gpus` does."""
        self._wait_for_first()
        assert self._providers is not None  # noqa: S101  a read that ends well sets it
        return self._providers

    @property
    def shown(self) -> pd.DataFrame:
        """The providers that the filters leave."""
        return self._filtered(self.providers)

    @property
    def filters(self) -> dict[str, Any]:
        """What is shown: `model`, `region` and `text` (empty: all), `audited` and `online` (True: only those). May be
        set, to some of them."""
        return {name: getattr(self._filters, name) for name in views.Filters.__slots__}

    @filters.setter
    def filters(self, values: Mapping[str, Any]) -> None:
        self._filters, self._page = views.Filters.parse(values), 0
        self.refresh()

    @property
    def charts(self) -> tuple[Chart, ...]:
        """GPU models by price, providers with free GPUs by uptime, which models are free in which region, and of the
        bids that are known here price against uptime and, where they are on GPUs, price by model and region. All of
        what the filters leave."""
        return tuple(self._charts(self.shown))

    def press(self, name: str, **values: Any) -> None:
        """Press a button.

        Args:
            name: One of refresh, filter, clear, sort, page.
            values: Some of `filters` for filter, `column` and `down` for sort, `n` for page (from 0).

        Raises:
            InvalidInputError: There is no such button, filter or column. Nothing was done.
        """
        gesture = getattr(self, f"_press_{name}", None)
        if gesture is None:
            raise InvalidInputError(f"There is no button {name!r}.", means="Nothing was done.")
        self._dismissed, self._problem = tuple(self._failures()), None
        gesture(**values)
        self.refresh()

    def _press_refresh(self) -> None:
        if self._reading is None or self._reading.done():
            self._reading = self.session.start(self._read())
        self._follow(self._reading)

    def _press_filter(self, **values: Any) -> None:
        self.filters = self.filters | values

    def _press_clear(self) -> None:
        self.filters = {}

    def _press_sort(self, column: str, down: bool = False) -> None:
        if column not in views.COLUMNS:
            raise InvalidInputError(f"There is no column {column!r}.", means="The order stays as it was.")
        self._sort, self._page = (column, bool(down)), 0

    def _press_page(self, n: int) -> None:
        self._page = int(n)

    # How it works

    def _filtered(self, providers: pd.DataFrame) -> pd.DataFrame:
        return providers[[self._filters.match(record) for record in views.records(providers)]]

    def _read(self) -> Flow[None]:
        gpus = yield from Session.gpu_prices.build(self.session)
        providers = yield from Session.providers.build(self.session)
        self._regions = yield from send(providers_api.regions())
        self._gpus, self._providers = gpus, providers

    def _charts(self, shown: pd.DataFrame) -> list[Chart]:
        """Drawn anew where something of them has changed."""
        from akash_nb.widgets.market.market_charts import market_charts  # loads pandas

        gpus = self._gpus
        assert gpus is not None  # noqa: S101  providers are read after them
        bids = [deployment.bids for deployment in self.session.deployments if deployment.bids]
        drawn_from = [self._filters, gpus, *bids]
        if [*map(id, self._drawn[0])] != [*map(id, drawn_from)]:
            model = self._filters.model
            kinds = gpus[(gpus["model"] == model) | (not model)]
            self._drawn = (drawn_from, market_charts(kinds, shown, bids, model))
        return self._drawn[1]

    def _wait_for_first(self) -> None:
        if self._providers is None:
            self._press_refresh()
            assert self._reading is not None  # noqa: S101  it has just been started
            self._reading.result(_FIRST_READ_S)

    @traitlets.observe("selection")
    def _on_selection(self, _: Any) -> None:
        if not self._is_closed:
            self.refresh()

    def _pulse(self) -> None:
        """It is read once: nothing goes on while somebody looks."""
        return

    def _failures(self) -> list[BaseException]:
        return [self._problem] if self._problem is not None else []

    def _gesture(self, message: dict[str, Any]) -> None:
        if "press" in message:
            self.press(str(message["press"]), **message.get("with", {}))

    def _picture(self) -> dict[str, Any]:
        view = views.market_view(
            self._gpus,
            self._providers,
            self._regions,
            self._filters,
            sort=self._sort,
            page=self._page,
            selection=self.selection,
        )
        shown = None if self._providers is None else self._filtered(self._providers)
        is_reading = self._reading is not None and not self._reading.done()
        is_read = self._providers is not None
        return view | {
            "charts": [] if shown is None else [chart.svg for chart in self._charts(shown)],
            "is_reading": is_reading,
            "is_read": is_read,
            "empty": EMPTY if is_read else UNREAD if is_reading or self._problem is None else NOT_READ,
        }

    def _await_first(self) -> None:
        with suppress(AkashError, TimeoutError):  # the picture then says that nothing was read
            self._wait_for_first()

    def _still(self) -> Still:
        view = self.view
        if self._providers is None:
            return Still("Market: not read yet", self.session.now(), self.session.is_mock)
        return Still(
            title=f"Market: {view['title']}",
            as_of=self.session.now(),
            is_mock=self.session.is_mock,
            facts=tuple((r["name"], f"{r['online']} of {r['providers']} online") for r in view["regions"][:8]),
            head=("GPU", "Memory", "Interface", "$/h", "Range", "Free", "Providers with one free"),
            rows=tuple(
                tuple(k[name] for name in ("model", "memory", "interface", "median", "range", "free", "providers"))
                for k in view["board"]
            ),
        )
