"""What a client needs to seal the secrets of an SDL (contract §5): a public key, and for whom."""

from __future__ import annotations

import base64

from mock_server.web.call import Call
from mock_server.web.http import MockResponse, reply
from mock_server.web.takes import takes
from mock_server.world import chance


@takes(key=True)
def context(call: Call) -> MockResponse:
    """GET /v1/sdl-secrets-context: the key to seal secrets with, the user they are for, the claims a seal must have.

    Nobody holds the private half of this key, and the mock never opens a seal.
    """
    call.require_user()
    world = call.world
    found = {
        "sub": world.user_id,
        "kid": f"mock-{chance.hexadecimal(8, world.seed, 'sealing key')}",
        "jwk": {"kty": "RSA", "n": _modulus(world.seed), "e": "AQAB", "use": "enc", "alg": "RSA-OAEP-256"},
        "requiredClaims": ["kid", "sub", "exp"],
    }
    # First answered as it is, later in `data`: this serves clients of either kind.
    return reply({**found, "data": found})


def _modulus(seed: int) -> str:
    """2048 bits that look like a modulus: odd, and with the highest bit set."""
    drawn = b"".join(chance.digest(64, seed, "sealing key", part) for part in range(4))
    number = int.from_bytes(drawn, "big") | 1 | 1 << 2047
    return base64.urlsafe_b64encode(number.to_bytes(256, "big")).decode().rstrip("=")
