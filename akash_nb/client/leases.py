"""Leases: accept bids and hand over the manifest (contract §5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from akash_nb.client.call import Call
from akash_nb.client.operation import C_co, Resource, operation
from akash_nb.errors import InvalidInputError
from akash_nb.ids import BidID
from akash_nb.models import CertificatePair, DeploymentStatus


def create(
    manifest: str, bids: Sequence[BidID], *, certificate: CertificatePair | None = None
) -> Call[DeploymentStatus]:
    """Accept one bid per group and send the manifest to the providers. Safe to repeat: a lease that exists is kept.

    Args:
        manifest: The text that `deployments.create` returned, unchanged.
        bids: One bid for each group of one deployment.
        certificate: The pair, in the guide dialect only.

    Raises:
        InvalidInputError: No bids, or bids of several deployments; nothing was sent.
    """
    if not bids:
        raise InvalidInputError("No bid was given.", means="Nothing was sent.", todo="Choose one bid per group.")
    if len({bid.dseq for bid in bids}) > 1:
        raise InvalidInputError("The bids belong to several deployments.", means="Nothing was sent.")
    body: dict[str, Any] = {
        "manifest": manifest,
        "leases": [{"dseq": b.dseq, "gseq": b.gseq, "oseq": b.oseq, "provider": b.provider} for b in bids],
    }
    if certificate is not None:
        body["certificate"] = certificate.to_wire()
    return Call(
        "createLease",
        "POST",
        "/v1/leases",
        DeploymentStatus.from_wire,
        json=body,
        timeout_s=180,
        dseq=bids[0].dseq,
        # The lease is made first; a refused manifest leaves it behind (contract §5).
        after_refusal="The lease may exist already and drain the escrow; sending the same again is safe.",
    )


class Leases(Resource[C_co]):
    """Leases of the wallet's deployments."""

    create = operation(create)
