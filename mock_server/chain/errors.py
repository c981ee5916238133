"""What the API makes of the chain's complaints (contract §3): a few are translated, all others reach the caller."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mock_server.chain import messages
from mock_server.web.http import ApiError, error

_SHORT = "Not enough balance to cover the deployment deposit."
NO_BALANCE = f"{_SHORT} Add credits or turn on auto recharge to continue."
RELOAD_COMING = f"{_SHORT} A top up from your saved payment method is on the way, so try again in a moment."
NOT_OPEN = "Cannot create lease: The selected bid is no longer open. Please refresh and select an available bid."
MATCHED = (
    "Cannot create lease: The associated order has already been matched or closed. Re-create the deployment to "
    "generate a new order and try again."
)

#: Part of the chain's text, in small letters -> the API's status and message. The first that is there counts.
_TRANSLATED = {
    "insufficient funds": (400, "Insufficient funds"),
    "deposit too low": (400, "Deposit too low"),
    "deployment closed": (400, "Deployment closed"),
    "account closed": (400, "Deployment closed"),
    "invalid coin denominations": (400, "Invalid coin denominations"),
    "invalid gpu attributes": (400, "Invalid GPU attributes"),
    "invalid: deployment version": (400, "Invalid deployment version"),
    "invalid: deployment hash": (400, "Invalid deployment hash"),
    "fee allowance expired": (400, "Console trial expired"),
    "deployment exists": (400, "Deployment with provided dseq and owner already exists"),
    "invalid owner address": (400, "Invalid owner address"),
    "bid not open": (400, NOT_OPEN),
    "order not open": (400, MATCHED),
    "invalid unit price": (400, "Unit price exceeds the maximum allowed by the network"),
    "insufficient balance": (402, NO_BALANCE),
    "negative decimal coin amount": (400, "Deployment escrow cannot be settled yet"),
}
_PREFIXES = {
    messages.CREATE_DEPLOYMENT: "Failed to create deployment: ",
    messages.CREATE_LEASE: "Failed to create lease: ",
    messages.CREATE_CERTIFICATE: "Failed to create certificate: ",
}
_INDEX = re.compile(r"message index: (\d+)")


def executing(index: int, complaint: str) -> str:
    """The chain's text when it fails to execute a transaction's message of that index."""
    return f"failed to execute message; message index: {index}: {complaint}"


def passed_on(text: str, types: Sequence[str]) -> ApiError:
    """The API's error for the chain's text about a transaction with messages of these type URLs, ready to raise."""
    status, message = next((said for part, said in _TRANSLATED.items() if part in text.lower()), (500, ""))
    if not message:
        return error(500, text)
    found = _INDEX.search(text)
    prefix = _PREFIXES.get(types[int(found[1])], "") if found else ""
    return error(status, f"{prefix}{message}")
