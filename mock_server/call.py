"""What an endpoint is given: one request, the caller's world, and the checks that endpoints share."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mock_server import lifecycle
from mock_server.faults import Faults
from mock_server.http import MockRequest, MockResponse, error
from mock_server.state import Deployment, Wallet, World
from mock_server.validate import Check, parse

_SHORT = "Not enough balance to cover the deployment deposit."
NO_BALANCE = f"{_SHORT} Add credits or turn on auto recharge to continue."
RELOAD_COMING = f"{_SHORT} A top up from your saved payment method is on the way, so try again in a moment."


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way through an endpoint. `key_sha256` is None for an anonymous caller."""

    world: World
    request: MockRequest
    path: dict[str, str]
    faults: Faults
    dialect: str
    key_sha256: str | None

    @property
    def guide(self) -> bool:
        """Whether the published lifecycle guide is spoken, rather than the live service."""
        return self.dialect == "guide"

    def body(self, check: Check) -> Any:
        """The validated JSON body.

        Raises:
            ApiError: 400, malformed or invalid.
        """
        return parse(check, self.json())

    def json(self) -> Any:
        """The JSON body as sent.

        Raises:
            ApiError: 400, malformed or empty.
        """
        try:
            return json.loads(self.request.body, parse_constant=_no_constant)
        except ValueError:
            raise error(400, "Malformed JSON in request body", name="Error") from None

    def params(self, check: Check) -> Any:
        """The validated path parameters."""
        return parse(check, dict(self.path))

    def query(self, check: Check) -> Any:
        """The validated query parameters."""
        return parse(check, dict(self.request.query))

    def require_user(self) -> None:
        """Stop anonymous callers.

        Raises:
            ApiError: 401.
        """
        if self.key_sha256 is None:
            raise error(401, "Unauthorized")

    def wallet(self) -> Wallet:
        """The caller's wallet.

        Raises:
            ApiError: 401 for anonymous callers.
        """
        self.require_user()
        return self.world.wallet

    def deployment(self, dseq: str) -> Deployment:
        """One of the caller's deployments.

        Raises:
            ApiError: 401, 404.
        """
        self.wallet()
        found = self.world.deployments.get(dseq)
        if found is None:
            raise error(404, "Deployment not found")
        return found

    def check_spending(self, amount: int, *, create: bool) -> None:
        """The checks before money moves (contract §3): `amount` in micro-units.

        Raises:
            ApiError: 409 while the wallet is being set up, 402 when it does not cover the amount.
        """
        wallet = self.wallet()
        if not wallet.activated or self.faults.strikes("wallet_provisioning"):
            text = "Wallet is still being provisioned, please retry shortly"
            raise error(409, text, code="wallet_provisioning")
        short = self.faults.strikes("insufficient_balance") or wallet.allowance < amount
        if short and create:
            raise error(402, RELOAD_COMING if lifecycle.plan_reload(self.world) else NO_BALANCE)
        if short:
            raise error(402, NO_BALANCE)


Endpoint = Callable[[Call], MockResponse]


def _no_constant(name: str) -> None:
    """JSON has no NaN or Infinity, though Python's reader takes them."""
    raise ValueError(name)
