"""Step 3, its end: which bids to lease, from a policy, from keys, or from what was picked before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from akash_nb.bids import Bids
from akash_nb.errors import BidDearerError, InvalidInputError, NoChoiceError
from akash_nb.flows.lease import expired
from akash_nb.models import DeploymentStatus, Offer
from akash_nb.money import Coin, format_usd
from akash_nb.policy import Choice, Policy, leased, pick

#: A policy, a choice made before, or bid keys (the `key` column of the table).
Wish: TypeAlias = Policy | Choice | str | Sequence[str]


def decide(bids: Bids, wish: Wish, status: DeploymentStatus, *, shown: Bids | None = None) -> Choice:
    """One bid per group; in a group that is leased the one that is.

    A policy looks at the prices of now. What was chosen before was chosen for a price, and a provider may withdraw a
    bid and bid more in its place: that is not what was chosen.

    Args:
        bids: As they are now.
        shown: As they were when keys were taken from them; None where nobody has seen any.

    Raises:
        NoChoiceError: No open bid meets the policy; the message says why, bid by bid.
        BidExpiredError: A bid that was picked is not open any more.
        BidDearerError: A bid that was chosen before costs more now.
        InvalidInputError: The keys are of no bids here, or cannot be leased together.
    """
    decided = wish.choose(bids) if isinstance(wish, Policy) else _picked(bids, wish)
    # A group whose lease its provider has closed gets no new order: the others go on without it (contract §8).
    over = {lease.id.gseq for lease in status.leases} - {lease.id.gseq for lease in status.live_leases}
    decided = replace(decided, chosen={g: offer for g, offer in decided.chosen.items() if g not in over})
    if set(decided.missing) - over or not decided.chosen:
        why = wish if isinstance(wish, Choice) else decided
        raise NoChoiceError(
            f"No open bid fits for group {', '.join(map(str, decided.missing))}.\n{why}\n",
            choice=why,
            means="What is leased is kept and paid." if status.live_leases else "No lease was made.",
            todo="Loosen the policy, wait for more bids, or close.",
        )
    _refuse_gone(decided)
    _check_prices(bids, decided, _seen(wish, shown))
    return decided


def _refuse_gone(decided: Choice) -> None:
    """Stop before anything is put into the escrow for a bid that is known to be gone."""
    gone = [offer for offer in decided.chosen.values() if offer.bid.state not in ("open", "active")]
    if gone:
        raise expired("; ".join(f"that of {offer.name} is {offer.bid.state}" for offer in gone) + ".")


def _picked(bids: Bids, wish: Choice | str | Sequence[str]) -> Choice:
    if isinstance(wish, Choice) and wish.bids.dseq != bids.dseq:
        raise InvalidInputError(
            f"These bids are on deployment {wish.bids.dseq}, not on {bids.dseq}.",
            means="Nothing was sent.",
            todo="Choose among the bids of this deployment.",
        )
    keys = _keys(wish)
    decided = pick(bids, keys)
    twice = len(decided.chosen) < len(set(keys))
    others = [offer.name for gseq, offer in leased(bids).items() if decided.chosen.get(gseq) != offer]
    if twice or others:
        why = "there are two bids for one group" if twice else f"it is leased from {', '.join(others)} already"
        raise InvalidInputError(
            f"These bids cannot be leased together on deployment {bids.dseq}: {why}.",
            means="Nothing was sent.",
            todo="Give one key per group.",
        )
    return decided


def _keys(wish: Choice | str | Sequence[str]) -> list[str]:
    if isinstance(wish, Choice):
        return [offer.key for offer in wish.chosen.values()]
    if isinstance(wish, str):
        return [wish]
    if not isinstance(wish, Sequence):
        raise InvalidInputError(
            f"A {type(wish).__name__} is no choice of bids.",
            means="Nothing was sent.",
            todo="Give a policy, or one key per group from the `key` column of bids.frame().",
        )
    return list(wish)


def _seen(wish: Wish, shown: Bids | None) -> dict[str, Offer]:
    """The bids by key, with the prices for which they were chosen; none where nobody had seen one."""
    if isinstance(wish, Policy):
        return {}
    offers = wish.chosen.values() if isinstance(wish, Choice) else shown or ()
    return {offer.key: offer for offer in offers}


def _check_prices(bids: Bids, decided: Choice, seen: dict[str, Offer]) -> None:
    """Stop where a chosen bid has become dearer. What is leased has its price, and is not asked."""
    chosen = (offer for offer in decided.chosen.values() if offer.bid.state == "open" and offer.key in seen)
    dearer = [offer for offer in chosen if _is_dearer(offer.bid.price, seen[offer.key].bid.price)]
    if dearer:
        raise BidDearerError(
            "\n".join(_rise(bids, seen[offer.key], offer) for offer in dearer),
            means="No lease was made.",
            todo="Choose again: deployment.bids has the prices of now.",
        )


def _is_dearer(now: Coin, before: Coin) -> bool:
    """Prices in other denoms are compared in dollars; where that cannot be done, it is not the price that was seen."""
    if now.denom == before.denom:
        return now.amount > before.amount
    new, old = now.usd(), before.usd()
    return new is None or old is None or new > old


def _rise(bids: Bids, before: Offer, now: Offer) -> str:
    usd = [bids.usd_per_hour(offer) for offer in (before, now)]
    old, new = map(format_usd, usd)
    if None in usd or old == new:  # no dollar value is known, or the rise is too small to show
        return f"{now.name} asks {now.bid.price} per block now; when it was chosen it was {before.bid.price}."
    return f"{now.name} asks {new}/h now; when it was chosen it was {old}/h."
