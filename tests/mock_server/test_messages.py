"""The chain's messages are read as its own SDK wrote them.

The base64 below was made by @akashnetwork/chain-sdk 1.0.0-alpha.25 from the SDL below: `generateManifest`, and `encode`
of each message.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest

from akash_nb.sdl import compile as compile_sdl
from mock_server.chain import messages
from mock_server.chain.protobuf import NUMBER, TEXT, Message, many

SDL = """
version: "2.0"
services:
  web:
    image: nginx:1.27
    expose: [{port: 80, to: [{global: true}]}, {port: 22, to: [{global: true}]}]
    params: {storage: {data: {mount: /data}}}
  db:
    image: postgres
    expose: [{port: 5432, to: [{service: web}]}]
profiles:
  compute:
    web:
      resources:
        cpu: {units: 0.5, attributes: {arch: amd64}}
        memory: {size: 512Mi}
        storage:
          - size: 1Gi
          - {name: data, size: 10Gi, attributes: {persistent: true, class: beta3}}
        gpu: {units: 1, attributes: {vendor: {nvidia: [{model: rtx4090, ram: 24Gi}, {model: a100}]}}}
    db:
      resources: {cpu: {units: 1}, memory: {size: 1Gi}, storage: {size: 5Gi}}
  placement:
    west:
      attributes: {region: us-west}
      signedBy: {anyOf: [akash1365yvmc4s7awdyj3n2sav7xfx76adc6dnmlx63]}
      pricing: {web: {denom: uact, amount: 100000.5}, db: {denom: uact, amount: 1000}}
    east:
      pricing: {db: {denom: uact, amount: 2000}}
deployment:
  web: {west: {profile: web, count: 2}}
  db: {west: {profile: db, count: 1}, east: {profile: db, count: 1}}
"""
OWNER, PROVIDER = "akash1365yvmc4s7awdyj3n2sav7xfx76adc6dnmlx63", "akash18ga02jzaq8cw52anyhzkwta5wygufgu6zsz6xc"
DSEQ = 1767614400000
CREATE = (
    "CjUKLGFrYXNoMTM2NXl2bWM0czdhd2R5ajNuMnNhdjd4Zng3NmFkYzZkbm1seDYzEICMnfC4MxJsCgRlYXN0EgIKABpgCjwIARII"
    "CgYKBDEwMDAaDgoMCgoxMDczNzQxODI0IhcKB2RlZmF1bHQSDAoKNTM2ODcwOTEyMCoFCgMKATAQARoeCgR1YWN0EhYyMDAwMDAw"
    "MDAwMDAwMDAwMDAwMDAwErEDCgR3ZXN0EkMKLhIsYWthc2gxMzY1eXZtYzRzN2F3ZHlqM24yc2F2N3hmeDc2YWRjNmRubWx4NjMS"
    "EQoGcmVnaW9uEgd1cy13ZXN0GmAKPAgBEggKBgoEMTAwMBoOCgwKCjEwNzM3NDE4MjQiFwoHZGVmYXVsdBIMCgo1MzY4NzA5MTIw"
    "KgUKAwoBMBABGh4KBHVhY3QSFjEwMDAwMDAwMDAwMDAwMDAwMDAwMDAagQIK2gEIAhIWCgUKAzUwMBINCgRhcmNoEgVhbWQ2NBoN"
    "CgsKCTUzNjg3MDkxMiIXCgdkZWZhdWx0EgwKCjEwNzM3NDE4MjQiOQoEZGF0YRINCgsxMDczNzQxODI0MBoOCgVjbGFzcxIFYmV0"
    "YTMaEgoKcGVyc2lzdGVudBIEdHJ1ZSpVCgMKATESLAokdmVuZG9yL252aWRpYS9tb2RlbC9ydHg0MDkwL3JhbS8yNEdpEgR0cnVl"
    "EiAKGHZlbmRvci9udmlkaWEvbW9kZWwvYTEwMBIEdHJ1ZTIAMgIIARACGiAKBHVhY3QSGDEwMDAwMDUwMDAwMDAwMDAwMDAwMDAw"
    "MBogalXMeiARNq6gNTZ+bQN3ua+HJWpEJ8gKL94aNHPus3UiEwoPCgR1YWN0Egc1MDAwMDAwKAI="
)
UPDATE = (
    "CjUKLGFrYXNoMTM2NXl2bWM0czdhd2R5ajNuMnNhdjd4Zng3NmFkYzZkbm1seDYzEICMnfC4MxogalXMeiARNq6gNTZ+bQN3ua+H"
    "JWpEJ8gKL94aNHPus3U="
)
CLOSE = "CjUKLGFrYXNoMTM2NXl2bWM0czdhd2R5ajNuMnNhdjd4Zng3NmFkYzZkbm1seDYzEICMnfC4Mw=="
LEASE = (
    "CmcKLGFrYXNoMTM2NXl2bWM0czdhd2R5ajNuMnNhdjd4Zng3NmFkYzZkbm1seDYzEICMnfC4MxgBIAEqLGFrYXNoMThnYTAyanph"
    "cThjdzUyYW55aHprd3RhNXd5Z3VmZ3U2enN6Nnhj"
)
DEPOSIT = (
    "Cixha2FzaDEzNjV5dm1jNHM3YXdkeWozbjJzYXY3eGZ4NzZhZGM2ZG5tbHg2MxI+CAESOmFrYXNoMTM2NXl2bWM0czdhd2R5ajNu"
    "MnNhdjd4Zng3NmFkYzZkbm1seDYzLzE3Njc2MTQ0MDAwMDAaFQoPCgR1YWN0Egc1MDAwMDAwKAIoAQ=="
)
CERTIFICATE = "Cixha2FzaDEzNjV5dm1jNHM3YXdkeWozbjJzYXY3eGZ4NzZhZGM2ZG5tbHg2MxIEQ0VSVBoDUFVC"


def read(kind: str, text: str) -> dict[str, Any]:
    return messages.MESSAGES[kind].read(base64.b64decode(text))


def test_groups_are_those_that_the_sdl_engine_makes() -> None:
    compiled = compile_sdl(SDL)
    made = read(messages.CREATE_DEPLOYMENT, CREATE)

    assert messages.group_specs(made["groups"]) == compiled.groups
    assert base64.b64encode(made["hash"]).decode() == compiled.version
    assert made["id"] == {"owner": OWNER, "dseq": DSEQ}
    assert made["deposit"] == {"amount": {"denom": "uact", "amount": "5000000"}, "sources": [messages.SOURCE_GRANT]}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (messages.CLOSE_DEPLOYMENT, CLOSE, {"id": {"owner": OWNER, "dseq": DSEQ}}),
        (
            messages.CREATE_LEASE,
            LEASE,
            {"bid_id": {"owner": OWNER, "dseq": DSEQ, "gseq": 1, "oseq": 1, "provider": PROVIDER, "bseq": 0}},
        ),
        (
            messages.ACCOUNT_DEPOSIT,
            DEPOSIT,
            {
                "signer": OWNER,
                "id": {"scope": messages.SCOPE_DEPLOYMENT, "xid": f"{OWNER}/{DSEQ}"},
                "deposit": {"amount": {"denom": "uact", "amount": "5000000"}, "sources": [2, 1]},
            },
        ),
        (messages.CREATE_CERTIFICATE, CERTIFICATE, {"owner": OWNER, "cert": b"CERT", "pubkey": b"PUB"}),
    ],
    ids=["close", "lease", "deposit", "certificate"],
)
def test_a_message_is_read(kind: str, text: str, expected: dict[str, Any]) -> None:
    assert read(kind, text) == expected


def test_an_update_carries_the_hash_of_the_same_manifest() -> None:
    made = read(messages.UPDATE_DEPLOYMENT, UPDATE)

    assert made["id"]["dseq"] == DSEQ
    assert made["hash"] == read(messages.CREATE_DEPLOYMENT, CREATE)["hash"]


def test_what_is_left_out_has_its_default() -> None:
    empty = messages.MESSAGES[messages.CREATE_DEPLOYMENT].read(b"")

    assert empty["id"] == {"owner": "", "dseq": 0}
    assert (empty["groups"], empty["hash"]) == ([], b"")
    assert empty["deposit"]["amount"]["amount"] == "0"


def test_numbers_may_be_packed_and_unknown_fields_are_passed_over() -> None:
    kind = Message.of(numbers=(5, many(NUMBER)), name=(1, TEXT))

    packed = kind.read(bytes([0x2A, 3, 1, 0x96, 1, 0x28, 2, 0x0A, 1, 0x61, 0x3A, 1, 0x62]))

    assert packed == {"numbers": [1, 150, 2], "name": "a"}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x0a", id="no length"),
        pytest.param(b"\x0a\x05abc", id="too short"),
        pytest.param(b"\x08", id="no number"),
        pytest.param(b"\x08" + b"\xff" * 11, id="an endless number"),
        pytest.param(b"\x0b", id="a group"),
        pytest.param(b"\x00\x00", id="field 0"),
        pytest.param(b"\x08\x01", id="a number for a text"),
        pytest.param(b"\x0a\x01\xff", id="no UTF-8"),
    ],
)
def test_bytes_that_are_no_such_message_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # of several kinds
        Message.of(name=(1, TEXT)).read(data)


@pytest.mark.parametrize("changed", [b"1e3", b"abc", b"1.5", b" 1"])
def test_an_amount_is_digits(changed: bytes) -> None:
    coin = b"\x12" + bytes([len(changed)]) + changed
    deposit = b"\x1a" + bytes([len(coin) + 2]) + b"\x0a" + bytes([len(coin)]) + coin
    with pytest.raises(ValueError, match="whole number"):
        messages.MESSAGES[messages.ACCOUNT_DEPOSIT].read(deposit)
