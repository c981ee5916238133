"""On a live service each verb that spends asks for a yes."""

from __future__ import annotations

from typing import Any

import pytest

from akash_nb.demo import WEB_SDL
from akash_nb.errors import UnconfirmedError
from mock_server import MockConsole
from tests.akash_nb.budgets.shared import SPENDING, operations, unmarked


@pytest.mark.parametrize(
    "spend",
    [
        lambda d: d.session.deploy(WEB_SDL),
        lambda d: d.lease(),
        lambda d: d.deposit(1),
        lambda d: d.auto_top_up(True),
    ],
    ids=["deploy", "lease", "deposit", "auto_top_up"],
)
def test_on_a_live_service_each_spending_verb_asks_for_a_yes(console: MockConsole, spend: Any) -> None:
    deployment = unmarked(console).deploy(WEB_SDL, confirm=True)
    deployment.wait_for_bids()
    before = [op for op in operations(console) if op in SPENDING]

    with pytest.raises(UnconfirmedError, match="real money") as caught:
        spend(deployment)
    assert "confirm=True" in str(caught.value)
    assert [op for op in operations(console) if op in SPENDING] == before


def test_what_was_said_yes_to_is_done_and_what_is_leased_needs_no_second_yes(console: MockConsole) -> None:
    session = unmarked(console)
    deployment = session.deploy(WEB_SDL, confirm=True)
    deployment.wait_for_bids()
    deployment.lease(confirm=True)
    deployment.deposit(1, confirm=True)
    deployment.lease()  # the manifest again

    assert deployment.close().deposited_usd >= 6
