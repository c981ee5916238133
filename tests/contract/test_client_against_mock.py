"""Every operation of the client against the mock, in both dialects, through both clients."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from akash_nb import sdl as engine
from akash_nb.client import AsyncClient, Client
from akash_nb.client.operation import operation
from akash_nb.errors import (
    AuthenticationError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    OutOfFundsError,
)
from akash_nb.ids import is_address
from akash_nb.models import ComputeSpec
from mock_server import MOCK_API_KEY, MockConsole

SDL = """
version: "2.0"
services:
  web:
    image: nginx:1.27.0
    expose:
      - port: 80
        as: 80
        to:
          - global: true
profiles:
  compute:
    web:
      resources:
        cpu: {units: 0.5}
        memory: {size: 512Mi}
        storage: {size: 512Mi}
  placement:
    dcloud:
      pricing:
        web: {denom: uact, amount: 10000}
deployment:
  web:
    dcloud:
      profile: web
      count: 1
"""

#: What one spends in a test: the guide's minimum, more than enough for the live service.
DEPOSIT_USD = Decimal(5)


@dataclass
class Console:
    """A client of either kind before a mock of either dialect; `ask` runs one method and gives its result."""

    mock: MockConsole
    ask: Callable[[Callable[[Any], Any]], Any]

    def deploy(self) -> str:
        """A deployment with a lease whose service runs; its dseq."""
        created = self.ask(lambda c: c.deployments.create(SDL, deposit_usd=DEPOSIT_USD))
        self.mock.advance(60)
        bid = next(bid for bid in self.ask(lambda c: c.bids.list(created.dseq)) if bid.state == "open")
        pair = self.ask(lambda c: c.certificates.create())
        self.ask(lambda c: c.leases.create(created.manifest, [bid.id], certificate=pair))
        self.mock.advance(120)
        dseq: str = created.dseq
        return dseq

    def owner(self) -> str:
        """The address of the key's wallet."""
        user = self.ask(lambda c: c.account.me())
        address: str = self.ask(lambda c: c.wallet.wallets(user.id))[0].address
        return address


def blocking(mock: MockConsole, key: str) -> Iterator[Console]:
    with Client(key, transport=mock.transport(), sleep=mock.advance) as client:
        yield Console(mock, lambda run: run(client))


def awaited(mock: MockConsole, key: str) -> Iterator[Console]:
    async def sleep(seconds: float) -> None:
        mock.advance(seconds)

    client = AsyncClient(key, transport=mock.transport(), sleep=sleep)
    with asyncio.Runner() as runner:

        def ask(run: Callable[[Any], Any]) -> Any:
            async def main() -> Any:
                return await run(client)

            return runner.run(main())

        yield Console(mock, ask)
        runner.run(client.close())


@pytest.fixture(params=["guide", "live"])
def mock(request: pytest.FixtureRequest) -> MockConsole:
    return MockConsole(dialect=request.param)


@pytest.fixture(params=[blocking, awaited], ids=["blocking", "awaited"])
def console(request: pytest.FixtureRequest, mock: MockConsole) -> Iterator[Console]:
    yield from request.param(mock, MOCK_API_KEY)


def test_the_lifecycle_from_create_to_close(console: Console) -> None:
    before = console.ask(lambda c: c.wallet.balances())
    dseq = console.deploy()
    status = console.ask(lambda c: c.deployments.get(dseq))
    assert (status.state, status.is_ready, len(status.uris)) == ("active", True, 1)
    assert [lease.state for lease in status.leases] == ["active"]

    console.ask(lambda c: c.deployments.deposit(dseq, 1))
    assert console.ask(lambda c: c.deployments.get(dseq)).escrow.funds.amount > status.escrow.funds.amount

    updated = console.ask(lambda c: c.deployments.update(dseq, SDL.replace("1.27.0", "1.27.1")))
    assert updated.version != status.version

    console.ask(lambda c: c.deployments.close(dseq))
    console.ask(lambda c: c.deployments.close(dseq))
    closed = console.ask(lambda c: c.deployments.get(dseq))
    assert (closed.state, closed.leases[0].state, closed.leases[0].reason) == ("closed", "closed", "lease_closed_owner")
    console.mock.advance(12)
    spent = before.total_usd - console.ask(lambda c: c.wallet.balances()).total_usd
    assert 0 < spent < Decimal("0.1")


def test_a_certificate_is_made_in_the_guide_dialect_only(console: Console) -> None:
    pair = console.ask(lambda c: c.certificates.create())
    assert (pair is not None) == (console.mock.dialect == "guide")
    if pair is not None:
        assert "BEGIN CERTIFICATE" in pair.cert_pem
        assert "PRIVATE KEY" in pair.key_pem
        assert pair.key_pem not in repr(pair)


def test_a_deposit_arrives_whatever_dialect_the_client_takes_the_service_for(console: Console) -> None:
    dseq = console.deploy()
    before = console.ask(lambda c: c.deployments.get(dseq)).escrow.funds.amount
    console.ask(lambda c: c.deployments.deposit(dseq, 2, dialect="guide"))
    after = console.ask(lambda c: c.deployments.get(dseq)).escrow.funds.amount
    assert after - before == 2_000_000


def test_the_manifest_that_comes_back_is_the_one_of_our_engine(console: Console) -> None:
    created = console.ask(lambda c: c.deployments.create(SDL, deposit_usd=DEPOSIT_USD))
    compiled = engine.compile(SDL)
    assert created.manifest == compiled.manifest
    assert console.ask(lambda c: c.deployments.get(created.dseq)).version == compiled.version


def test_bids_are_the_same_by_both_addresses_and_come_from_known_providers(console: Console) -> None:
    created = console.ask(lambda c: c.deployments.create(SDL, deposit_usd=DEPOSIT_USD))
    assert console.ask(lambda c: c.bids.list(created.dseq)) == ()
    console.mock.advance(60)
    bids = console.ask(lambda c: c.bids.list(created.dseq))
    assert bids == console.ask(lambda c: c.bids.list_by_query(created.dseq))
    assert len(bids) > 1
    providers = console.ask(lambda c: c.providers.by_address(bid.id.provider for bid in bids))
    assert set(providers) == {bid.id.provider for bid in bids}
    assert all(provider.is_audited for provider in providers.values())


def test_deployments_are_listed_in_every_way(console: Console) -> None:
    dseqs = [console.deploy() for _ in range(3)]
    owner = console.owner()
    assert [d.dseq for d in console.ask(lambda c: c.deployments.list())] == dseqs
    assert [d.dseq for d in console.ask(lambda c: c.deployments.list_page(skip=1, limit=1))] == dseqs[1:2]
    newest = console.ask(lambda c: c.deployments.by_address(owner, newest_first=True, limit=2))
    assert [d.dseq for d in newest] == dseqs[:0:-1]
    detail = console.ask(lambda c: c.deployments.public_detail(owner, dseqs[0]))
    assert (detail.dseq, detail.state, len(detail.leases)) == (dseqs[0], "active", 1)
    assert detail.monthly_cost.amount > 0
    provider = detail.leases[0].provider
    at_provider = console.ask(lambda c: c.providers.deployments(provider))
    assert dseqs[0] in [d.dseq for d in at_provider]


def test_the_wallet_is_counted_in_dollars(console: Console) -> None:
    console.ask(lambda c: c.deployments.create(SDL, deposit_usd=DEPOSIT_USD))
    console.mock.advance(12)
    balances = console.ask(lambda c: c.wallet.balances())
    assert (balances.available_usd, balances.in_deployments_usd, balances.total_usd) == (95, 5, 100)


def test_the_wallets_of_the_account_are_listed(console: Console) -> None:
    user = console.ask(lambda c: c.account.me()).id
    (wallet,) = console.ask(lambda c: c.wallet.wallets(user))
    assert is_address(wallet.address)
    assert wallet.credit_usd == 100
    assert console.ask(lambda c: c.wallet.balances(wallet.address)).total_usd == 100


def test_what_the_service_keeps_funded_has_a_weekly_cost(console: Console) -> None:
    dseq = console.deploy()
    console.ask(lambda c: c.deployment_settings.set_auto_top_up(dseq, True))
    assert console.ask(lambda c: c.wallet.weekly_cost()) > 0
    setting = console.ask(lambda c: c.deployment_settings.set_auto_top_up(dseq, False))
    assert (setting.dseq, setting.auto_top_up, setting.estimated_top_up_usd) == (dseq, False, 0)
    assert console.ask(lambda c: c.wallet.weekly_cost()) == 0
    assert not console.ask(lambda c: c.deployment_settings.get(dseq)).auto_top_up


def test_a_setting_is_created_once(console: Console) -> None:
    assert console.ask(lambda c: c.deployment_settings.create("1755849600123", auto_top_up=True)).auto_top_up


def test_the_recharge_of_the_wallet_is_set_read_and_forgotten(console: Console) -> None:
    with pytest.raises(NotFoundError):
        console.ask(lambda c: c.wallet.get_settings())
    saved = console.ask(lambda c: c.wallet.save_settings(auto_reload=False, mode="threshold", threshold_usd=25))
    assert saved == console.ask(lambda c: c.wallet.get_settings())
    assert (saved.auto_reload, saved.mode, saved.threshold_usd, saved.amount_usd) == (False, "threshold", 25, 100)
    console.ask(lambda c: c.wallet.delete_settings())
    with pytest.raises(NotFoundError):
        console.ask(lambda c: c.wallet.delete_settings())


def test_api_keys_are_made_renamed_used_and_revoked(console: Console) -> None:
    now = datetime.fromtimestamp(console.mock.now, UTC)
    made = console.ask(lambda c: c.api_keys.create("lesson", expires_at=now + timedelta(days=1)))
    assert made.secret is not None
    assert made.secret.reveal() not in repr(made)
    assert made.expires_at == (now + timedelta(days=1)).replace(microsecond=made.expires_at.microsecond)
    with Client(made.secret, transport=console.mock.transport(), sleep=console.mock.advance) as other:
        assert other.account.me() == console.ask(lambda c: c.account.me())
        assert console.ask(lambda c: c.api_keys.rename(made.id, "renamed")).name == "renamed"
        assert console.ask(lambda c: c.api_keys.get(made.id)).name == "renamed"
        assert made.id in [key.id for key in console.ask(lambda c: c.api_keys.list())]
        assert all(key.secret is None for key in console.ask(lambda c: c.api_keys.list()))
        console.ask(lambda c: c.api_keys.delete(made.id))
        with pytest.raises(AuthenticationError):
            other.account.me()
    with pytest.raises(NotFoundError):
        console.ask(lambda c: c.api_keys.get(made.id))


def test_a_token_for_providers_is_a_secret(console: Console) -> None:
    token = console.ask(lambda c: c.account.create_jwt_token(scope=["logs"]))
    assert token.reveal().count(".") == 2
    assert token.reveal() not in repr(token)


def test_the_market_is_described(console: Console) -> None:
    supplies = console.ask(lambda c: c.market.gpu())
    assert supplies
    assert all(0 <= supply.leased <= supply.total for supply in supplies)
    kind = supplies[0]
    only = console.ask(lambda c: c.market.gpu(vendor=kind.vendor, model=kind.model))
    assert {(s.vendor, s.model) for s in only} == {(kind.vendor, kind.model)}
    assert kind.model in [m.name for m in console.ask(lambda c: c.market.gpu_models())]
    assert all(0 <= day.utilization <= 1 for day in console.ask(lambda c: c.market.gpu_breakdown(model=kind.model)))
    prices = [price.price for price in console.ask(lambda c: c.market.gpu_prices()) if price.price]
    assert prices
    assert all(0 < price.min_usd <= price.median_usd <= price.max_usd for price in prices)
    capacity = console.ask(lambda c: c.market.network_capacity())
    assert capacity.active_providers > 0
    assert capacity.capacity.cpu_millicores.total >= capacity.capacity.cpu_millicores.available > 0
    assert console.ask(lambda c: c.market.market_data()).price_usd > 0
    assert console.ask(lambda c: c.market.blockchain_status()) is True


def test_machines_are_priced_in_batches_with_the_published_formula(console: Console) -> None:
    specs = [ComputeSpec(1000 * n, n * 2 * 2**30, n * 10 * 2**30) for n in range(1, 25)]
    prices = console.ask(lambda c: c.market.pricing(specs))
    assert [price.spec for price in prices] == specs
    # 1 CPU, 2 GiB, 10 GiB (user-experience guide, 2.7).
    first = prices[0]
    assert [first.akash_usd, first.aws_usd, first.gcp_usd, first.azure_usd] == [
        Decimal(text) for text in ("8.04", "36.54", "40.66", "43.83")
    ]


def test_screening_takes_a_group_of_our_engine_and_names_those_who_will_bid(console: Console) -> None:
    (group,) = engine.compile(SDL).groups
    candidates = console.ask(lambda c: c.market.screen(group))
    assert candidates
    assert all(0 <= candidate.uptime_7d <= 1 for candidate in candidates)
    created = console.ask(lambda c: c.deployments.create(SDL, deposit_usd=DEPOSIT_USD))
    console.mock.advance(60)
    bidders = {bid.id.provider for bid in console.ask(lambda c: c.bids.list(created.dseq))}
    assert bidders <= {candidate.owner for candidate in candidates}


def test_providers_are_described(console: Console) -> None:
    providers = console.ask(lambda c: c.providers.list())
    assert len(providers) > 20
    assert all(provider.capacity is not None for provider in providers if provider.is_online)
    one = next(provider for provider in providers if provider.is_online)
    detail = console.ask(lambda c: c.providers.get(one.owner))
    assert (detail.owner, detail.label) == (one.owner, one.label)
    assert detail.checks
    assert console.ask(lambda c: c.providers.leases_graph(one.owner)).current >= 0
    assert len(console.ask(lambda c: c.providers.auditors())) == 1
    regions = {region.key for region in console.ask(lambda c: c.providers.regions())}
    assert {provider.region for provider in providers if provider.region} & regions
    assert "hardware-gpu-model" in console.ask(lambda c: c.providers.attributes_schema())
    trial = console.ask(lambda c: c.providers.list(trial=True))
    assert {provider.owner for provider in trial} <= {provider.owner for provider in providers}


def test_an_unknown_provider_is_not_found(console: Console) -> None:
    with pytest.raises(NotFoundError) as caught:
        console.ask(lambda c: c.providers.get("akash1unknown"))
    assert type(caught.value) is NotFoundError


def test_every_template_has_an_sdl_that_compiles(console: Console) -> None:
    def read(template_id: str) -> Any:
        return console.ask(lambda c: c.templates.get(template_id))

    summaries = console.ask(lambda c: c.templates.list())
    assert summaries
    for summary in summaries:
        template = read(summary.id)
        assert template.name == summary.name
        assert engine.compile(template.sdl).ok
    with pytest.raises(NotFoundError):
        read("no-such-template")


def test_what_was_spent_is_told_day_by_day(console: Console) -> None:
    owner = console.owner()
    days = console.ask(lambda c: c.usage.history(owner))
    assert len(days) == 31
    assert [day.day for day in days] == sorted(day.day for day in days)
    stats = console.ask(lambda c: c.usage.stats(owner, start=days[0].day, end=days[-1].day))
    assert stats.total_usd == sum((day.spent_usd for day in days), Decimal(0))


def test_the_service_says_how_it_is(console: Console) -> None:
    assert console.ask(lambda c: c.health.readiness()).is_well
    assert console.ask(lambda c: c.health.liveness()).is_well
    assert console.ask(lambda c: c.health.status()).version


def test_refusals_have_their_meaning(console: Console) -> None:
    with pytest.raises(NotFoundError, match="Deployment not found"):
        console.ask(lambda c: c.deployments.get("1"))
    with pytest.raises(InvalidRequestError, match="Invalid SDL"):
        console.ask(lambda c: c.deployments.create("version: '2.0'", deposit_usd=DEPOSIT_USD))
    with pytest.raises(OutOfFundsError):
        console.ask(lambda c: c.deployments.create(SDL, deposit_usd=101))
    with pytest.raises(InvalidRequestError):
        console.ask(lambda c: c.deployments.by_address("nobody"))


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_create_whose_answer_was_lost_is_not_repeated_and_can_be_found_by_listing(
    console: Console, when: str
) -> None:
    console.mock.faults.drop("createDeployment", when=when)
    with pytest.raises(OutcomeUnknownError):
        console.ask(lambda c: c.deployments.create(SDL, deposit_usd=DEPOSIT_USD))
    assert [call.operation for call in console.mock.calls].count("createDeployment") == 1
    assert len(console.ask(lambda c: c.deployments.list())) == (when == "after")


def test_a_create_that_was_refused_before_any_work_is_made_once(console: Console) -> None:
    console.mock.faults.refuse("createDeployment")
    console.mock.faults.status(429, "createDeployment", retry_after_s=3)
    console.mock.faults.wallet_provisioning(times=2)
    console.ask(lambda c: c.deployments.create(SDL, deposit_usd=DEPOSIT_USD))
    assert len(console.ask(lambda c: c.deployments.list())) == 1


def test_a_garbled_answer_to_a_create_is_in_doubt(console: Console) -> None:
    console.mock.faults.garble("createDeployment")
    with pytest.raises(OutcomeUnknownError):
        console.ask(lambda c: c.deployments.create(SDL, deposit_usd=DEPOSIT_USD))
    assert len(console.ask(lambda c: c.deployments.list())) == 1


def test_reads_survive_an_unsteady_service(console: Console) -> None:
    console.mock.faults.status(503, "getBalances")
    console.mock.faults.drop("getBalances", when="after")
    console.mock.faults.garble("getBalances")
    assert console.ask(lambda c: c.wallet.balances()).total_usd == 100


def test_a_refused_manifest_leaves_a_lease_and_says_so(console: Console) -> None:
    created = console.ask(lambda c: c.deployments.create(SDL, deposit_usd=DEPOSIT_USD))
    console.mock.advance(60)
    bid = console.ask(lambda c: c.bids.list(created.dseq))[0]
    pair = console.ask(lambda c: c.certificates.create())
    console.mock.faults.manifest_refused()
    with pytest.raises(InvalidRequestError, match="The lease may exist already") as caught:
        console.ask(lambda c: c.leases.create(created.manifest, [bid.id], certificate=pair))
    assert caught.value.status == 422
    assert [lease.state for lease in console.ask(lambda c: c.deployments.get(created.dseq)).leases] == ["active"]
    again = console.ask(lambda c: c.leases.create(created.manifest, [bid.id], certificate=pair))
    assert len(again.leases) == 1


def test_a_wrong_key_is_refused(mock: MockConsole) -> None:
    with Client("ac.sk.mock.wrong", transport=mock.transport()) as client, pytest.raises(AuthenticationError):
        client.deployments.list()


def test_no_key_is_refused_where_one_is_needed_only(mock: MockConsole) -> None:
    with Client(transport=mock.transport()) as client:
        assert client.providers.list()
        with pytest.raises(AuthenticationError):
            client.deployments.list()


def test_every_operation_of_the_client_was_asked_for_here() -> None:
    """The list that keeps this file honest: a new operation needs a test against the mock."""
    text = Path(__file__).read_text(encoding="utf-8")
    client = Client()
    missing = [
        f"{group}.{name}"
        for group, resource in vars(client).items()
        for name, defined in vars(type(resource)).items()
        if isinstance(defined, operation) and f"c.{group}.{name}(" not in text
    ]
    assert missing == []
