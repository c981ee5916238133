"""What a replay hands out where the recording has a mask and clients look closer: something of the right form.

A guide's client checks that key and certificate belong together, others read a token's end. These stand-ins are made
up, valid nowhere, and always the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mock_server.recording.file import Exchange
from mock_server.recording.redaction import MASK
from mock_server.world import chance

_SEED = 0
_OWNER = chance.address(_SEED, "stand-in")


def with_stand_ins(exchange: Exchange, now_ms: int) -> Any:
    """The JSON of an answer, with stand-ins for its masks where there are any; they are valid from `now_ms` on."""
    told = exchange.reply.json
    make = _MAKERS.get(exchange.operation)
    data = told.get("data") if isinstance(told, dict) else None
    if make is None or not isinstance(data, dict):
        return told
    return {**told, "data": {**data, **make(exchange, data, now_ms)}}


def _pair(_: Exchange, data: dict[str, Any], now_ms: int) -> dict[str, str]:
    number = _number(data.get("encryptedKey"))
    if number is None:
        return {}
    from mock_server.provider import certificates  # cryptography is heavy, and only the guide needs it

    made = certificates.make(_SEED, _OWNER, number, now_ms)
    return {"certPem": made.cert_pem, "pubkeyPem": made.pubkey_pem, "encryptedKey": made.key_pem}


def _token(exchange: Exchange, data: dict[str, Any], now_ms: int) -> dict[str, str]:
    number = _number(data.get("token"))
    if number is None:
        return {}
    from mock_server.provider import tokens  # cryptography is heavy, and only this needs it

    wanted = exchange.request.json["data"]
    return {"token": tokens.make(_SEED, _OWNER, number, now_ms, int(wanted["ttl"]), wanted["leases"])}


def _api_key(_: Exchange, data: dict[str, Any], now_ms: int) -> dict[str, str]:
    number = _number(data.get("apiKey"))
    return {} if number is None else {"apiKey": f"ac.sk.mock.{chance.hexadecimal(64, _SEED, 'api key', number)}"}


def _number(value: Any) -> int | None:
    """Which mask it is; None for what is no mask."""
    found = MASK.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) if found else None


_MAKERS: dict[str, Callable[[Exchange, dict[str, Any], int], dict[str, str]]] = {
    "createCertificate": _pair,
    "createJwtToken": _token,
    "createApiKey": _api_key,
}
