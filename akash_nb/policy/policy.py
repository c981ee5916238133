"""The policy itself: what excludes, what ranks, and what decides between equals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from akash_nb.bids import Bids
from akash_nb.errors import InvalidInputError
from akash_nb.models import Offer
from akash_nb.policy import total
from akash_nb.policy.choice import Choice, PassedOver, leased
from akash_nb.policy.orders import decided_by, named
from akash_nb.policy.rules import AtMost, Audited, Named, Online, Patterns, Price, Rate, Rule, Share, Uptime, refused
from akash_nb.sdl import arguments


@dataclass(frozen=True, slots=True)
class Policy:
    """Immutable: each method gives a new policy with one thing more.

    Attributes:
        rules: What a bid must be.
        preferences: What it should be, the most important first; what is in one counts the same.
        orders: What decides between equals; price and uptime come last in any case.
        groups: What holds for one group on top, by gseq or placement.
        total: What all groups together may cost.
    """

    rules: tuple[Rule, ...] = ()
    preferences: tuple[tuple[Rule, ...], ...] = ()
    orders: tuple[str, ...] = ()
    groups: tuple[tuple[int | str, Policy], ...] = ()
    total: Rate | None = None

    # What excludes

    def audited(self) -> Policy:
        """Only providers that an auditor has signed."""
        return self._only(Audited())

    def online(self) -> Policy:
        """Only providers that answered the last check."""
        return self._only(Online())

    def region(self, *patterns: str) -> Policy:
        """Only these regions; `*` stands for anything, case does not matter: `region("eu-*", "na-ca-*")`."""
        return self._only(Named.of("region", patterns))

    def not_region(self, *patterns: str) -> Policy:
        """Not these regions."""
        return self._only(Named.of("region", patterns, is_wanted=False))

    def country(self, *patterns: str) -> Policy:
        """Only these countries, as providers state them: `country("DE", "NL")`."""
        return self._only(Named.of("country", patterns))

    def provider(self, *names: str) -> Policy:
        """Only these providers, by address or host name; `*` stands for anything."""
        return self._only(Named.of("provider", names))

    def not_provider(self, *names: str) -> Policy:
        """Not these providers."""
        return self._only(Named.of("provider", names, is_wanted=False))

    def organization(self, *names: str) -> Policy:
        """Only providers run by these."""
        return self._only(Named.of("organization", names))

    def gpu(self, *models: str) -> Policy:
        """Only bids with one of these GPU models: `gpu("h100", "a100")`. Groups without GPUs do not mind."""
        return self._only(Named.of("gpu", models))

    def uptime(self, at_least: Share, *, days: int = 7) -> Policy:
        """Only providers that answered at least this share of checks over 1, 7 or 30 days: 0.99, `"99%"`, `">= 0.99"`.

        An unknown uptime fails: the service prints zero as unknown.
        """
        return self._only(Uptime.of(at_least, days))

    def below(self, price: Price) -> Policy:
        """Only bids up to this price for their group: a number of US dollars per hour, `"$0.50/h"`, `"$30/month"`."""
        return self._only(AtMost(Rate.of("below", price)))

    # What ranks

    def prefer(
        self,
        *,
        region: Patterns | None = None,
        country: Patterns | None = None,
        provider: Patterns | None = None,
        organization: Patterns | None = None,
        gpu: Patterns | None = None,
        audited: bool = False,
        online: bool = False,
        uptime: Share | None = None,
        below: Price | None = None,
    ) -> Policy:
        """Rank those first that are so, and exclude nobody. Of several things in one call, those that are more of them
        come first; what another call prefers decides only among those that are equal by the calls before.

            prefer(region=["eu-*", "na-ca-*"]).prefer(provider="*.acme.example")

        Raises:
            InvalidInputError: Nothing is given, or something that cannot be used.
        """
        names = {"region": region, "country": country, "provider": provider, "organization": organization, "gpu": gpu}
        wishes: list[Rule] = [Named.of(trait, given) for trait, given in names.items() if given is not None]
        wishes += [Audited()] if audited else []
        wishes += [Online()] if online else []
        wishes += [] if uptime is None else [Uptime.of(uptime)]
        wishes += [] if below is None else [AtMost(Rate.of("below", below))]
        if not wishes:
            raise InvalidInputError('prefer: nothing is preferred. Give something, such as region="eu-*".')
        return replace(self, preferences=(*self.preferences, tuple(wishes)))

    def then(self, order: str) -> Policy:
        """What decides among those that are equally welcome: `"cheapest"` (which it is without this), `"most reliable"`
        (by uptime over 7 days) or `"first to bid"`. A second one decides between equals of the first.

        Raises:
            InvalidInputError: There is no such order.
        """
        return replace(self, orders=(*self.orders, named(order)))

    # Several groups

    def group(self, group: int | str, policy: Policy) -> Policy:
        """On top of the rest, what holds for one group: `group("gpu-farm", policy.gpu("h100").below("$2/h"))`. Its
        preferences come before the others, and its order in place of the other one.

        Args:
            group: Its placement's name in the SDL, or its gseq.

        Raises:
            InvalidInputError: It is no name and no number of a group, or what holds is no policy, or one of several
                groups itself.
        """
        of = group if isinstance(group, str) else arguments.whole(group)  # also a gseq from a frame
        if of is None:
            raise refused("group", group, "is no group: give its placement's name, or its number from 1.")
        if not isinstance(policy, Policy):
            raise refused("group", policy, 'is no policy: give one, such as policy.gpu("h100").')
        if policy.groups or policy.total:
            raise InvalidInputError("group: what holds for one group cannot be about several.")
        return replace(self, groups=(*self.groups, (of, policy)))

    def below_total(self, price: Price) -> Policy:
        """All groups together at most at this price, which is given as for `below`.

        Where the best bids of the groups come to more, those are taken that are as welcome as possible together, and
        among these the cheapest; where even the cheapest come to more, none.
        """
        return replace(self, total=Rate.of("below_total", price))

    # Choosing

    def choose(self, bids: Bids) -> Choice:
        """The best open bid of each group under the rules, and why each other one was passed over.

        A bid that is leased already is the choice of its group, whatever the rules.

        Raises:
            InvalidInputError: These are no bids, or there is no group by a name of `group`.
        """
        if not isinstance(bids, Bids):
            raise InvalidInputError(
                f"A {type(bids).__name__} holds no bids to choose from.",
                means="Nothing was sent.",
                todo="Give deployment.bids: a policy needs more of them than their table has.",
            )
        self._check_groups(bids)
        chosen = leased(bids)
        reasons: dict[str, str] = {}
        own = {gseq: self._for(bids, gseq) for gseq in bids.gseqs if gseq not in chosen}
        ranked = {gseq: policy._ranked(bids, gseq, reasons) for gseq, policy in own.items()}
        picked = {gseq: offers[0] for gseq, offers in ranked.items() if offers}
        if self.total is not None:
            limit = total.Limit(self.total, bids, tuple(chosen.values()))
            picked = limit.best(ranked, lambda gseq, offer: own[gseq]._misses(bids, offer), reasons)
        chosen.update(picked)
        for gseq, best in picked.items():
            for other in ranked[gseq]:
                reasons.setdefault(other.key, own[gseq]._second_best(bids, best, other))
        keys = {offer.key for offer in chosen.values()}
        return Choice(
            chosen=chosen,
            passed_over=tuple(
                PassedOver(offer, reasons.get(offer.key, "its group is leased already"))
                for offer in bids
                if offer.key not in keys
            ),
            missing=tuple(gseq for gseq in bids.gseqs if gseq not in chosen),
            policy=str(self),
            bids=bids,
        )

    def __str__(self) -> str:
        only = [f"only {', '.join(map(str, self.rules))}"] if self.rules else []
        groups = [f"for {_named(group)}: {'; '.join(policy._parts())}" for group, policy in self.groups]
        together = [f"all groups together at most {self.total}"] if self.total else []
        return "; ".join([*only, self._ranking(self.orders or ("cheapest",)), *groups, *together])

    def __repr__(self) -> str:
        return f"<Policy {self}>"

    # How it works

    def _only(self, rule: Rule) -> Policy:
        return replace(self, rules=(*self.rules, rule))

    def _parts(self) -> Iterator[str]:
        """What a policy of one group says."""
        if self.rules:
            yield f"only {', '.join(map(str, self.rules))}"
        if self.preferences or self.orders:
            yield self._ranking(self.orders)

    def _ranking(self, orders: tuple[str, ...]) -> str:
        """`prefer in eu-*, then the cheapest`."""
        wishes = [" and ".join(map(str, wishes)) for wishes in self.preferences]
        ranks = [*wishes, *(f"the {name}" for name in orders)]
        return ("prefer " if wishes else "") + ", then ".join(ranks)

    def _for(self, bids: Bids, gseq: int) -> Policy:
        """What holds for one group."""
        mine = self
        for group, policy in self.groups:
            if group in (gseq, bids.group_name(gseq)):
                mine = replace(
                    mine,
                    rules=(*mine.rules, *policy.rules),
                    preferences=(*policy.preferences, *mine.preferences),
                    orders=policy.orders or mine.orders,
                )
        return mine

    def _check_groups(self, bids: Bids) -> None:
        known = {name for gseq in bids.gseqs for name in (gseq, bids.group_name(gseq))}
        for group, _ in self.groups:
            if group not in known:
                listed = ", ".join(f"{gseq} ({bids.group_name(gseq)})" for gseq in bids.gseqs)
                raise InvalidInputError(
                    f"There is no group {group!r} on deployment {bids.dseq}.",
                    means="Nothing was sent.",
                    todo=f"There are: {listed}.",
                )

    def _ranked(self, bids: Bids, gseq: int, reasons: dict[str, str]) -> list[Offer]:
        """The bids of a group that meet the rules, the best first; of the others why they do not."""
        fits = []
        for offer in bids.of_group(gseq):
            objection = self._objection(bids, offer)
            if objection:
                reasons[offer.key] = objection
            else:
                fits.append(offer)
        return sorted(fits, key=lambda offer: self._rank(bids, offer))

    def _objection(self, bids: Bids, offer: Offer) -> str:
        if offer.bid.state != "open":
            return f"bid is {offer.bid.state}"
        broken = "; ".join(filter(None, (rule.objection(bids, offer) for rule in self.rules)))
        liked = self.preferences and not any(self._misses(bids, offer))
        return f"preferred, but {broken}" if broken and liked else broken

    def _misses(self, bids: Bids, offer: Offer) -> tuple[int, ...]:
        """How many wishes of each preference it is not; the lower the better."""
        return tuple(sum(bool(wish.objection(bids, offer)) for wish in wishes) for wishes in self.preferences)

    def _rank(self, bids: Bids, offer: Offer) -> tuple[Any, ...]:
        """What has no dollar value comes last."""
        keys = (order.key(bids, offer) for order in decided_by(self.orders))
        return (bids.usd_per_hour(offer) is None, *self._misses(bids, offer), *keys, offer.key)

    def _second_best(self, bids: Bids, best: Offer, other: Offer) -> str:
        """In what a bid that meets the rules is worse than the best."""
        if bids.usd_per_hour(other) is None and bids.usd_per_hour(best) is not None:
            return f"no dollar value is known for {other.bid.price.denom}"
        for wishes in self.preferences:
            lacking = [wish.objection(bids, other) for wish in wishes]
            if sum(map(bool, lacking)) > sum(bool(wish.objection(bids, best)) for wish in wishes):
                return f"less preferred: {'; '.join(filter(None, lacking))}"
        for order in decided_by(self.orders):
            if order.key(bids, other) > order.key(bids, best):
                return order.worse(bids, best, other)
        return "no better than the chosen one"


def _named(group: int | str) -> str:
    return f"group {group}" if isinstance(group, int) else group


#: A policy may begin with anything that it may have: `policy.audited().below("$0.50/h")`.
ANY = Policy()
audited, online, uptime, below, below_total = ANY.audited, ANY.online, ANY.uptime, ANY.below, ANY.below_total
region, not_region, country = ANY.region, ANY.not_region, ANY.country
provider, not_provider, organization = ANY.provider, ANY.not_provider, ANY.organization
gpu, prefer, then, group = ANY.gpu, ANY.prefer, ANY.then, ANY.group


def cheapest() -> Policy:
    """The lowest price wins; uptime decides between equals."""
    return ANY.then("cheapest")


def most_reliable() -> Policy:
    """The highest uptime over 7 days wins; price decides between equals."""
    return ANY.then("most reliable")
