"""The chain's messages that a managed wallet may sign, by type URL, and what they hold (contract §5).

Field numbers are those of akash.deployment.v1beta4, akash.market.v1beta5, akash.escrow.v1 and akash.cert.v1.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from akash_nb.money import plain
from mock_server.chain.protobuf import BYTES, NUMBER, TEXT, Kind, Message, many
from mock_server.supply.market import ENDPOINT_KINDS

CREATE_DEPLOYMENT = "/akash.deployment.v1beta4.MsgCreateDeployment"
UPDATE_DEPLOYMENT = "/akash.deployment.v1beta4.MsgUpdateDeployment"
CLOSE_DEPLOYMENT = "/akash.deployment.v1beta4.MsgCloseDeployment"
CREATE_LEASE = "/akash.market.v1beta5.MsgCreateLease"
ACCOUNT_DEPOSIT = "/akash.escrow.v1.MsgAccountDeposit"
CREATE_CERTIFICATE = "/akash.cert.v1.MsgCreateCertificate"

#: Where a deposit is taken from, and what an escrow account is for, as numbered on chain.
SOURCE_GRANT, SCOPE_DEPLOYMENT = 2, 1


def _digits(data: Any) -> str:
    text: str = TEXT.of(data)
    if not re.fullmatch(r"-?[0-9]{1,80}", text):
        raise ValueError(f"{text!r} is no whole number")
    return text


def _price(data: Any) -> str:
    """Decimal coins have their amount in units of 10^-18."""
    return plain(Decimal(_digits(data)).scaleb(-18))


def _endpoint_kind(value: Any) -> int:
    if value not in ENDPOINT_KINDS.values():
        raise ValueError(f"there is no endpoint kind {value}")
    return int(value)


_ATTRIBUTES = many(Message.of(key=(1, TEXT), value=(2, TEXT)).inside)
_VALUE = Message.of(val=(1, Kind(TEXT.wire, _digits, "0"))).inside
_UNITS = Message.of(units=(1, _VALUE), attributes=(2, _ATTRIBUTES)).inside
_MEMORY = Message.of(size=(1, _VALUE), attributes=(2, _ATTRIBUTES)).inside
_VOLUMES = many(Message.of(name=(1, TEXT), size=(2, _VALUE), attributes=(3, _ATTRIBUTES)).inside)
_ENDPOINTS = many(Message.of(kind=(1, Kind(NUMBER.wire, _endpoint_kind, 0)), sequence_number=(2, NUMBER)).inside)
_RESOURCE = Message.of(
    id=(1, NUMBER),
    cpu=(2, _UNITS),
    memory=(3, _MEMORY),
    storage=(4, _VOLUMES),
    gpu=(5, _UNITS),
    endpoints=(6, _ENDPOINTS),
).inside
_PRICE = Message.of(denom=(1, TEXT), amount=(2, Kind(TEXT.wire, _price, "0"))).inside
_SIGNED_BY = Message.of(allOf=(1, many(TEXT)), anyOf=(2, many(TEXT))).inside
_REQUIREMENTS = Message.of(signedBy=(1, _SIGNED_BY), attributes=(2, _ATTRIBUTES)).inside
_GROUPS = many(
    Message.of(
        name=(1, TEXT),
        requirements=(2, _REQUIREMENTS),
        resources=(3, many(Message.of(resource=(1, _RESOURCE), count=(2, NUMBER), price=(3, _PRICE)).inside)),
    ).inside
)
_DEPLOYMENT_ID = Message.of(owner=(1, TEXT), dseq=(2, NUMBER)).inside
_BID_ID = Message.of(
    owner=(1, TEXT), dseq=(2, NUMBER), gseq=(3, NUMBER), oseq=(4, NUMBER), provider=(5, TEXT), bseq=(6, NUMBER)
).inside
_ACCOUNT = Message.of(scope=(1, NUMBER), xid=(2, TEXT)).inside
_DEPOSIT = Message.of(
    amount=(1, Message.of(denom=(1, TEXT), amount=(2, Kind(TEXT.wire, _digits, "0"))).inside), sources=(5, many(NUMBER))
).inside

#: In the order in which the API lists them when it is sent another one.
MESSAGES = {
    CREATE_DEPLOYMENT: Message.of(id=(1, _DEPLOYMENT_ID), groups=(2, _GROUPS), hash=(3, BYTES), deposit=(4, _DEPOSIT)),
    CREATE_CERTIFICATE: Message.of(owner=(1, TEXT), cert=(2, BYTES), pubkey=(3, BYTES)),
    CREATE_LEASE: Message.of(bid_id=(1, _BID_ID)),
    UPDATE_DEPLOYMENT: Message.of(id=(1, _DEPLOYMENT_ID), hash=(3, BYTES)),
    CLOSE_DEPLOYMENT: Message.of(id=(1, _DEPLOYMENT_ID)),
    ACCOUNT_DEPOSIT: Message.of(signer=(1, TEXT), id=(2, _ACCOUNT), deposit=(3, _DEPOSIT)),
}


def group_specs(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Groups of a message as the SDL engine gives them: without what is empty or zero and may be left out."""
    return [
        {
            **group,
            "requirements": _lean(group["requirements"]),
            "resources": [_unit(entry) for entry in group["resources"]],
        }
        for group in groups
    ]


def _unit(entry: dict[str, Any]) -> dict[str, Any]:
    resource = entry["resource"]
    lean = {name: _lean(resource[name]) for name in ("cpu", "memory", "gpu")}
    storage = [_lean(volume) for volume in resource["storage"]]
    endpoints = [e if e["kind"] else {"sequence_number": e["sequence_number"]} for e in resource["endpoints"]]
    return {**entry, "resource": {**resource, **lean, "storage": storage, "endpoints": endpoints}}


def _lean(holder: dict[str, Any]) -> dict[str, Any]:
    return holder if holder["attributes"] else {k: v for k, v in holder.items() if k != "attributes"}
