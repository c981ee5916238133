"""The certificate pairs of the published guide (contract §20): self-signed EC P-256, one year, deterministic.

`encryptedKey` is an ordinary unencrypted key despite its name: the guide's clients send it back as `keyPem`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from akash_nb.ids import is_address
from mock_server.world import chance

#: The order of the group P-256: private keys are 1 to one less.
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate, its public key and its private key, all PEM with CRLF as the service wrote them."""

    cert_pem: str
    pubkey_pem: str
    key_pem: str


def make(seed: int, owner: str, number: int, now_ms: int) -> Pair:
    """The owner's certificate of that number, valid for a year from now."""
    secret = int.from_bytes(chance.digest(40, seed, "certificate", owner, number), "big")
    key = ec.derive_private_key(1 + secret % (_P256_ORDER - 1), ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, owner)])
    start = datetime.fromtimestamp(now_ms // 1000, UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(now_ms * 1000 + number)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365))
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    pem = serialization.Encoding.PEM
    spki = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    return Pair(_crlf(cert.public_bytes(pem).decode()), _crlf(spki.replace("PUBLIC", "EC PUBLIC")), _crlf(private))


def fingerprint(cert_pem: str) -> str:
    """The SHA-256 of a certificate, as hex."""
    return x509.load_pem_x509_certificate(cert_pem.encode()).fingerprint(hashes.SHA256()).hex()


def problem(cert_pem: str, key_pem: str, issued: Sequence[str]) -> str:
    """Why a pair cannot be used; empty when it can. `issued` are the fingerprints this service gave out."""
    if not cert_pem or not key_pem:
        return "Certificate must include both certPem and keyPem"
    try:
        cert = x509.load_pem_x509_certificate(cert_pem.encode())
        key = serialization.load_pem_private_key(key_pem.encode(), password=None)
    except (ValueError, TypeError):
        return "Certificate cannot be read: certPem and keyPem must be the PEM texts that were returned"
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if cert.public_key().public_bytes(*form) != key.public_key().public_bytes(*form):
        return "Certificate and key do not belong together: use certPem and encryptedKey of the same pair"
    if fingerprint(cert_pem) not in issued:
        return "Certificate is not known to this service: create one and use both of its halves"
    return ""


def owner_of(cert_pem: str) -> str | None:
    """The address that a certificate names; None when it cannot be read or names none."""
    try:
        names = x509.load_pem_x509_certificate(cert_pem.encode()).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except ValueError:
        return None
    return str(names[0].value) if names and is_address(str(names[0].value)) else None


def attribute_problem(cert_pem: str, now_ms: int) -> str:
    """Why the provider-proxy does not take a client's certificate (contract §15); empty when it does."""
    try:
        cert = x509.load_pem_x509_certificate(cert_pem.encode())
    except ValueError:
        return "invalid"
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    if cert.not_valid_before_utc > now:
        return "validInFuture"
    if cert.not_valid_after_utc < now:
        return "expired"
    if cert.issuer != cert.subject:
        return "notSelfSigned"
    return "" if owner_of(cert_pem) else "CommonNameIsNotBech32"


def _crlf(text: str) -> str:
    return text.replace("\n", "\r\n")
