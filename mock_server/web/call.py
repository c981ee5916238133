"""What an endpoint is given: one request, the caller's world, and the checks that endpoints share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from itertools import islice
from typing import Any, TypeVar

import msgspec

from mock_server.faults import Faults
from mock_server.web.http import MockRequest, MockResponse, error
from mock_server.web.validate import Check, parse
from mock_server.world.clock import DAY
from mock_server.world.state import Deployment, Wallet, World

T = TypeVar("T")

#: JavaScript counts exactly up to here, and the chain's numbers end here.
_EXACT, _UINT64 = 2**53, 2**64
#: How long the grants of a trial last (contract §14).
_TRIAL_MS = 30 * DAY
#: An escape that may be half of a surrogate pair; a half that is still there once the halves of pairs are joined.
_HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")


class Call(msgspec.Struct, frozen=True):
    """One request on its way through an endpoint.

    `key_sha256` is None for an anonymous caller; `default_deposit` in micro-units is what every create deposits,
    whatever the caller says (None: what the caller says).
    """

    world: World
    request: MockRequest
    path: dict[str, str]
    faults: Faults
    dialect: str
    key_sha256: str | None
    default_deposit: int | None = None

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
        """The JSON body as Node reads it: UTF-8, numbers that are doubles, no lone halves of surrogate pairs.

        Raises:
            ApiError: 400, malformed or empty.
        """
        return read_json(self.request.body)

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
        found = self.find(dseq)
        if found is None:
            raise error(404, "Deployment not found")
        return found

    def find(self, dseq: str) -> Deployment | None:
        """One of the caller's deployments; None when there is none of that number.

        Raises:
            ApiError: 401; 500 in the chain's words when no deployment can have that number.
        """
        self.wallet()
        if int(dseq) >= _UINT64:
            raise error(500, f'strconv.ParseUint: parsing "{dseq}": value out of range')
        return self.world.deployments.get(dseq)

    def require_fee(self) -> None:
        """The check of every transaction (contract §3).

        Raises:
            ApiError: 402 when no fee can be paid; 400 once what a trial was granted has run out.
        """
        if self.world.wallet.trial and self.world.now_ms - self.world.created_ms >= _TRIAL_MS:
            raise error(400, "Console trial expired")
        if self.faults.strikes("no_fee"):
            raise error(402, "Not enough funds to cover the transaction fee")

    def require_activated(self) -> None:
        """The first checks of everything that spends (contract §3).

        Raises:
            ApiError: 401; 409 while the wallet is being set up; what `require_fee` raises.
        """
        if not self.wallet().activated or self.faults.strikes("wallet_provisioning"):
            text = "Wallet is still being provisioned, please retry shortly"
            raise error(409, text, code="wallet_provisioning")
        self.require_fee()

    def is_short_of(self, amount: int) -> bool:
        """Whether the caller's wallet does not cover that many micro-units."""
        return self.faults.strikes("insufficient_balance") is not None or self.wallet().allowance < amount


Endpoint = Callable[[Call], MockResponse]


def read_json(body: bytes) -> Any:
    """A request's body as Node reads it.

    Raises:
        ApiError: 400, malformed or empty.
    """
    try:
        return javascript_json(body.decode("utf-8-sig", "replace"))
    except ValueError:
        raise error(400, "Malformed JSON in request body", name="Error") from None


def javascript_json(text: str) -> Any:
    """A JSON text as Node reads it.

    Raises:
        ValueError: It is none.
    """
    try:
        value = _JSON.decode(text)
        return _without_halves(value) if _HALF_ESCAPED.search(text) else value
    except RecursionError:
        raise ValueError("too deep") from None


def page_of(items: Collection[T], skip: float, limit: float) -> list[T]:
    """The items of one page; like JavaScript's slice it takes `Infinity`, and fractions as the number below."""
    first = int(min(skip, len(items)))
    return list(islice(items, first, first + int(min(limit, len(items)))))


def _double(text: str) -> int | float:
    """A JSON number as JavaScript has it; whole ones as int as long as they are exact."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= _EXACT else value


def _without_halves(value: Any) -> Any:
    """With U+FFFD for every lone half of a surrogate pair, which is what Node makes of it when writing UTF-8."""
    return json.loads(_HALF.sub("\ufffd", json.dumps(value, ensure_ascii=False)))


def _no_constant(name: str) -> None:
    """JSON has no NaN or Infinity, though Python's reader takes them."""
    raise ValueError(name)


#: `json.loads` would make a reader for every text.
_JSON = json.JSONDecoder(parse_constant=_no_constant, parse_int=_double, parse_float=_double)
