"""A transaction while it is checked: what its messages so far would change, and what the chain has against the next."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from akash_nb.ids import is_address
from mock_server.chain import errors as chain_errors
from mock_server.chain.messages import SOURCE_GRANT
from mock_server.web.http import ApiError
from mock_server.world.state import World
from mock_server.world.wire import DENOM

#: The SHA-256 of a manifest.
_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Api:
    """What the API adds to the chain.

    Attributes:
        bidding: How the market answers a new deployment (see `lifecycle.create_deployment`).
        check_bid: Stops what may not become a lease: the message's index, and the lease's numbers and provider.
        lease: Makes leases: dseq, and (gseq, oseq, provider) each.
    """

    bidding: Callable[[], Any]
    check_bid: Callable[[int, dict[str, Any]], None]
    lease: Callable[[str, list[tuple[int, int, str]]], None]


@dataclass(slots=True)
class Draft:
    """A transaction that is being checked. Whatever it complains about is an `ApiError` to raise.

    Attributes:
        world: As it is before the transaction.
        types: The type URLs of all messages.
        free: What the wallet can still deposit.
        api: What the API adds to the chain.
        index: The message that is being checked.
        opened: Deployments that messages so far would make.
        closed: Deployments that they would close.
        hashes: The versions that they would give to deployments.
        leases: The leases that they would make, by dseq: (gseq, oseq, provider).
        certificates: Fingerprints of the certificates that they would publish.
    """

    world: World
    types: list[str]
    free: int
    api: Api
    index: int = 0
    opened: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    hashes: dict[str, str] = field(default_factory=dict)
    leases: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)
    certificates: set[str] = field(default_factory=set)

    def malformed(self, complaint: str) -> ApiError:
        """What is said before a message is executed, ready to raise."""
        return chain_errors.passed_on(complaint, self.types)

    def refused(self, complaint: str) -> ApiError:
        """What is said when the message is executed, ready to raise."""
        return chain_errors.passed_on(chain_errors.executing(self.index, complaint), self.types)

    def require_signer(self, owner: str) -> None:
        """Only the wallet's own messages are signed by its key."""
        if not is_address(owner):
            raise self.malformed("Invalid Owner Address: invalid address")
        if owner != self.world.wallet.address:
            raise self.malformed(f"pubKey does not match signer address {owner} with signer index: 0: invalid pubkey")

    def dseq_of(self, identity: dict[str, Any]) -> str:
        """The number in a deployment's id, which must be the wallet's own."""
        self.require_signer(identity["owner"])
        if not identity["dseq"]:
            raise self.malformed("DeploymentID: Invalid Deployment Sequence: invalid sequence")
        return str(identity["dseq"])

    def knows(self, dseq: str) -> bool:
        """Whether there is a deployment of that number, open or closed."""
        return dseq in self.opened or dseq in self.world.deployments

    def is_open(self, dseq: str) -> bool:
        """Whether a deployment is active."""
        return dseq not in self.closed and (dseq in self.opened or self.world.deployments[dseq].state == "active")

    def open_dseq_of(self, identity: dict[str, Any]) -> str:
        """The number of a deployment that is active."""
        dseq = self.dseq_of(identity)
        if not self.knows(dseq):
            raise self.refused("Deployment not found")
        if not self.is_open(dseq):
            raise self.refused("Deployment closed")
        return dseq

    def hash_of(self, message: dict[str, Any]) -> str:
        """A message's version, as base64."""
        if not message["hash"]:
            raise self.malformed("Invalid: empty hash")
        if len(message["hash"]) != _HASH_BYTES:
            raise self.malformed("Invalid: deployment hash")
        return base64.b64encode(message["hash"]).decode()

    def amount_of(self, deposit: dict[str, Any]) -> int:
        """A deposit's micro-units."""
        coin = deposit["amount"]
        if coin["denom"] != DENOM:
            raise self.refused(f"invalid coin denominations; {coin['denom']}, {DENOM}")
        return int(coin["amount"])

    def pay(self, deposit: dict[str, Any], amount: int) -> None:
        """Take a deposit from what the platform granted, which is all that a managed wallet has."""
        if SOURCE_GRANT not in deposit["sources"] or amount > self.free:
            raise self.refused("invalid deposit: insufficient balance")
        self.free -= amount
