"""Identifiers: bech32 addresses, deployment numbers, and the ids of bids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akash_nb.ids import BidID, encode_address, is_address, parse_dseq

# Addresses that exist (contract §19).
KNOWN = [
    "akash13265twfqejnma6cc93rw5dxk4cldyz2zyy8cdm",
    "akash18ga02jzaq8cw52anyhzkwta5wygufgu6zsz6xc",
    "akash1365yvmc4s7awdyj3n2sav7xfx76adc6dnmlx63",
    "akash1q7spv2cw06yszgfp4f9ed59lkka6ytn8g4tkjf",
]


@pytest.mark.parametrize("address", KNOWN)
def test_known_addresses_are_addresses(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef"),
        ("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "split"),
    ],
)
def test_the_vectors_of_bip_173_hold(text: str, prefix: str) -> None:
    assert is_address(text, prefix)


@pytest.mark.parametrize(
    "text",
    ["", "akash", "akash1", "akash1qqqqqq", "cosmos1abc", "akash1" + "b" * 38, KNOWN[0].upper(), KNOWN[0] + " "],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert not is_address(text)


@given(
    st.sampled_from(KNOWN), st.integers(min_value=6, max_value=43), st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l")
)
def test_one_wrong_character_is_always_noticed(address: str, place: int, character: str) -> None:
    wrong = address[:place] + character + address[place + 1 :]
    assert is_address(wrong) == (wrong == address)


@given(st.binary(min_size=20, max_size=20))
def test_an_account_address_has_44_characters_and_a_right_checksum(payload: bytes) -> None:
    address = encode_address(payload)
    assert len(address) == 44
    assert is_address(address)


@given(st.binary(min_size=1, max_size=32), st.binary(min_size=1, max_size=32))
def test_different_payloads_have_different_addresses(one: bytes, other: bytes) -> None:
    assert (encode_address(one) == encode_address(other)) == (one == other)


@pytest.mark.parametrize(
    ("value", "dseq"),
    [
        ("1755849600123", "1755849600123"),
        (1755849600123, "1755849600123"),
        (" 42 ", "42"),
        ("007", "7"),
        (2**64, str(2**64)),
    ],
)
def test_a_deployment_number_is_text_without_leading_zeros(value: object, dseq: str) -> None:
    assert parse_dseq(value) == dseq


@pytest.mark.parametrize("value", ["", "0", 0, -1, "1.5", 1.5, True, None, "0x10", "12a", "１２", "1 2"])
def test_what_is_no_deployment_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="dseq"):
        parse_dseq(value)


def test_a_bid_is_named_by_group_order_and_provider() -> None:
    bid = BidID("akash1owner", "1755849600123", 1, 2, KNOWN[0])
    assert bid.key == f"1/2/{KNOWN[0]}"
    assert str(bid) == f"1755849600123/1/2/{KNOWN[0]}"
    assert bid.bseq == 0
