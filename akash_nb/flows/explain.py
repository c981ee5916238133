"""Why no bids come: what can be the cause is checked, one after the other, and ranked. Reads only.

The guide's causes are a price that is too low, resources that nobody has, and a wrong SDL. Screening
(`POST /v1/bid-screening`) says who could host a group, whatever its price.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from akash_nb import sdl
from akash_nb.bids import Bids
from akash_nb.client import market
from akash_nb.client.call import Flow, send
from akash_nb.errors import AkashError
from akash_nb.explanation import Explanation, Finding
from akash_nb.flows.context import Context
from akash_nb.flows.plan import on_trial
from akash_nb.flows.ways_out import Ranked, Search
from akash_nb.models import DeploymentStatus, GPUPrice
from akash_nb.sdl import Compiled, GroupDemand
from akash_nb.units import counted


def explain(
    context: Context,
    text: str,
    *,
    is_mock: Callable[[], bool],
    dseq: str = "",
    bids: Bids | None = None,
    status: DeploymentStatus | None = None,
) -> Flow[Explanation]:
    """What was checked, likely causes first. Never raises for a check that cannot be made.

    Args:
        is_mock: Asked at the end: a service says so with its answers.
        dseq, bids, status: The deployment that waits for bids; without them, what would keep bids away.
    """
    findings: tuple[Finding, ...] = ()
    headline = _settled(bids, status)
    if not headline:
        findings = yield from _findings(context, text, bids)
        headline = _headline(findings, dseq)
    return Explanation(headline, findings, text, dseq, is_mock(), context.now(), context.prices)


def _settled(bids: Bids | None, status: DeploymentStatus | None) -> str:
    """What leaves nothing to explain; empty otherwise."""
    if status is not None and not status.is_open:
        return f"Deployment {status.dseq} is closed."
    if bids is None or bids.lacking:
        return ""
    if bids.open:
        return f"There is nothing to explain: {counted(len(bids.open), 'open bid')} on deployment {bids.dseq}."
    return f"There is nothing to explain: deployment {bids.dseq} is leased."


def _headline(findings: Sequence[Finding], dseq: str) -> str:
    verdicts = {finding.verdict for finding in findings}
    if "cause" in verdicts:
        return f"Why deployment {dseq} gets no bids" if dseq else "What would keep bids away"
    about = f"deployment {dseq}" if dseq else "this SDL"
    if "possible" in verdicts:
        return f"Nothing certain keeps bids from {about}"
    wait = ": wait longer, or close it and try again later" if dseq else ""
    return f"Nothing was found that keeps bids from {about}{wait}"


def _findings(context: Context, text: str, bids: Bids | None) -> Flow[tuple[Finding, ...]]:
    compiled = sdl.compile(text)
    demands = sdl.demands(compiled)
    lapsed = dict(_lapsed(bids)) if bids else {}
    found = [Ranked(finding) for finding in (_sdl(compiled), *lapsed.values())]
    gpus, is_trial = yield from _about_gpus(demands)
    for index, gseq in enumerate(range(1, len(demands) + 1)):
        if gseq not in lapsed and (bids is None or gseq in bids.lacking):
            found += yield from _checked(Search(context, compiled, index, gpus, is_trial=is_trial))
    return tuple(ranked.finding for ranked in sorted(found, key=Ranked.rank))


def _sdl(compiled: Compiled) -> Finding:
    if not compiled.text.strip():
        return Finding("sdl", "SDL", "unknown", "it was written elsewhere and is not known here")
    for verdict, issues in (("cause", compiled.errors), ("unknown", compiled.warnings)):
        if issues:
            text = f"{'' if verdict == 'cause' else 'valid, but '}line {issues[0].line}: {issues[0].message}"
            advice = issues[0].hint or ("correct the SDL" if verdict == "cause" else "")
            return Finding("sdl", "SDL", verdict, text, advice)  # type: ignore[arg-type]  # one of the two
    return Finding("sdl", "SDL", "ok", "valid")


def _lapsed(bids: Bids) -> Iterator[tuple[int, Finding]]:
    """The groups whose bids came and went, so that nothing else can be in their way."""
    for gseq in bids.lacking:
        count = sum(offer.bid.state == "closed" for offer in bids.of_group(gseq))
        if count:
            cause = f"Bids ({bids.group_name(gseq)})" if len(bids.gseqs) > 1 else "Bids"
            text = f"{count} came and were withdrawn, as providers do after about 5 minutes"
            advice = "close it and create it again, then choose in time"
            yield gseq, Finding("lapsed", cause, "cause", text, advice, bids.group_name(gseq))


def _about_gpus(demands: Iterable[GroupDemand]) -> Flow[tuple[tuple[GPUPrice, ...], bool]]:
    """What GPUs there are, and whether the wallet is a trial; nothing where no GPU is asked for or nobody says."""
    if not any(demand.gpus for demand in demands):
        return (), False
    try:
        gpus = yield from send(market.gpu_prices())
    except AkashError:
        gpus = ()
    return gpus, bool((yield from on_trial()))


def _checked(search: Search) -> Flow[list[Ranked]]:
    """Supply and price of one group."""
    found: list[Ranked] = []
    try:
        now = yield from search.supply()
        price = yield from search.price(now)
        found.append(Ranked(price, 0 if now.audited else 3))  # a higher one would bring nobody who is not there
        found += [*search.able(now), *search.unaudited(now), *(yield from search.hidden(now))]
        found += yield from search.ways_out(now)
    except AkashError as problem:
        text = f"could not be checked ({problem.what})"
        found.append(Ranked(search.finding("supply", "Supply", "unknown", text)))
    return found
