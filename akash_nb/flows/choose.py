"""Step 3, its end: which bids to lease, from a policy, from keys, or from what was picked before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from akash_nb.bids import Bids
from akash_nb.errors import InvalidInputError, NoChoiceError
from akash_nb.models import DeploymentStatus
from akash_nb.policy import Choice, Policy, leased, pick

#: A policy, a choice made before, or bid keys (the `key` column of the table).
Wish: TypeAlias = Policy | Choice | str | Sequence[str]


def decide(bids: Bids, wish: Wish, status: DeploymentStatus) -> Choice:
    """One bid per group; in a group that is leased the one that is.

    Raises:
        NoChoiceError: No open bid meets the policy; the message says why, bid by bid.
        InvalidInputError: The keys are of no bids here, or cannot be leased together.
    """
    decided = wish.choose(bids) if isinstance(wish, Policy) else _picked(bids, wish)
    # A group whose lease its provider has closed gets no new order: the others go on without it (contract §8).
    over = {lease.id.gseq for lease in status.leases} - {lease.id.gseq for lease in status.live_leases}
    decided = replace(decided, chosen={g: offer for g, offer in decided.chosen.items() if g not in over})
    if set(decided.missing) - over or not decided.chosen:
        raise NoChoiceError(
            f"No open bid fits for group {', '.join(map(str, decided.missing))}.\n{decided}\n",
            choice=decided,
            means="What is leased is kept and paid." if status.live_leases else "No lease was made.",
            todo="Loosen the policy, wait for more bids, or close.",
        )
    return decided


def _picked(bids: Bids, wish: Choice | str | Sequence[str]) -> Choice:
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
