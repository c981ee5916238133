"""The certificate pair of the guide dialect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from akash_nb.models.wire import Json


@dataclass(frozen=True, slots=True)
class CertificatePair:
    """A certificate and its private key as PEM text; the key is kept out of every repr.

    The service calls the key `encryptedKey`, but it is a plain PKCS8 key that goes back as `keyPem` (contract §20).
    """

    cert_pem: str
    key_pem: str = field(repr=False)
    public_pem: str = ""

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(str(value["certPem"]), str(value["encryptedKey"]), str(value.get("pubkeyPem") or ""))

    def to_wire(self) -> dict[str, str]:
        """The shape that the lease and update calls take."""
        return {"certPem": self.cert_pem, "keyPem": self.key_pem}
