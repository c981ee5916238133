"""A tenant who writes the chain's messages itself, as wallets do."""

from __future__ import annotations

import base64
from typing import Any

from akash_nb.sdl import compile as compile_sdl
from mock_server.chain import messages
from mock_server.supply.catalogue import AUDITOR


def field(number: int, value: int | str | bytes) -> bytes:
    """One field of a protobuf message; 0 and empty are left out, as encoders do."""
    if not value:
        return b""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def fields(*values: int | str | bytes) -> bytes:
    """A message whose fields are numbered from 1."""
    return b"".join(field(number, value) for number, value in enumerate(values, 1))


def deposit(micro: int, *, denom: str = "uact", source: int = messages.SOURCE_GRANT) -> bytes:
    return field(1, fields(denom, str(micro))) + field(5, source)


class Signer:
    """Messages in the name of one owner."""

    def __init__(self, owner: str) -> None:
        self.owner = owner

    def create(self, dseq: int, text: str, paid: bytes, *, version: bytes | None = None) -> dict[str, str]:
        compiled = compile_sdl(text)
        assert compiled.ok, compiled.errors
        groups = b"".join(field(2, _group(spec)) for spec in compiled.groups)
        digest = base64.b64decode(compiled.version) if version is None else version
        body = field(1, fields(self.owner, dseq)) + groups + field(3, digest) + field(4, paid)
        return _sent(messages.CREATE_DEPLOYMENT, body)

    def update(self, dseq: int, version: bytes) -> dict[str, str]:
        return _sent(messages.UPDATE_DEPLOYMENT, field(1, fields(self.owner, dseq)) + field(3, version))

    def close(self, dseq: int) -> dict[str, str]:
        return _sent(messages.CLOSE_DEPLOYMENT, field(1, fields(self.owner, dseq)))

    def lease(self, dseq: int, gseq: int, oseq: int, provider: str) -> dict[str, str]:
        return _sent(messages.CREATE_LEASE, field(1, fields(self.owner, dseq, gseq, oseq, provider)))

    def pay(self, dseq: int, paid: bytes) -> dict[str, str]:
        account = fields(messages.SCOPE_DEPLOYMENT, f"{self.owner}/{dseq}")
        return _sent(messages.ACCOUNT_DEPOSIT, fields(self.owner, account, paid))

    def certificate(self, cert: str, pubkey: str) -> dict[str, str]:
        return _sent(messages.CREATE_CERTIFICATE, fields(self.owner, cert, pubkey))


def _sent(kind: str, body: bytes) -> dict[str, str]:
    return {"typeUrl": kind, "value": base64.b64encode(body).decode()}


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _group(spec: dict[str, Any]) -> bytes:
    signed_by = field(2, AUDITOR)
    requirements = field(1, signed_by) + _attributes(2, spec["requirements"])
    units = b"".join(field(3, _unit(entry)) for entry in spec["resources"])
    return fields(spec["name"], requirements) + units


def _unit(entry: dict[str, Any]) -> bytes:
    resource = entry["resource"]
    cpu, memory, gpu = (
        field(1, fields(resource[name][key]["val"])) + _attributes(2, resource[name])
        for name, key in (("cpu", "units"), ("memory", "size"), ("gpu", "units"))
    )
    storage = b"".join(
        field(4, fields(v["name"], fields(v["size"]["val"])) + _attributes(3, v)) for v in resource["storage"]
    )
    # An endpoint of kind 0 and number 0 is an empty message, which is there all the same.
    endpoints = b"".join(
        _varint(6 << 3 | 2) + _varint(len(data)) + data
        for data in (fields(e.get("kind", 0), e["sequence_number"]) for e in resource["endpoints"])
    )
    price = fields("uact", str(int(float(entry["price"]["amount"]) * 10**18)))
    held = field(1, resource["id"]) + field(2, cpu) + field(3, memory) + storage + field(5, gpu) + endpoints
    return fields(held, entry["count"], price)


def _attributes(number: int, holder: dict[str, Any]) -> bytes:
    return b"".join(field(number, fields(a["key"], a["value"])) for a in holder.get("attributes") or ())
