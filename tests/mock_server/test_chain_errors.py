"""The chain's complaints as the API passes them on (contract §3)."""

from __future__ import annotations

import pytest

from mock_server.chain import errors as chain_errors
from mock_server.chain import messages

_TYPES = [messages.CLOSE_DEPLOYMENT, messages.CREATE_DEPLOYMENT, messages.CREATE_LEASE, messages.CREATE_CERTIFICATE]


def told(text: str) -> tuple[int, str]:
    response = chain_errors.passed_on(text, _TYPES).response
    return response.status, response.json()["message"]


@pytest.mark.parametrize(
    ("index", "prefix"),
    [
        (0, ""),
        (1, "Failed to create deployment: "),
        (2, "Failed to create lease: "),
        (3, "Failed to create certificate: "),
    ],
)
def test_what_failed_is_said_of_the_message_that_did(index: int, prefix: str) -> None:
    assert told(chain_errors.executing(index, "Deployment closed")) == (400, f"{prefix}Deployment closed")


def test_without_an_index_nothing_is_said_to_have_failed() -> None:
    assert told("rpc error: INSUFFICIENT FUNDS: 1uact is smaller") == (400, "Insufficient funds")


def test_who_cannot_pay_is_told_how_to() -> None:
    status, message = told(chain_errors.executing(0, "invalid deposit: insufficient balance"))

    assert status == 402
    assert message.endswith("Add credits or turn on auto recharge to continue.")


def test_what_is_not_translated_reaches_the_caller_in_the_chains_words() -> None:
    text = chain_errors.executing(2, "invalid bid: bid not found")

    assert told(text) == (500, text)


def test_the_first_of_two_complaints_in_the_table_counts() -> None:
    assert told("order not open: bid not open")[1].startswith("Cannot create lease: The selected bid")
