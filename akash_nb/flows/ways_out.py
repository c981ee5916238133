"""The ways out for one group that gets no bids: what to ask for less of, found by screening. Reads only.

Each way is screened as the SDL that it makes, so that what is counted is what the fix brings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any, NamedTuple, TypeAlias

from akash_nb import sdl
from akash_nb.client.call import Flow, send, together
from akash_nb.errors import AkashError, InvalidInputError
from akash_nb.estimate import GroupEstimate
from akash_nb.explanation import VERDICTS, Finding, Verdict, patched
from akash_nb.flows.context import Context
from akash_nb.flows.estimate import estimate_groups
from akash_nb.flows.plan import screening
from akash_nb.models import Candidate, GPUPrice
from akash_nb.money import format_usd
from akash_nb.plan.notices import TRIAL_BLOCKED
from akash_nb.relax import (
    Relaxation,
    Step,
    asked_models,
    raised,
    relaxations,
    takes_any,
    without_gpus,
    without_models,
)
from akash_nb.sdl import Compiled
from akash_nb.sdl.vary import Edit, applied
from akash_nb.units import counted

#: So few may all leave an order alone; then it is worth to know what would bring more.
_FEW = 2
#: Of an SDL with very many demands not all pairs are tried.
_MOST_TRIED = 45
#: Demands that mean nothing without GPUs.
_OF_GPUS = frozenset({"model", "trial", "any", "gpus", "tee"})
#: Regions that are named.
_MOST_PLACES = 4

#: Demands that are let go together.
Way: TypeAlias = tuple[Relaxation, ...]


class Ranked(NamedTuple):
    """A finding, and how doubtful it is that it is the cause: 0 for what keeps everybody out by itself, less for what
    is so for sure."""

    finding: Finding
    doubt: int = 0

    def rank(self) -> tuple[int, int, int]:
        """The likeliest first, then what brings the most."""
        return VERDICTS.index(self.finding.verdict), self.doubt, -(self.finding.providers or 0)


@dataclass(frozen=True, slots=True)
class Supply:
    """Who could host a group: those whose bids are shown, and how many more."""

    audited: tuple[Candidate, ...] = ()
    unaudited: int = 0


class Search:
    """One group of an SDL, and who could host it if something were changed.

    Args:
        index: Which of its groups, from 0.
    """

    def __init__(
        self, context: Context, compiled: Compiled, index: int, gpus: Sequence[GPUPrice], *, is_trial: bool
    ) -> None:
        self._context = context
        self._sdl = compiled
        self._index = index
        self._demands = sdl.demands(compiled)
        self._demand = self._demands[index]
        self._is_trial = is_trial
        self._gpus = gpus
        self._have = 0
        self._relaxations = relaxations(compiled, self._demand, gpus, is_trial=is_trial)

    def finding(self, kind: str, cause: str, verdict: Verdict, text: str, advice: str = "", **more: object) -> Finding:
        """A finding about this group, which is named where there are several."""
        of = f" ({self._demand.name})" if len(self._demands) > 1 else ""
        return Finding(kind, f"{cause}{of}", verdict, text, advice, self._demand.name, **more)  # type: ignore[arg-type]

    # Who could host it

    def supply(self, edits: Iterable[Edit] = ()) -> Flow[Supply]:
        """Who could host the group after these changes. What a trial wallet may not rent nobody can give it."""
        changed = sdl.compile(self._sdl.text, amend=applied(edits))
        if not changed.ok or (self._is_trial and self._refused(changed)):
            return Supply()
        group = changed.groups[self._index]
        return (yield from self._screened(changed, self._shown(group)))

    def _screened(self, changed: Compiled, group: Mapping[str, Any] | None) -> Flow[Supply]:
        """Who could host a group; nobody where there is none."""
        if group is None:
            return Supply()
        found = yield from send(screening(changed, group))
        audited = tuple(candidate for candidate in found if candidate.is_audited)
        return Supply(audited, len(found) - len(audited))

    def _refused(self, changed: Compiled) -> bool:
        units = sdl.demands(changed)[self._index].units
        return any(asked_models(unit) & TRIAL_BLOCKED for unit in units if unit.gpus)

    def able(self, now: Supply) -> Iterator[Ranked]:
        """Those who could host it as it is."""
        if now.audited:
            text = f"{_providers(now.audited)} that {_are(len(now.audited))} online could host it now"
            few = ", and providers do not bid on every order" if len(now.audited) <= _FEW else ""
            yield Ranked(self.finding("supply", "Supply", "possible" if few else "ok", text + few))

    def unaudited(self, now: Supply) -> Iterator[Ranked]:
        """Of those who could host it as it is nobody's bid would be shown."""
        if now.unaudited and not now.audited:
            only = f"{counted(now.unaudited, 'provider')} that {_are(now.unaudited)} online could host it"
            text = f"only {only}, not audited: the Console shows the bids of audited ones alone"
            advice = "ask for something that audited providers have, too"
            yield Ranked(self.finding("audit", "Audited providers", "cause", text, advice), -1)

    def _shown(self, group: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A group as it is met by the bids that are shown: to a trial wallet none with a GPU that it may not rent. None
        where nobody has another one."""
        return without_models(group, TRIAL_BLOCKED, self._gpus) if self._is_trial and self._gpus else group

    def hidden(self, now: Supply) -> Flow[list[Ranked]]:
        """To a trial wallet no bid is shown with a GPU that it may not rent, also where any GPU will do."""
        if not (self._is_trial and any(map(takes_any, self._demand.units))):
            return []
        title, advice = "GPU model any on a trial wallet", "ask for models that trial wallets may rent, or add credits"
        if now.audited:
            text = "any GPU will do, but bids with models that no trial wallet may rent are not shown to it"
            steps = [relaxation.steps[-1] for relaxation in self._relaxations if relaxation.kind == "any"]
            if not steps:
                return [Ranked(self.finding("trial", title, "possible", text, advice))]
            return [Ranked(self._fix("trial", title, text, advice, steps, now.audited, "possible"))]
        others = (yield from self._screened(self._sdl, self._sdl.groups[self._index])).audited
        if not others:
            return []
        text = f"only {_providers(others)} could host it, with GPUs that no trial wallet may rent: no bid is shown"
        return [Ranked(self.finding("trial", title, "cause", text, advice), -1)]

    # What it pays

    def price(self, now: Supply) -> Flow[Finding]:
        """The most that it pays against what is usual."""
        estimate = yield from self._estimate(self._sdl)
        if estimate is None:
            return self.finding("ceiling", "Ceiling", "unknown", "could not be checked: the service gives no prices")
        ceiling = f"it pays {format_usd(estimate.ceiling_usd_hour)}/h at most"
        if estimate.usd_hour is None:
            return self.finding("ceiling", "Ceiling", "unknown", f"{ceiling}; nobody offers such a GPU")
        text = f"{ceiling}, and {estimate.usd_hour} per hour is usual ({estimate.basis})"
        if estimate.ceiling_usd_hour >= estimate.usd_hour.high:
            return self.finding("ceiling", "Ceiling", "ok", text)
        step = raised(self._sdl, self._demand, estimate.usd_hour.high, self._context.prices)
        advice = f"raise the amounts under pricing, to {step.change.partition('→ ')[2]} uact"
        if estimate.is_ceiling_under_market and not now.audited:
            return self.finding("ceiling", "Ceiling", "cause", text, advice)  # which alone would not help
        verdict: Verdict = "cause" if estimate.is_ceiling_under_market else "possible"
        if not now.audited:
            return self.finding("ceiling", "Ceiling", verdict, text)
        return self._fix("ceiling", "Ceiling", text, advice, [step], now.audited, verdict)

    def _estimate(self, changed: Compiled) -> Flow[GroupEstimate | None]:
        """What the group is likely to cost; None where the service does not say."""
        try:
            return (yield from estimate_groups(self._context, changed))[self._index]
        except AkashError:
            return None

    # What would bring providers

    def ways_out(self, now: Supply) -> Flow[list[Ranked]]:
        """Each demand without which more could host it, where few can; where nobody can, and none alone helps, a few
        together."""
        if len(now.audited) > _FEW:
            return []
        self._have = len(now.audited)
        ways = yield from self._working(1)
        if not ways and not self._have:
            everything = (*self._relaxations, *without_gpus(self._sdl, self._demand))
            if not (yield from self._works(_most(everything))):
                text = "no audited provider that is online could host even the least of it"
                return [Ranked(self.finding("supply", "Supply", "cause", text, "wait until somebody has room"))]
            few = yield from self._fewest(everything)
            ways = ((yield from self._working(2)) if len(few) > 2 else []) or [few]
        found = []
        for way in ways:
            found.append((yield from self._way_out(way)))
        return found

    def _works(self, steps: Sequence[Step]) -> Flow[bool]:
        """Whether more could host it than can now."""
        return len((yield from self.supply(_edits(steps))).audited) > self._have

    def _working(self, size: int) -> Flow[list[Way]]:
        """The demands, or pairs of them, without which more could host it."""
        tried = list(islice(combinations(self._relaxations, size), _MOST_TRIED))
        works = yield from together([self._works(_most(way)) for way in tried])
        return [way for way, is_enough in zip(tried, works, strict=True) if is_enough]

    def _fewest(self, way: Way) -> Flow[Way]:
        """Demands of which none can be taken back, the ones that are hard to give up taken back first."""
        for relaxation in reversed(way):
            less = tuple(other for other in way if other is not relaxation)
            if (yield from self._works(_most(less))):
                way = less
        return way

    def _way_out(self, way: Way) -> Flow[Ranked]:
        """A way out, with no more change than it takes and with the price that it takes."""
        steps = yield from self._tightened(way)
        audited = (yield from self.supply(_edits(steps))).audited
        changed = sdl.compile(self._sdl.text, amend=applied(_edits(steps)))
        estimate = yield from self._estimate(changed)
        gain = f"{_and([step.left for step in steps])}, {_providers(audited)} could host it{_places(way, audited)}"
        if estimate and estimate.usd_hour and estimate.is_ceiling_under_market:
            demand = sdl.demands(changed)[self._index]
            steps.append(raised(changed, demand, estimate.usd_hour.high, self._context.prices))
            gain += f", for {format_usd(estimate.usd_hour.typical)}/h as is usual"
        advice = ", and ".join(dict.fromkeys(relaxation.advice for relaxation in way))
        if self._have:
            return Ranked(self._fix(way[0].kind, way[0].title, gain, advice, steps, audited, "possible"), 2)
        if len(way) > 1:
            cause = _and([relaxation.title for relaxation in way])
            text = f"none of these alone is in the way; {gain}"
            return Ranked(self._fix("several", cause, text, advice, steps, audited), 2)
        alone = yield from self._alone(way[0])
        meets = "the service refuses it" if way[0].kind == "trial" else _offering(alone)
        text = f"{meets}; {gain}"
        return Ranked(self._fix(way[0].kind, way[0].title, text, advice, steps, audited), 1 if alone else 0)

    def _tightened(self, way: Way) -> Flow[list[Step]]:
        """The least change of each demand that still brings somebody, the others being as they are by then."""
        steps = _most(way)
        for at, relaxation in enumerate(way):
            enough, too_little = len(relaxation.steps) - 1, -1
            while enough - too_little > 1:
                middle = (enough + too_little) // 2
                steps[at] = relaxation.steps[middle]
                if (yield from self._works(steps)):
                    enough = middle
                else:
                    too_little = middle
            steps[at] = relaxation.steps[enough]
        return steps

    def _alone(self, relaxation: Relaxation) -> Flow[int]:
        """How many meet this demand when nothing else is asked for beyond the least."""
        others = [other for other in self._relaxations if other is not relaxation]
        if relaxation.kind not in _OF_GPUS:
            others += without_gpus(self._sdl, self._demand)
        return len((yield from self.supply(_edits(_most(others)))).audited)

    def _fix(
        self,
        kind: str,
        cause: str,
        text: str,
        advice: str,
        steps: Sequence[Step],
        audited: Sequence[Candidate],
        verdict: Verdict = "cause",
    ) -> Finding:
        """A finding with the changed SDL, where its text can be changed in place."""
        edits = _edits(steps)
        try:
            text_after = patched(self._sdl.text, edits)
        except InvalidInputError:
            text_after, advice = "", f"{advice} (by hand: the text is laid out so that it cannot be changed alone)"
        return self.finding(
            kind,
            _title(cause),
            verdict,
            text,
            advice,
            providers=len(audited),
            change="; ".join(step.change for step in steps),
            edits=edits,
            patched=text_after,
        )


def _title(cause: str) -> str:
    return cause[:1].upper() + cause[1:]


def _most(way: Iterable[Relaxation]) -> list[Step]:
    """Each demand let go as far as it goes."""
    return [relaxation.steps[-1] for relaxation in way]


def _edits(steps: Iterable[Step]) -> tuple[Edit, ...]:
    return tuple(edit for step in steps for edit in step.edits)


def _offering(count: int) -> str:
    if not count:
        return "no audited provider that is online offers it"
    verbs = "that is online offers" if count == 1 else "that are online offer"
    return f"{counted(count, 'audited provider')} {verbs} it, but not what else is asked for"


def _providers(audited: Sequence[Candidate]) -> str:
    return counted(len(audited), "audited provider")


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _places(way: Way, audited: Sequence[Candidate]) -> str:
    """Where they are, where that is what changes."""
    regions = [candidate.location for candidate in audited if candidate.location]
    if not regions or all(relaxation.kind != "region" for relaxation in way):
        return ""
    counts = sorted({region: regions.count(region) for region in regions}.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{region} {count}" for region, count in counts[:_MOST_PLACES]]
    return f" ({', '.join([*shown, *(['…'] if len(counts) > _MOST_PLACES else [])])})"


def _and(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
