"""The user, the user's API keys, and tokens for providers (contract §7)."""

from __future__ import annotations

import hashlib
from typing import Any

from mock_server.web.call import Call
from mock_server.web.http import MockResponse, error, reply
from mock_server.web.takes import takes
from mock_server.web.validate import (
    Check,
    Issues,
    Path,
    anything,
    data,
    described,
    instant,
    issue,
    number,
    obj,
    optional,
    schema_of,
    string,
    uuid,
)
from mock_server.world import chance
from mock_server.world.clock import iso
from mock_server.world.state import KEY_MARK, ApiKey, World, key_mark


def _future(now_ms: int) -> Check:
    """An instant that is yet to come."""

    @described(**schema_of(instant))
    def check(value: Any, path: Path, issues: Issues) -> Any:
        at_ms = instant(value, path, issues)
        if isinstance(at_ms, int) and at_ms <= now_ms:
            issues.append(issue(path, "Expiration date must be in the future"))
        return at_ms

    return check


def _new_key(now_ms: int) -> Check:
    """The body that makes an API key."""
    return data(name=string(minimum=1), expiresAt=optional(_future(now_ms)))


@described(type="object")
def _object(value: Any, path: Path, issues: Issues) -> Any:
    """Any object, all keys kept."""
    obj()(value, path, issues)
    return anything(value, path, issues)


_ID = obj(id=uuid)
_NEW_NAME = data(name=optional(string(minimum=1)))
_TOKEN = data(ttl=number(integer=True, above=0), leases=_object)


@takes(key=True)
def me(call: Call) -> MockResponse:
    """GET /v1/user/me: `id` is the uuid that /v1/wallets wants."""
    wallet = call.wallet()
    world = call.world
    name = f"mock-{world.tenant[:8]}"
    body = {
        "id": world.user_id,
        "userId": f"auth0|{chance.hexadecimal(24, world.seed, 'auth0', world.tenant)}",
        "username": name,
        "email": f"{name}@mock.example",
        "emailVerified": True,
        "stripeCustomerId": None,
        "bio": None,
        "subscribedToNewsletter": False,
        "youtubeUsername": None,
        "twitterUsername": None,
        "githubUsername": None,
        "onboardingSkippedAt": None,
        "lastActiveAt": iso(world.now_ms),
        "lastIp": None,
        "lastUserAgent": None,
        "lastFingerprint": None,
        "createdAt": iso(world.created_ms),
        "trial": wallet.trial,
        "userWallets": {"isTrialing": wallet.trial},
    }
    return reply({"data": body})


@takes(key=True)
def list_keys(call: Call) -> MockResponse:
    """GET /v1/api-keys: the keys made through this API."""
    call.require_user()
    return reply({"data": [_key_json(call.world, key) for key in call.world.api_keys.values()]})


@takes(body=_new_key(0), key=True, status=201)
def create_key(call: Call) -> MockResponse:
    """POST /v1/api-keys: 201 with the key itself, shown this once; it works at once."""
    wanted = call.body(_new_key(call.world.now_ms))["data"]
    call.require_user()
    world = call.world
    name = (world.seed, "api key", world.tenant, world.count())
    secret = key_mark(world.seed, world.tenant) + chance.hexadecimal(64 - KEY_MARK, *name)
    made = ApiKey(
        id=chance.uuid(*name),
        name=wanted["name"],
        sha256=hashlib.sha256(f"ac.sk.mock.{secret}".encode()).hexdigest(),
        shown=f"ac.sk.mock.{secret[:6]}***{secret[-6:]}",
        created_ms=world.now_ms,
        updated_ms=world.now_ms,
        expires_ms=wanted.get("expiresAt"),
    )
    world.api_keys[made.id] = made
    return reply({"data": {**_key_json(world, made), "apiKey": f"ac.sk.mock.{secret}"}}, 201)


@takes(params=_ID, key=True)
def get_key(call: Call) -> MockResponse:
    """GET /v1/api-keys/{id}: one of the keys made through this API."""
    return reply({"data": _key_json(call.world, _key(call))})


@takes(params=_ID, body=_NEW_NAME, key=True)
def rename_key(call: Call) -> MockResponse:
    """PATCH /v1/api-keys/{id}: give a key another name."""
    wanted = call.body(_NEW_NAME)["data"]
    key = _key(call)
    key.name, key.updated_ms = wanted.get("name", key.name), call.world.now_ms
    return reply({"data": _key_json(call.world, key)})


@takes(params=_ID, key=True, status=204, kind="")
def delete_key(call: Call) -> MockResponse:
    """DELETE /v1/api-keys/{id}: 204, also for a key that never was."""
    wanted = call.params(_ID)["id"]
    call.require_user()
    call.world.api_keys.pop(wanted, None)
    return MockResponse(204)


@takes(body=_TOKEN, key=True, status=201)
def create_jwt(call: Call) -> MockResponse:
    """POST /v1/create-jwt-token: 201 with a token for providers, signed with the wallet's key."""
    wanted = call.body(_TOKEN)["data"]
    wallet = call.wallet()
    from mock_server.provider import tokens  # cryptography is heavy, and only this endpoint and the guide need it

    problems = tokens.problems(wanted["leases"])
    if problems:
        raise error(400, ".\n".join(problems))
    serial = call.world.count()
    token = tokens.make(
        call.world.seed, wallet.address, serial, call.world.now_ms, int(wanted["ttl"]), wanted["leases"]
    )
    return reply({"data": {"token": token}}, 201)


def _key(call: Call) -> ApiKey:
    wanted = call.params(_ID)["id"]
    call.require_user()
    found = call.world.api_keys.get(wanted)
    if found is None:
        raise error(404, "API key not found")
    return found


def _key_json(world: World, key: ApiKey) -> dict[str, Any]:
    def when(at_ms: int | None) -> str | None:
        return None if at_ms is None else iso(at_ms)

    return {
        "id": key.id,
        "name": key.name,
        "keyFormat": key.shown,
        "expiresAt": when(key.expires_ms),
        "createdAt": iso(key.created_ms),
        "updatedAt": iso(key.updated_ms),
        "lastUsedAt": when(key.last_used_ms),
        "userId": world.user_id,
        "hashedKey": key.sha256,
    }
