"""API keys of the account (contract §7)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from akash_nb.client.call import Call, Repeat
from akash_nb.client.inputs import segment
from akash_nb.client.operation import C_co, Resource, operation
from akash_nb.errors import InvalidInputError
from akash_nb.models import APIKey


def list_keys() -> Call[tuple[APIKey, ...]]:
    """All keys of the account, without their secrets, in no order."""
    return Call("listApiKeys", "GET", "/v1/api-keys", _keys)


def create(name: str, *, expires_at: datetime | None = None) -> Call[APIKey]:
    """Make a key that may do everything this account may; its `secret` is shown this once only.

    Not repeated when the answer is lost: a lost key cannot be shown again. Delete it and make another.

    Args:
        expires_at: When it ends, with a time zone, in the future; None for never.

    Raises:
        InvalidInputError: `expires_at` has no time zone; nothing was sent.
        InvalidRequestError: `expires_at` has passed.
    """
    data: dict[str, Any] = {"name": name}
    if expires_at is not None:
        data["expiresAt"] = _utc_text(expires_at)
    return Call(
        "createApiKey",
        "POST",
        "/v1/api-keys",
        APIKey.from_wire,
        json={"data": data},
        repeat=Repeat.NEVER,
        after_loss="client.api_keys.list() shows what exists; delete the lost one and make another.",
    )


def get(key_id: str) -> Call[APIKey]:
    """One key, without its secret.

    Raises:
        NotFoundError: No such key.
    """
    return Call("getApiKey", "GET", _path(key_id), APIKey.from_wire)


def rename(key_id: str, name: str) -> Call[APIKey]:
    """Give a key another name.

    Raises:
        NotFoundError: No such key.
    """
    return Call("updateApiKey", "PATCH", _path(key_id), APIKey.from_wire, json={"data": {"name": name}})


def delete(key_id: str) -> Call[None]:
    """Revoke a key at once, this client's own one included. An unknown one is no error."""
    return Call("deleteApiKey", "DELETE", _path(key_id), lambda _: None)


class APIKeys(Resource[C_co]):
    """API keys of the account."""

    list = operation(list_keys)
    create = operation(create)
    get = operation(get)
    rename = operation(rename)
    delete = operation(delete)


def _path(key_id: str) -> str:
    return f"/v1/api-keys/{segment(key_id)}"


def _keys(value: Any) -> tuple[APIKey, ...]:
    return tuple(APIKey.from_wire(item) for item in value)


def _utc_text(when: datetime) -> str:
    """ISO text that ends in Z, the only form the service takes."""
    if when.tzinfo is None:
        raise InvalidInputError(
            f"{when} has no time zone.",
            means="Nothing was sent.",
            todo="Say which: datetime(..., tzinfo=timezone.utc).",
        )
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
