"""Transactions of messages that the caller wrote (contract §5): the chain's rules, all of it or none."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from akash_nb.sdl import compile as compile_sdl
from mock_server import MOCK_API_KEY, MockConsole
from mock_server.chain.messages import ACCOUNT_DEPOSIT, CREATE_DEPLOYMENT
from mock_server.world.store import SqliteStore
from tests.mock_server.conftest import TWO_GROUPS, Tenant, connect, sdl
from tests.mock_server.protos import Signer, deposit

OTHER = "akash1365yvmc4s7awdyj3n2sav7xfx76adc6dnmlx63"
FIVE = deposit(5_000_000)
#: As the web app did before it counted milliseconds: a block height.
DSEQ = 23_456_790


class Wallet:
    """A tenant with a wallet that signs what it is given."""

    def __init__(self, console: MockConsole) -> None:
        self.console = console
        self.tenant: Tenant = connect(console)
        with console.world() as world:
            self.sign, self.user = Signer(world.wallet.address), world.user_id

    def send(self, *sent: dict[str, str], user: str | None = None) -> httpx.Response:
        body = {"data": {"userId": user or self.user, "messages": list(sent)}}
        return self.tenant.http.post("/v1/tx", json=body)

    def do(self, *sent: dict[str, str]) -> Any:
        response = self.send(*sent)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    def refused(self, *sent: dict[str, str]) -> tuple[int, str]:
        """Status and message of a transaction that must change nothing."""
        before = self.state()
        response = self.send(*sent)
        assert self.state() == before
        return response.status_code, response.json()["message"]

    def state(self) -> Any:
        return self.tenant.data("GET", "/v1/deployments"), self.tenant.balances()

    def create(self, text: str, dseq: int = DSEQ) -> int:
        self.do(self.sign.create(dseq, text, FIVE))
        return dseq

    def cheapest(self, dseq: int) -> list[tuple[int, int, str]]:
        self.console.sleep(30)
        return [(b["gseq"], b["oseq"], b["provider"]) for b in self.tenant.cheapest(str(dseq))]


@pytest.fixture
def wallet(console: MockConsole) -> Wallet:
    return Wallet(console)


def test_a_deployment_lives_from_its_create_message_to_its_close_message(wallet: Wallet) -> None:
    compiled = compile_sdl(sdl())
    made = wallet.do(wallet.sign.create(DSEQ, sdl(), FIVE))
    assert (made["code"], made["rawLog"]) == (0, "")
    assert made["hash"] == made["transactionHash"]

    (bid,) = wallet.cheapest(DSEQ)
    wallet.do(wallet.sign.lease(DSEQ, *bid))
    leased = wallet.tenant.get(str(DSEQ))
    assert leased["deployment"]["hash"] == compiled.version
    assert leased["leases"][0]["id"]["provider"] == bid[2]

    wallet.do(wallet.sign.pay(DSEQ, deposit(1_000_000)), wallet.sign.close(DSEQ))
    assert wallet.tenant.get(str(DSEQ))["deployment"]["state"] == "closed"
    assert wallet.tenant.balances()["deployments"] == 0


def test_the_manifest_is_sent_by_the_api_after_the_lease_message(wallet: Wallet) -> None:
    """As the web app does: the lease is there, so the API only pushes the manifest."""
    dseq = wallet.create(sdl())
    (bid,) = wallet.cheapest(dseq)
    wallet.do(wallet.sign.lease(dseq, *bid))

    gseq, oseq, provider = bid
    lease = {"dseq": str(dseq), "gseq": gseq, "oseq": oseq, "provider": provider}
    wallet.tenant.lease(compile_sdl(sdl()).manifest, [lease])
    wallet.console.sleep(60)

    (found,) = wallet.tenant.get(str(dseq))["leases"]
    assert found["status"]["services"]["web"]["available"] == 1


def test_all_groups_are_leased_in_one_transaction(wallet: Wallet) -> None:
    dseq = wallet.create(TWO_GROUPS)
    bids = wallet.cheapest(dseq)
    assert [gseq for gseq, _, _ in bids] == [1, 2]

    wallet.do(*(wallet.sign.lease(dseq, *bid) for bid in bids))

    assert [lease["state"] for lease in wallet.tenant.get(str(dseq))["leases"]] == ["active", "active"]


def test_one_transaction_has_one_hash(wallet: Wallet) -> None:
    dseq = wallet.create(sdl())
    version = bytes(32)
    made = wallet.do(wallet.sign.pay(dseq, deposit(1)), wallet.sign.update(dseq, version), wallet.sign.close(dseq))

    detail = wallet.tenant.http.get(f"/v1/deployment/{wallet.sign.owner}/{dseq}").json()
    kinds = [(e["type"], e["txHash"] == made["hash"]) for e in detail["events"]]
    assert kinds == [
        ("MsgCloseDeployment", True),
        ("MsgUpdateDeployment", True),
        ("MsgAccountDeposit", True),
        ("MsgCreateDeployment", False),
    ]
    assert detail["other"]["deployment"]["hash"] == base64.b64encode(version).decode()


def test_a_deployment_that_is_made_can_be_paid_for_and_closed_by_the_next_messages(wallet: Wallet) -> None:
    sign = wallet.sign
    wallet.do(sign.create(7, sdl(), FIVE), sign.pay(7, FIVE), sign.close(7), sign.create(8, sdl(), FIVE))

    assert [d["deployment"]["id"]["dseq"] for d in wallet.state()[0]["deployments"]] == ["8"]
    assert wallet.tenant.balances()["balance"] == 95_000_000


def test_numbers_that_the_caller_chose_do_not_get_in_the_way_of_the_apis_own(wallet: Wallet) -> None:
    first = wallet.tenant.create(sdl())["dseq"]
    low, high = wallet.create(sdl(), 5), wallet.create(sdl(), int(first) + 1)
    second = wallet.tenant.create(sdl())["dseq"]

    listed = [d["deployment"]["id"]["dseq"] for d in wallet.state()[0]["deployments"]]
    assert listed == [str(low), first, str(high), second]


def test_a_deployment_with_a_number_of_its_own_is_cleaned_up_like_any_other(wallet: Wallet) -> None:
    wallet.create(sdl())
    wallet.console.sleep(102 * 6)

    assert wallet.tenant.get(str(DSEQ))["deployment"]["state"] == "closed"


def test_it_is_kept_in_a_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "mock.db")
    wallet = Wallet(MockConsole(store=store))
    wallet.create(sdl())
    store.close()

    again = SqliteStore(tmp_path / "mock.db")
    assert Wallet(MockConsole(store=again)).tenant.get(str(DSEQ))["deployment"]["state"] == "active"
    again.close()


def test_nothing_is_done_when_one_message_is_refused(wallet: Wallet) -> None:
    dseq, sign = wallet.create(sdl()), wallet.sign

    assert wallet.refused(sign.close(dseq), sign.close(dseq)) == (400, "Deployment closed")
    assert wallet.refused(sign.close(dseq), sign.pay(dseq, FIVE)) == (400, "Deployment closed")
    assert wallet.refused(sign.pay(dseq, FIVE), sign.create(dseq, sdl(), FIVE)) == (
        400,
        "Failed to create deployment: Deployment with provided dseq and owner already exists",
    )


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        (deposit(499_999), (400, "Failed to create deployment: Deposit too low")),
        (deposit(0), (400, "Failed to create deployment: Deposit too low")),
        (deposit(5_000_000, denom="uakt"), (400, "Failed to create deployment: Invalid coin denominations")),
        (deposit(5_000_000, source=1), (402, "Failed to create deployment: Not enough balance")),
        (deposit(100_000_001), (402, "Not enough balance")),
    ],
    ids=["too low", "none", "of another denom", "from the own balance", "more than there is"],
)
def test_a_deposit_at_creation_must_be_one(wallet: Wallet, paid: bytes, expected: tuple[int, str]) -> None:
    status, message = wallet.refused(wallet.sign.create(DSEQ, sdl(), paid))

    assert status == expected[0]
    assert message.startswith(expected[1])


def test_creates_are_paid_for_in_sum(wallet: Wallet) -> None:
    each = deposit(60_000_000)

    status, _ = wallet.refused(wallet.sign.create(1, sdl(), each), wallet.sign.create(2, sdl(), each))

    assert status == 402


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        (deposit(0), (500, "failed to execute message; message index: 0: invalid deposit: amount must be positive")),
        (deposit(1, denom="uakt"), (400, "Invalid coin denominations")),
        (deposit(95_000_001), (402, "Not enough balance")),
        (deposit(1, source=1), (402, "Not enough balance")),
    ],
    ids=["none", "of another denom", "more than there is", "from the own balance"],
)
def test_a_later_deposit_must_be_one(wallet: Wallet, paid: bytes, expected: tuple[int, str]) -> None:
    dseq = wallet.create(sdl())
    status, message = wallet.refused(wallet.sign.pay(dseq, paid))

    assert status == expected[0]
    assert message.startswith(expected[1])


def test_the_chain_speaks_of_the_message_by_its_index(wallet: Wallet) -> None:
    dseq, sign = wallet.create(sdl()), wallet.sign
    start = "failed to execute message; message index: 1: "

    assert wallet.refused(sign.pay(dseq, FIVE), sign.close(9)) == (500, f"{start}Deployment not found")
    assert wallet.refused(sign.pay(dseq, FIVE), sign.pay(9, FIVE)) == (500, f"{start}account not found")
    (_, _, provider), *_ = wallet.cheapest(dseq)
    assert wallet.refused(sign.pay(dseq, FIVE), sign.lease(9, 1, 1, provider)) == (
        500,
        f"{start}invalid bid: bid not found",
    )
    too_many = sdl(cpu="1000")
    status, message = wallet.refused(sign.pay(dseq, FIVE), sign.create(8, too_many, FIVE))
    assert (status, message[: len(start)]) == (500, start)


def test_only_the_wallets_own_messages_are_signed(wallet: Wallet) -> None:
    dseq, other = wallet.create(sdl()), Signer(OTHER)
    expected = (500, f"pubKey does not match signer address {OTHER} with signer index: 0: invalid pubkey")

    assert wallet.refused(other.create(1, sdl(), FIVE)) == expected
    assert wallet.refused(other.pay(dseq, FIVE)) == expected
    assert wallet.refused(other.close(dseq)) == expected
    assert wallet.refused(other.lease(dseq, 1, 1, wallet.cheapest(dseq)[0][2])) == expected


def test_an_owner_must_be_an_address(wallet: Wallet) -> None:
    assert wallet.refused(Signer("akash1nobody").close(1)) == (400, "Invalid owner address")


def test_a_hash_is_32_bytes_and_an_update_a_new_one(wallet: Wallet) -> None:
    dseq, sign = wallet.create(sdl()), wallet.sign
    known = base64.b64decode(compile_sdl(sdl()).version)

    assert wallet.refused(sign.update(dseq, known)) == (400, "Invalid deployment hash")
    assert wallet.refused(sign.update(dseq, b"short")) == (400, "Invalid deployment hash")
    assert wallet.refused(sign.create(1, sdl(), FIVE, version=b"")) == (500, "Invalid: empty hash")
    assert wallet.refused(sign.update(dseq, bytes(32)), sign.update(dseq, bytes(32))) == (
        400,
        "Invalid deployment hash",
    )


def test_an_order_is_leased_once(wallet: Wallet) -> None:
    dseq, sign = wallet.create(sdl()), wallet.sign
    (bid,) = wallet.cheapest(dseq)
    gone = "Failed to create lease: Cannot create lease: The selected bid is no longer open."

    status, message = wallet.refused(sign.lease(dseq, *bid), sign.lease(dseq, *bid))
    assert (status, message[: len(gone)]) == (400, gone)
    status, message = wallet.refused(sign.close(dseq), sign.lease(dseq, *bid))
    assert (status, message[: len(gone)]) == (400, gone)


def test_a_lease_needs_a_provider_that_the_console_lists(wallet: Wallet) -> None:
    dseq = wallet.create(sdl())

    assert wallet.refused(wallet.sign.lease(dseq, 1, 1, OTHER)) == (404, f"Provider {OTHER} not found")


def test_a_trial_gets_no_large_gpu_by_message_either() -> None:
    wallet = Wallet(MockConsole(trial=True, balance_usd=10))
    gpu = "{units: 1, attributes: {vendor: {nvidia: [{model: h100}, {model: t4}]}}}"

    status, message = wallet.refused(wallet.sign.create(1, sdl(gpu=gpu), FIVE))

    assert (status, message) == (402, "Nvidia H100 not available on free trial: Add funds to unlock GPU access")


def test_a_certificate_is_published_once_and_known_from_then_on(wallet: Wallet) -> None:
    from mock_server.provider import certificates

    pair = certificates.make(1, wallet.sign.owner, 1, 1_767_614_400_000)
    stranger = certificates.make(1, OTHER, 1, 1_767_614_400_000)
    start = "failed to execute message; message index: 0: "

    wallet.do(wallet.sign.certificate(pair.cert_pem, pair.pubkey_pem))

    with wallet.console.world() as world:
        assert not certificates.problem(pair.cert_pem, pair.key_pem, world.certificates)
    assert wallet.refused(wallet.sign.certificate(pair.cert_pem, pair.pubkey_pem)) == (
        500,
        f"{start}certificate exists",
    )
    for cert in (stranger.cert_pem, "no certificate"):
        assert wallet.refused(wallet.sign.certificate(cert, pair.pubkey_pem)) == (
            500,
            f"{start}invalid certificate value",
        )


def test_faults_strike_transactions_too(wallet: Wallet) -> None:
    dseq, sign, faults = wallet.create(sdl()), wallet.sign, wallet.console.faults

    faults.wallet_provisioning()
    assert wallet.refused(sign.pay(dseq, FIVE))[0] == 409
    faults.insufficient_balance()
    assert wallet.refused(sign.pay(dseq, FIVE))[0] == 402
    faults.insufficient_balance()
    assert wallet.refused(sign.create(1, sdl(), FIVE))[0] == 402
    faults.no_fee()
    assert wallet.refused(sign.close(dseq)) == (402, "Not enough funds to cover the transaction fee")
    faults.no_bids()
    wallet.create(sdl(), 2)
    wallet.console.sleep(60)
    assert wallet.tenant.bids("2") == []


@pytest.mark.parametrize("value", ["!!!!", "CgUKA2Fi", "/w=="], ids=["nothing", "cut off", "no message"])
def test_what_is_no_message_is_named_by_its_index(wallet: Wallet, value: str) -> None:
    """Characters outside of base64 are passed over, so that the first is an empty message, which has no owner."""
    sent = {"typeUrl": ACCOUNT_DEPOSIT, "value": value}
    status, message = wallet.refused(wallet.sign.create(1, sdl(), FIVE), sent)

    expected = f"Failed to decode message at index 1 (typeUrl: {ACCOUNT_DEPOSIT})"
    assert (status, message) == (400, "Invalid owner address" if value == "!!!!" else expected)


def test_the_body_is_checked_before_the_key(wallet: Wallet) -> None:
    with httpx.Client(transport=wallet.console.transport(), base_url="http://mock") as anonymous:
        body = {"data": {"userId": wallet.user, "messages": [wallet.sign.close(1)]}}
        assert anonymous.post("/v1/tx", json=body).status_code == 401
        body["data"]["messages"] = []
        assert anonymous.post("/v1/tx", json=body).json()["data"][0]["code"] == "too_small"
        body["data"]["messages"] = [{"typeUrl": "/cosmos.bank.v1beta1.MsgSend", "value": ""}]
        problem = anonymous.post("/v1/tx", json=body).json()["data"][0]
    assert problem["path"] == ["data", "messages", 0, "typeUrl"]
    assert problem["options"][0] == CREATE_DEPLOYMENT


def test_another_users_wallet_signs_nothing(wallet: Wallet) -> None:
    response = wallet.send(wallet.sign.close(1), user="00000000-0000-4000-8000-000000000000")

    assert (response.status_code, response.json()["message"]) == (404, "UserWallet Not Found")


def test_tenants_sign_for_themselves() -> None:
    """The key says whose wallet it is."""
    console = MockConsole(api_keys=(MOCK_API_KEY, "ac.sk.mock." + "f" * 64))
    wallet = Wallet(console)
    second = connect(console, "ac.sk.mock." + "f" * 64)
    body = {"data": {"userId": wallet.user, "messages": [wallet.sign.close(1)]}}

    assert second.http.post("/v1/tx", json=body).status_code == 404
