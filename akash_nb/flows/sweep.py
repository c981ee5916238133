"""A sweep over sizes: asks the market as little as settles the most, and never creates anything."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from akash_nb import sdl
from akash_nb.client import market, providers
from akash_nb.client.call import Call, Flow, together
from akash_nb.errors import InvalidInputError, SDLError
from akash_nb.estimate import ListPrices, sizes_of
from akash_nb.flows.context import Context
from akash_nb.flows.estimate import batches, price_sizes
from akash_nb.flows.plan import screening
from akash_nb.models import Candidate
from akash_nb.sdl import GroupDemand, arguments
from akash_nb.sdl.vary import ANY, Places
from akash_nb.sweep import AXES, Point, Row, Supply, Sweep, axes_of, points_of, rows_of, variants_of
from akash_nb.units import counted, format_duration

#: For how long what the market said is taken to be true.
KEPT = timedelta(minutes=5)

#: How many requests are under way at once.
AT_MOST = 6


@dataclass(slots=True)
class Memory:
    """What the market has said in the last minutes, so that a sweep that is run again asks nothing."""

    now: Callable[[], datetime]
    _known: dict[Hashable, tuple[datetime, Any]] = field(default_factory=dict, repr=False)  # SDLs may hold secrets

    def get(self, key: Hashable) -> Any:
        """What is known; None for nothing, or nothing recent."""
        at, value = self._known.get(key, (None, None))
        return value if at is not None and abs(self.now() - at) <= KEPT else None

    def put(self, key: Hashable, value: Any) -> None:
        self._known[key] = (self.now(), value)

    def forget(self) -> None:
        self._known.clear()


@dataclass(slots=True)
class Progress:
    """How far a sweep is; printed, it says so in a sentence.

    Attributes:
        points: Of how many combinations it is.
        share: Of what it has to find out, what is known: 0..1.
        is_stopped: It was interrupted or cancelled.
    """

    points: int
    most_requests: int
    requests: int = 0
    share: float = 0.0
    is_stopped: bool = False

    def __str__(self) -> str:
        points, requests = counted(self.points, "combination"), counted(self.requests, "request")
        if not self.is_stopped:
            return f"{points}: {requests} so far"
        return (
            f"Stopped at {self.share:.0%} of {points}, after {requests}. Nothing was created or spent. What the market"
            f" said is kept for {format_duration(KEPT.total_seconds())}: run it again to go on from there."
        )


#: Told the progress whenever there is some, and once more when it is stopped.
OnProgress = Callable[[Progress], None]


def sweep(
    context: Context,
    memory: Memory,
    text: str,
    given: Mapping[str, Any],
    *,
    service: str | None,
    most_requests: int,
    is_mock: Callable[[], bool],
    on_progress: OnProgress,
) -> Flow[Sweep]:
    """Every combination of these values: what it would cost and who could host it.

    Args:
        given: The values by the names of `AXES`; None for what is not varied.
        service: Whose values to vary; None where there is no choice.
        most_requests: No more are sent in all.

    Raises:
        SDLError: The SDL has errors.
        InvalidInputError: A list is empty, it is not clear whose values to vary, or so many requests do not do.
        ConnectionFailedError, APIError: The market could not be asked.
    """
    most = arguments.whole(most_requests)
    if most is None:
        raise arguments.refused("most_requests", most_requests, "is no whole number.")
    compiled = sdl.compile(text)
    if compiled.errors:
        raise SDLError(compiled.errors, sdl.render(compiled))
    axes, places = axes_of(given), Places(compiled.document, service)
    key = ("sweep", text, tuple(axes.items()), service, most)
    known: Sweep | None = memory.get(key)
    if known is not None:
        return known
    points = points_of(compiled, axes, service, context.prices)
    asking = _Asking(memory, Progress(len(points), most), on_progress)
    try:
        rows = yield from _swept(context, asking, compiled, points)
    except (GeneratorExit, KeyboardInterrupt):  # it was cancelled, or the kernel interrupted
        asking.stopped()
        raise
    result = Sweep(
        rows=rows,
        present={name: places.present(name) for name in AXES},
        requests=asking.progress.requests,
        is_mock=is_mock(),
        prices=context.prices,
        at=context.now(),
    )
    memory.put(key, result)
    return result


def _swept(context: Context, asking: _Asking, compiled: sdl.Compiled, points: Sequence[Point]) -> Flow[tuple[Row, ...]]:
    wanted = tuple({d.key: d for variant in variants_of(points) for d in variant.demands}.values())
    asked = {
        point.region if d.name in point.variant.regional else "" for point in points for d in point.variant.demands
    }
    regions = asked - {"", ANY}
    listed, homes = yield from _basics(asking, wanted, has_regions=bool(regions))
    supply = Supply(wanted)

    def learn(demand: GroupDemand, found: Iterable[Candidate]) -> None:
        """Those whose bids would be shown, and who are somewhere that is asked about."""
        audited = [candidate for candidate in found if candidate.is_audited]
        # Not every candidate is in the list of providers, which has one entry for each host.
        homes.update((each.owner, each.location) for each in audited if each.owner not in homes)
        owners = (each.owner for each in audited)
        supply.learn(demand, (owner for owner in owners if regions != asked or homes[owner] in regions))

    yield from _screened(asking, supply, compiled, wanted, learn)
    inside = {region: supply.bits(owner for owner, home in homes.items() if home == region) for region in regions}
    return rows_of(points, listed, supply, inside, context.prices)


def _basics(
    asking: _Asking, wanted: Sequence[GroupDemand], *, has_regions: bool
) -> Flow[tuple[ListPrices, dict[str, str]]]:
    """List prices, and the region that each provider states by its address, where that matters."""
    sizes = {size: asking.memory.get(size) for size in sizes_of(wanted)}
    unknown = tuple(batches(size for size, price in sizes.items() if price is None))
    works: dict[Hashable, Call[Any] | Flow[Any]] = {batch: price_sizes(batch) for batch in unknown}
    if any(demand.gpus for demand in wanted):
        works["gpus"] = market.gpu_prices()
    if has_regions:
        works["providers"] = providers.list_all()
    answers = yield from asking.all(works)
    for batch in unknown:
        sizes.update(answers[batch])
    return ListPrices(sizes, answers.get("gpus", ())), {
        each.owner: each.attributes.get(sdl.REGION, "") for each in answers.get("providers", ())
    }


def _screened(
    asking: _Asking,
    supply: Supply,
    compiled: sdl.Compiled,
    wanted: Sequence[GroupDemand],
    learn: Callable[[GroupDemand, Iterable[Candidate]], None],
) -> Flow[None]:
    """Ask who fits until all is known, or no more may be asked."""
    keys = {demand.key: ("screening", demand.key, str(compiled.reclamation)) for demand in wanted}
    for demand in wanted:
        found = asking.memory.get(keys[demand.key])
        if found is not None:
            learn(demand, found)
    while True:
        questions = supply.questions(min(AT_MOST, asking.left))
        asking.settled(len(wanted) - supply.unsettled, len(wanted))
        if not questions:
            return
        answers = yield from asking.all({keys[d.key]: screening(compiled, d.spec) for d in questions})
        for demand in questions:
            learn(demand, answers[keys[demand.key]])


@dataclass(slots=True)
class _Asking:
    """Asks side by side what memory does not have, keeps every answer as it comes, and counts."""

    memory: Memory
    progress: Progress
    on_progress: OnProgress

    @property
    def left(self) -> int:
        return self.progress.most_requests - self.progress.requests

    def settled(self, demands: int, of: int) -> None:
        self.progress.share = demands / of if of else 1.0
        self.on_progress(self.progress)

    def stopped(self) -> None:
        self.progress.is_stopped = True
        self.on_progress(self.progress)

    def all(self, works: Mapping[Hashable, Call[Any] | Flow[Any]]) -> Flow[dict[Hashable, Any]]:
        """The answers by their keys. One that is a dict is kept item by item.

        Raises:
            InvalidInputError: They are more than may be asked.
        """
        known = {key: self.memory.get(key) for key in works}
        missing = [key for key, value in known.items() if value is None]
        if len(missing) > self.left:
            raise InvalidInputError(
                f"This sweep needs at least {self.progress.requests + len(missing) + 1} requests, more than the "
                f"{self.progress.most_requests} that it may send.",
                todo="Raise most_requests, or give fewer values.",
            )

        def done(index: int, answer: Any) -> None:
            known[missing[index]] = answer
            for key, value in answer.items() if isinstance(answer, dict) else [(missing[index], answer)]:
                self.memory.put(key, value)
            self.progress.requests += 1
            self.on_progress(self.progress)

        yield from together([works[key] for key in missing], at_most=AT_MOST, on_done=done)
        return known
