"""Tokens for providers (contract §7): ES256KADR36, a secp256k1 signature over an ADR-36 sign document."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from mock_server.world import chance

SCOPES = (
    "send-manifest",
    "get-manifest",
    "logs",
    "shell",
    "events",
    "status",
    "restart",
    "hostname-migrate",
    "ip-migrate",
    "attestation",
)
EXPIRED = "Token has expired"
_CLAIMS = ("exp", "iat", "iss", "leases", "nbf", "version")
_ACCESS = ("full", "scoped", "granular")
#: The order of secp256k1; Cosmos takes the lower of the two equivalent signatures.
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def make(seed: int, address: str, serial: int, now_ms: int, ttl_s: int, leases: dict[str, Any]) -> str:
    """A token of that wallet, valid from now on for `ttl_s` seconds. The same arguments give the same token."""
    now = now_ms // 1000
    payload = {
        "exp": now + ttl_s,
        "iat": now,
        "iss": address,
        "jti": chance.uuid(seed, "jwt", address, serial),
        "leases": leases,
        "nbf": now,
        "version": "v1",
    }
    signed = f"{_part({'alg': 'ES256KADR36', 'typ': 'JWT'})}.{_part(payload)}"
    return f"{signed}.{_base64url(_signature(seed, address, signed))}"


def problems(leases: dict[str, Any]) -> list[str]:
    """What is wrong with the `leases` of a token, in the JWT schema's words; empty when nothing is."""
    return _access_problems(leases, "/leases") + (
        _permission_problems(leases) if leases.get("access") == "granular" else []
    )


def _access_problems(holder: dict[str, Any], path: str) -> list[str]:
    if "access" not in holder:
        return [f'Missing required field: "access" at "{path}"']
    if holder["access"] not in _ACCESS:
        return [f'"access" at "{path}" should be one of: {", ".join(_ACCESS)}']
    return _scope_problems(holder, path) if holder["access"] == "scoped" else []


def _permission_problems(leases: dict[str, Any]) -> list[str]:
    permissions = leases.get("permissions")
    if not isinstance(permissions, list):
        return ['Missing required field: "permissions" at "/leases"']
    found: list[str] = []
    for index, given in enumerate(permissions):
        entry = given if isinstance(given, dict) else {}
        path = f"/leases/permissions/{index}"
        if "provider" not in entry:
            found.append(f'Missing required field: "provider" at "{path}"')
        found += _access_problems(entry, path)
    return found


def _scope_problems(holder: dict[str, Any], path: str) -> list[str]:
    scope = holder.get("scope")
    if not isinstance(scope, list):
        return [f'Missing required field: "scope" at "{path}"']
    wrong = (index for index, name in enumerate(scope) if name not in SCOPES)
    return [f'"{index}" at "{path}/scope" should be one of: {", ".join(SCOPES)}' for index in wrong]


def read(token: str) -> dict[str, Any] | None:
    """The payload of a token, unverified; None when the text is no token."""
    try:
        header, payload, _ = (part + "=" * (-len(part) % 4) for part in token.split("."))
        json.loads(base64.urlsafe_b64decode(header))
        value = json.loads(base64.urlsafe_b64decode(payload))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def payload_problems(payload: dict[str, Any], now_ms: int) -> list[str]:
    """What is wrong with a payload at an instant, in the JWT schema's words; empty when nothing is."""
    found = [f'Missing required field: "{name}".' for name in _CLAIMS if name not in payload]
    if found:
        return found
    if not all(isinstance(payload[name], int) for name in ("exp", "iat", "nbf")):
        return ['"exp", "iat" and "nbf" should be numbers.']
    if not isinstance(payload["leases"], dict):
        return ['"" at "/leases" should be object']
    found = problems(payload["leases"])
    if payload["exp"] <= now_ms // 1000:
        found.append(EXPIRED)
    if payload["nbf"] > now_ms // 1000:
        found.append("Token is not yet valid")
    return found


def is_genuine(seed: int, token: str) -> bool:
    """Whether a readable token was signed with the key of the wallet that it names as its issuer."""
    signed, _, signature = token.rpartition(".")
    payload = read(token)
    # Signatures are deterministic here and nobody else has the key, so there is only one right one.
    return payload is not None and signature == _base64url(_signature(seed, str(payload.get("iss")), signed))


def _signature(seed: int, address: str, text: str) -> bytes:
    """r and s, 32 bytes each, over the sign document that ADR-36 wraps a text in."""
    message = {
        "type": "sign/MsgSignData",
        "value": {"data": base64.b64encode(text.encode()).decode(), "signer": address},
    }
    document = {
        "account_number": "0",
        "chain_id": "",
        "fee": {"amount": [], "gas": "0"},
        "memo": "",
        "msgs": [message],
        "sequence": "0",
    }
    secret = int.from_bytes(chance.digest(40, seed, "wallet key", address), "big")
    key = ec.derive_private_key(1 + secret % (_ORDER - 1), ec.SECP256K1())
    der = key.sign(_json(document), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(der)
    return r.to_bytes(32, "big") + min(s, _ORDER - s).to_bytes(32, "big")


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _part(value: Any) -> str:
    return _base64url(_json(value))


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
