"""The account behind the key, and tokens for talking to its providers (contract §7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from akash_nb.client.call import Call
from akash_nb.client.operation import C_co, Resource, operation
from akash_nb.errors import InvalidInputError
from akash_nb.models import Secret, User

#: What a provider token may allow (contract §7).
SCOPES = frozenset(
    {
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
    }
)


def me() -> Call[User]:
    """The account of the key."""
    return Call("getUser", "GET", "/v1/user/me", User.from_wire)


def create_jwt_token(
    *,
    ttl_s: int = 1800,
    scope: Sequence[str] | None = None,
    permissions: Sequence[dict[str, Any]] | None = None,
) -> Call[Secret]:
    """A token with which providers let you read logs, open shells and so on, signed by the wallet. It costs nothing.

    Args:
        ttl_s: Seconds until it expires; the web Console asks for 1800.
        scope: What it allows at every provider, such as `["logs", "events"]`; None for everything.
        permissions: Instead, one entry per provider, as the service takes them: `{"provider": address, "access":
            "scoped", "scope": ["logs"]}`.

    Raises:
        InvalidInputError: An unknown scope, both kinds of limits, or no time at all; nothing was sent.
    """
    return Call(
        "createJwtToken",
        "POST",
        "/v1/create-jwt-token",
        lambda value: Secret(str(value["token"])),
        json={"data": {"ttl": _positive(ttl_s), "leases": _access(scope, permissions)}},
    )


class Account(Resource[C_co]):
    """The account behind the key."""

    me = operation(me)
    create_jwt_token = operation(create_jwt_token)


def _access(scope: Sequence[str] | None, permissions: Sequence[dict[str, Any]] | None) -> dict[str, Any]:
    if scope is not None and permissions is not None:
        raise InvalidInputError("Give a scope or permissions, not both.", means="Nothing was sent.")
    if permissions is not None:
        return {"access": "granular", "permissions": list(permissions)}
    if scope is None:
        return {"access": "full"}
    unknown = sorted(set(scope) - SCOPES)
    if unknown or isinstance(scope, str):
        raise InvalidInputError(
            f"{scope!r} is no list of scopes." if isinstance(scope, str) else f"Unknown scope: {', '.join(unknown)}.",
            means="Nothing was sent.",
            todo=f"Choose from {', '.join(sorted(SCOPES))}.",
        )
    return {"access": "scoped", "scope": list(scope)}


def _positive(seconds: int) -> int:
    if seconds <= 0:
        raise InvalidInputError(f"A token for {seconds} s is none.", means="Nothing was sent.")
    return seconds
