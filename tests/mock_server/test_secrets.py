"""What a client needs to seal the secrets of an SDL (contract §5)."""

from __future__ import annotations

import base64

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mock_server import MockConsole
from tests.mock_server.conftest import Tenant


def test_the_key_that_seals_secrets_is_a_real_one(console: MockConsole, tenant: Tenant) -> None:
    """A client can encrypt with it, although nobody can open what it sealed."""
    found = tenant.http.get("/v1/sdl-secrets-context").json()
    jwk = found["jwk"]
    numbers = (int.from_bytes(base64.urlsafe_b64decode(jwk[name] + "=="), "big") for name in ("e", "n"))
    key = rsa.RSAPublicNumbers(*numbers).public_key()

    assert key.key_size == 2048
    assert key.encrypt(b"secret", padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    assert (jwk["kty"], jwk["alg"], jwk["use"]) == ("RSA", "RSA-OAEP-256", "enc")
    assert found["requiredClaims"] == ["kid", "sub", "exp"]
    assert found["sub"] == tenant.data("GET", "/v1/user/me")["id"]
    assert found["data"]["kid"] == found["kid"]


def test_the_key_that_seals_secrets_is_for_users_only(console: MockConsole) -> None:
    with httpx.Client(transport=console.transport(), base_url="http://mock") as anonymous:
        assert anonymous.get("/v1/sdl-secrets-context").status_code == 401
