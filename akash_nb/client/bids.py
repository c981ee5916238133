"""Bids (contract §5)."""

from __future__ import annotations

from typing import Any

from akash_nb.client.call import Call
from akash_nb.client.operation import C_co, Resource, operation
from akash_nb.models import Bid


def list_bids(dseq: str) -> Call[tuple[Bid, ...]]:
    """Bids of every state on all groups of a deployment, by gseq, oseq and provider, never by price; 100 at most.

    Only bids of audited providers are shown by the service; an unknown dseq gives none.
    """
    return Call("listBids", "GET", f"/v1/bids/{dseq}", _bids, dseq=dseq)


def list_bids_by_query(dseq: str) -> Call[tuple[Bid, ...]]:
    """The same as `list`, by the older form of the address: `/v1/bids?dseq=`."""
    return Call("listBidsByQuery", "GET", "/v1/bids", _bids, params={"dseq": dseq}, dseq=dseq)


class Bids(Resource[C_co]):
    """Bids on the wallet's deployments."""

    list = operation(list_bids)
    list_by_query = operation(list_bids_by_query)


def _bids(value: Any) -> tuple[Bid, ...]:
    return tuple(Bid.from_wire(item) for item in value)
