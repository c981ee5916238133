"""The certificate pair: do its halves belong together, and is it still good?"""

from __future__ import annotations

from datetime import datetime

from akash_nb.errors import CertificateError
from akash_nb.models import CertificatePair


def valid_until(pair: CertificatePair, now: datetime) -> datetime:
    """The end of a pair's validity (UTC), after checking that certificate and key belong together.

    Raises:
        CertificateError: The halves are of different pairs, unreadable, or the certificate is not valid now.
    """
    from cryptography.hazmat.primitives.serialization import (  # heavy, and only the guide dialect needs it
        Encoding,
        PublicFormat,
        load_pem_private_key,
    )
    from cryptography.x509 import load_pem_x509_certificate

    try:
        certificate = load_pem_x509_certificate(pair.cert_pem.encode())
        key = load_pem_private_key(pair.key_pem.encode(), password=None)
    except (ValueError, TypeError) as problem:
        raise _unusable("cannot be read") from problem
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if certificate.public_key().public_bytes(*spki) != key.public_key().public_bytes(*spki):
        raise _unusable("consists of halves that do not belong together")
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise _unusable(
            f"is valid from {certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}"
        )
    return certificate.not_valid_after_utc


def _unusable(why: str) -> CertificateError:
    return CertificateError(
        f"The certificate pair {why}.",
        means="No lease can be made with it; nothing was sent and nothing was spent.",
        todo="Make a new pair with session.certificate(new=True).",
    )
