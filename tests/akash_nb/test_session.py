"""The lifecycle as people use it, on the mock: in both dialects, blocking and awaited."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import akash_nb as akash
from akash_nb.demo import WEB_SDL
from akash_nb.errors import (
    AkashError,
    APIError,
    AuthenticationError,
    BidExpiredError,
    ConnectionFailedError,
    InvalidInputError,
    InvalidRequestError,
    LeaseFailedError,
    NoBidsError,
    NoChoiceError,
    OutcomeUnknownError,
    OutOfFundsError,
    SDLError,
)
from akash_nb.flows.certificate import NOT_NEEDED
from mock_server import MockConsole
from mock_server.world.lifecycle import provider_closes

TWO_GROUPS = (
    WEB_SDL.replace("services:\n", "services:\n  db:\n    image: postgres:16\n", 1)
    .replace(
        "  placement:\n",
        "  placement:\n    elsewhere:\n      pricing:\n        web:\n          denom: uact\n          amount: 1000\n",
    )
    .replace("deployment:\n", "deployment:\n  db:\n    elsewhere:\n      profile: web\n      count: 1\n")
)


@pytest.fixture(params=["live", "guide"])
def console(request: pytest.FixtureRequest) -> MockConsole:
    return MockConsole(dialect=request.param)


@pytest.fixture
def live() -> MockConsole:
    return MockConsole()


def failing_after(first: str, then: str, run: Any) -> Any:
    """A client's `run` that loses every answer to `then` once `first` has been answered."""
    seen: list[str] = []

    def wrapped(work: Any) -> Any:
        def flow() -> Any:
            answer: Any = None
            failure: AkashError | None = None
            while True:
                try:
                    step = work.throw(failure) if failure else work.send(answer)
                except StopIteration as stop:
                    return stop.value
                failure = None
                operation = getattr(step, "operation", "")
                if operation == then and first in seen:
                    failure = ConnectionFailedError("gone", was_sent=True)
                    continue
                answer = yield step
                seen.append(operation)

        return run(flow())

    return wrapped


def running(session: Any, sdl: str = WEB_SDL) -> Any:
    """A deployment with a lease, all services up."""
    deployment = session.deploy(sdl)
    deployment.wait_for_bids()
    deployment.lease()
    deployment.wait_until_ready()
    return deployment


def test_an_sdl_file_becomes_a_running_service_and_is_closed_again(console: MockConsole, tmp_path: Path) -> None:
    (tmp_path / "deploy.yaml").write_text(WEB_SDL)
    with akash.connect(mock=console) as session:
        deployment = session.deploy(tmp_path / "deploy.yaml", deposit_usd=5)
        bids = deployment.wait_for_bids()
        deployment.lease(akash.policy.cheapest().audited())
        status = deployment.wait_until_ready()
        uris = deployment.status().uris
        receipt = deployment.close()

        assert bids.covers_all_groups
        assert status.is_ready
        assert len(uris) == 1
        assert uris[0].startswith("http://")
        assert deployment.stage == "closed"
        assert receipt.is_mock
        assert receipt.deposited_usd == 5
        assert receipt.paid_usd + receipt.returned_usd == 5


def test_the_same_journey_can_be_awaited(console: MockConsole) -> None:
    async def journey() -> tuple[str, ...]:
        async with akash.connect_async(mock=console) as session:
            deployment = await session.deploy(WEB_SDL, deposit_usd=5)
            await deployment.wait_for_bids()
            await deployment.lease(akash.policy.cheapest())
            await deployment.wait_until_ready()
            uris = (await deployment.status()).uris
            await deployment.close()
            return uris

    assert asyncio.run(journey())


def test_blocking_and_awaited_see_the_same_market(live: MockConsole) -> None:
    async def keys() -> list[str]:
        async with akash.connect_async(mock=MockConsole()) as session:
            deployment = await session.deploy(WEB_SDL)
            return [offer.key for offer in await deployment.wait_for_bids()]

    with akash.connect(mock=live) as session:
        assert [offer.key for offer in session.deploy(WEB_SDL).wait_for_bids()] == asyncio.run(keys())


def test_every_group_of_an_sdl_gets_a_lease_of_its_own(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        deployment = running(session, TWO_GROUPS)

        assert [lease.id.gseq for lease in deployment.state.live_leases] == [1, 2]
        assert {service.name for service in deployment.state.services} == {"db", "web"}


def test_the_certificate_step_says_that_none_is_needed_on_the_live_service(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        assert str(session.certificate()) == NOT_NEEDED
        session.certificate()

    assert [call.operation for call in live.calls].count("createCertificate") == 1


def test_while_the_certificate_is_asked_for_the_session_says_so(live: MockConsole) -> None:
    said: list[str] = []
    with akash.connect(mock=live) as session:
        session.observe(lambda change: said.append(change["new"]), names="activity")
        session.certificate()

    assert said == ["asking for the certificate", ""]


def test_a_certificate_is_kept_until_it_expires() -> None:
    console = MockConsole(dialect="guide")
    with akash.connect(mock=console) as session:
        first, second = session.certificate(), session.certificate()
        console.advance(400 * 86_400)
        session.wallet()
        third = session.certificate()

    assert (first.is_new, second.is_new, third.is_new) == (True, False, True)
    assert first.pair == second.pair != third.pair


def test_bids_are_a_typed_table_that_says_where_it_comes_from(live: MockConsole) -> None:
    from akash_nb.frames.bids import TABLE

    with akash.connect(mock=live) as session:
        frame = session.deploy(WEB_SDL).wait_for_bids().frame()

    assert [(name, str(frame[name].dtype)) for name in frame] == [(c.name, c.dtype) for c in TABLE.columns]
    assert frame.attrs["source"] == "MOCK"
    assert "6 s per block" in frame.attrs["prices"]
    assert frame["usd_hour"].is_monotonic_increasing
    assert (frame["usd_month"] / frame["usd_hour"]).round(3).unique().tolist() == [730.488]
    assert frame["age_s"].between(0, 120).all()


def test_added_funds_lengthen_the_runway(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        deployment = running(session)
        before = deployment.runway.left_usd
        after = deployment.deposit(5).left_usd

        assert Decimal("4.9") < after - before <= 5


def test_what_the_service_tops_up_by_itself_is_told_apart_from_what_was_deposited(live: MockConsole) -> None:
    """A $0.50 deposit is no cap: after the lease the service brings a paying account's escrow to 48 h of runway."""
    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL.replace("units: 0.5", "units: 16"), deposit_usd="0.5")
        deployment.wait_for_bids()
        assert not deployment.topped_up_usd
        deployment.lease()
        deployment.wait_until_ready()
        assert session.balances == session.client.wallet.balances()  # what it took is missing there
        deployment.deposit(1)
        added = deployment.topped_up_usd
        receipt = deployment.close()

    assert added
    assert receipt.topped_up_usd == added
    assert receipt.deposited_usd == added + Decimal("1.5")
    assert "by automatic top-up" in str(receipt)


def test_after_the_close_no_bid_is_shown_as_open_or_leased(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        deployment = running(session)
        deployment.close()

        assert {offer.bid.state for offer in deployment.bids} == {"closed", "lost"}


def test_an_update_keeps_number_and_lease(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        deployment = running(session)
        lease = deployment.state.live_leases[0].id
        old = deployment.state.version
        status = deployment.update(WEB_SDL.replace("nginx:1.27", "nginx:1.28"))

        assert status.version != old
        assert [item.id for item in status.live_leases] == [lease]
        assert session.journal.entry(deployment.dseq).sdl.count("nginx:1.28") == 1


def test_no_bid_is_explained_by_a_price_below_the_market(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL.replace("amount: 1000", "amount: 0.001"))
        with pytest.raises(NoBidsError) as caught:
            deployment.wait_for_bids()

    cause = caught.value.findings[0]
    assert (cause.verdict, cause.cause) == ("cause", "Ceiling")
    assert "raise the amounts" in cause.advice
    assert "nothing drains it" in str(caught.value)


def test_no_bid_is_explained_by_a_region_that_nobody_serves(live: MockConsole) -> None:
    sdl = WEB_SDL.replace("      pricing:\n", "      attributes:\n        location-region: moon\n      pricing:\n")
    with akash.connect(mock=live) as session, pytest.raises(NoBidsError, match="Region moon") as caught:
        session.deploy(sdl).wait_for_bids()

    assert caught.value.findings[0].advice.startswith("ask for another region")


def test_no_bid_is_explained_by_resources_that_nobody_has(live: MockConsole) -> None:
    sdl = WEB_SDL.replace("size: 512Mi", "size: 2Ti")
    with akash.connect(mock=live) as session, pytest.raises(NoBidsError, match="ask for less"):
        session.deploy(sdl).wait_for_bids()


def test_a_bid_chosen_too_late_is_said_to_be_gone(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL)
        picked = deployment.wait_for_bids().open[0].key
        live.advance(400)
        with pytest.raises(BidExpiredError, match="is gone"):
            deployment.lease([picked])


def test_a_policy_that_fits_nobody_says_why_bid_by_bid(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL)
        deployment.wait_for_bids()
        with pytest.raises(NoChoiceError, match=r"region is .*, not moon"):
            deployment.lease(akash.policy.cheapest().region("moon"))


BAD_INPUT = [
    pytest.param("no-such-file.yaml", InvalidInputError, "no-such-file", id="no file"),
    pytest.param("", InvalidInputError, "There is no SDL", id="nothing"),
    pytest.param(Path(), InvalidInputError, "cannot be read", id="a folder"),
    pytest.param(WEB_SDL.replace("cpu:", "cpuu:"), SDLError, "cpu", id="wrong key"),
    pytest.param("services: [", SDLError, "line 2", id="no yaml"),
    pytest.param(b"version: 2", InvalidInputError, "not bytes", id="bytes"),
    pytest.param({"version": "2.0"}, InvalidInputError, "not dict", id="a mapping"),
    pytest.param(17, InvalidInputError, "not int", id="a number"),
    pytest.param("a\0b", InvalidInputError, "cannot be read", id="no path and no text"),
    pytest.param("C:\\sdl\\deploy.yaml", InvalidInputError, "cannot be read", id="a path with a colon"),
]


@pytest.mark.parametrize(("sdl", "error", "words"), BAD_INPUT)
def test_bad_input_is_one_clear_error_and_sends_nothing(live: MockConsole, sdl: Any, error: Any, words: str) -> None:
    with akash.connect(mock=live) as session:
        session.certificate()
        with pytest.raises(error, match=words) as caught:
            session.deploy(sdl)

    assert "Nothing was sent" in str(caught.value)
    assert "createDeployment" not in [call.operation for call in live.calls]


def test_an_empty_file_is_no_sdl(live: MockConsole, tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("\n")
    with akash.connect(mock=live) as session, pytest.raises(InvalidInputError, match="There is no SDL"):
        session.deploy(tmp_path / "empty.yaml")


@pytest.mark.parametrize("deposit", ["five", float("nan"), -3, 0, "-1e30", "1e400", "5_0", "5,00", "$", True])
def test_a_deposit_that_is_none_is_refused_before_it_leaves(live: MockConsole, deposit: Any) -> None:
    with akash.connect(mock=live) as session, pytest.raises(InvalidInputError):
        session.deploy(WEB_SDL, deposit_usd=deposit)

    assert "createDeployment" not in [call.operation for call in live.calls]


def test_what_the_service_locks_instead_of_the_deposit_is_said() -> None:
    """Since August 2026 a flag makes the service put its own amount in place of the caller's."""
    with akash.connect(mock=MockConsole(default_deposit_usd="0.5")) as session:
        deployment = session.deploy(WEB_SDL, deposit_usd=5)

        assert "$0.50 instead of $5.00" in session.notice
        assert deployment.runway.left_usd == Decimal("0.5")


def test_a_dollar_sign_before_an_amount_is_no_mistake(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        session.deploy(WEB_SDL, deposit_usd="$5.50")

        assert session.wallet().in_deployments_usd == Decimal("5.5")


def test_a_wallet_that_is_empty_says_so(live: MockConsole) -> None:
    with akash.connect(mock=MockConsole(balance_usd=1)) as session, pytest.raises(OutOfFundsError, match="Add credits"):
        session.deploy(WEB_SDL)


def test_an_answer_lost_after_the_create_took_effect_is_found_and_spent_once(live: MockConsole) -> None:
    live.faults.drop("createDeployment", when="after")
    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL)
        deployment.wait_for_bids()

        assert len(session.resume()) == 1
    assert [call.operation for call in live.calls].count("createDeployment") == 1


def test_an_answer_lost_before_the_create_took_effect_is_not_repeated(live: MockConsole) -> None:
    live.faults.drop("createDeployment", when="before")
    with akash.connect(mock=live) as session:
        with pytest.raises(OutcomeUnknownError, match="most likely nothing was spent"):
            session.deploy(WEB_SDL)

        assert session.resume() == ()
        assert session.notice == (
            "Nothing is open. 1 create without an answer has not appeared so far: look again in 15 min to be sure."
        )
        live.advance(16 * 60)
        session.resume()
        assert session.notice == "Nothing is open."
    assert [call.operation for call in live.calls].count("createDeployment") == 1


def test_an_answer_lost_on_a_lease_is_asked_again(live: MockConsole) -> None:
    live.faults.drop("createLease", when="after")
    with akash.connect(mock=live) as session:
        assert running(session).state.is_ready


def test_a_lease_can_be_repeated_whatever_the_policy(console: MockConsole) -> None:
    """After a refused manifest the lease exists and is paid: the same cell, run again, must heal it."""
    rule = akash.policy.cheapest().audited()
    with akash.connect(mock=console) as session:
        deployment = session.deploy(WEB_SDL)
        deployment.wait_for_bids()
        console.faults.manifest_refused()
        with pytest.raises(LeaseFailedError) as caught:
            deployment.lease(rule)
        assert caught.value.lease_exists

        assert deployment.lease(rule).live_leases
        assert deployment.lease(akash.policy.cheapest().region("moon")).live_leases
        assert len(deployment.wait_until_ready().leases) == 1


def test_a_lease_goes_on_after_a_kernel_died_between_lease_and_manifest(live: MockConsole) -> None:
    with akash.connect(mock=live) as before:
        deployment = before.deploy(WEB_SDL)
        deployment.wait_for_bids()
        live.faults.manifest_refused()
        with pytest.raises(LeaseFailedError):
            deployment.lease()
        after = akash.connect(mock=live)
        after.journal = before.journal
        after.context = replace(after.context, journal=before.journal)
        (found,) = after.resume()

        assert found.lease().live_leases
        assert found.wait_until_ready().is_ready


def test_waiting_for_bids_on_what_is_leased_is_over_at_once(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = running(session)

        assert deployment.wait_for_bids(timeout_s=1, settle_s=0).covers_all_groups


def test_a_group_that_its_provider_has_closed_does_not_stop_the_others(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = running(session, TWO_GROUPS)
        with live.world() as world:
            held = world.deployments[deployment.dseq]
            provider_closes(world, held, held.leases[0], "lease_closed_reason_unstable")
        status = deployment.lease()

        assert [lease.state for lease in status.leases].count("active") == 1


def test_a_manifest_that_the_chain_does_not_know_is_not_leased(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL)
        deployment.wait_for_bids()
        live_elsewhere = akash.connect(mock=live)
        live_elsewhere.client.deployments.update(deployment.dseq, WEB_SDL.replace("nginx:1.27", "nginx:1.28"))
        with pytest.raises(InvalidInputError, match="another manifest"):
            deployment.lease()
        deployment.update(WEB_SDL)

        assert deployment.lease().live_leases


def test_another_bid_cannot_be_leased_beside_the_one_that_is(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL)
        one, two = (offer.key for offer in deployment.wait_for_bids().open[:2])
        with pytest.raises(InvalidInputError, match="two bids for one group"):
            deployment.lease([one, two])
        with pytest.raises(NoChoiceError):
            deployment.lease([])  # none is not "any"
        with pytest.raises(InvalidInputError, match="int is no choice"):
            deployment.lease(42)
        deployment.lease(one)
        with pytest.raises(InvalidInputError, match=r"leased from .* already"):
            deployment.lease(two)


def test_a_lease_is_no_failure_when_the_bids_cannot_be_read_after_it(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL)
        deployment.wait_for_bids()
        choice = akash.policy.cheapest().choose(deployment.bids)
        session.client.run = failing_after("createLease", "listBids", session.client.run)

        assert deployment.lease(choice).live_leases
        assert deployment.error is None


def test_what_is_closed_is_said_to_be_closed(live: MockConsole) -> None:
    """A deployment without a lease is cleaned up by the service after ten minutes."""
    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL)
        live.advance(3600)
        for verb in (deployment.lease, deployment.wait_for_bids, lambda: deployment.deposit(1)):
            with pytest.raises(InvalidInputError, match=r"is closed.*back in the wallet"):
                verb()
        assert deployment.stage == "closed"


@pytest.mark.parametrize(
    ("old", "new"),
    [("units: 0.5", "units: 1"), ("count: 1", "count: 2"), ("amount: 1000", "amount: 900"), ("as: 80", "as: 81")],
    ids=["resources", "replicas", "price", "a public port"],
)
def test_what_only_a_new_deployment_can_have_is_not_sent_to_a_running_one(
    live: MockConsole, old: str, new: str
) -> None:
    """The chain would take the new hash, the provider would refuse the manifest, and nothing would fit any more."""
    with akash.connect(mock=live) as session:
        deployment = running(session)
        with pytest.raises(InvalidInputError, match=f"{new.split(': ')[1]}.*needs a new deployment"):
            deployment.update(WEB_SDL.replace(old, new))

        assert "updateDeployment" not in [call.operation for call in live.calls]
        assert deployment.lease().live_leases


def test_an_update_that_the_provider_refuses_says_how_to_make_the_hash_fit_again(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = running(session)
        live.faults.manifest_refused()
        with pytest.raises(InvalidRequestError, match="Send the SDL that runs with update"):
            deployment.update(WEB_SDL.replace("nginx:1.27", "nginx:1.28"))
        deployment.update(WEB_SDL)

        assert deployment.lease().live_leases


def test_a_closed_session_says_so(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        session.wallet()
    with pytest.raises(InvalidInputError, match="client is closed"):
        session.wallet()


def test_resume_after_a_restart_finds_the_deployment_with_its_manifest(console: MockConsole, home: Path) -> None:
    """Two sessions on one mock and one journal, as before and after a kernel's death."""
    from akash_nb.journal import Journal

    def session() -> Any:
        made = akash.connect(mock=console)
        made.journal = Journal(home / "journal.db", "mock")
        made.context = type(made.context)(made.journal, made.now)
        return made

    before = session().deploy(WEB_SDL)
    (after,) = session().resume()

    assert (after.dseq, after.manifest, after.sdl) == (before.dseq, before.manifest, WEB_SDL)
    after.wait_for_bids()
    after.lease()
    assert after.wait_until_ready().is_ready


def test_what_was_made_elsewhere_can_be_closed_but_not_leased(live: MockConsole) -> None:
    akash.connect(mock=live).deploy(WEB_SDL)
    (found,) = akash.connect(mock=live).resume()

    with pytest.raises(InvalidInputError, match="created elsewhere"):
        found.lease()
    assert found.close().returned_usd == 5


def test_a_wrong_key_says_where_to_get_one(live: MockConsole) -> None:
    import httpx

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            401, json={"error": "UnauthorizedError", "message": "Invalid API key", "code": "unauthorized"}
        )

    client = akash.Client("ac.sk.test.wrong", transport=httpx.MockTransport(handler))
    with client, pytest.raises(AuthenticationError, match="AKASH_API_KEY"):
        client.deployments.list()


def test_a_second_verb_at_the_same_time_is_refused(live: MockConsole) -> None:
    """A double click must not spend twice."""
    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL)
        flow = type(deployment).wait_for_bids.build(deployment)
        next(flow)
        with pytest.raises(InvalidInputError, match="still under way"):
            deployment.deposit(5)
        flow.close()
        assert deployment.activity is None
        deployment.deposit(5)


def test_verbs_tell_views_what_they_do(live: MockConsole) -> None:
    seen: list[str] = []
    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL)
        deployment.observe(lambda change: seen.append(getattr(change["new"], "name", "idle")), names="activity")
        deployment.observe(lambda change: seen.append(change["new"]), names="stage")
        deployment.wait_for_bids()
        deployment.lease()
        deployment.wait_until_ready()
        deployment.close()

    stages = [item for item in seen if item in ("bids", "leased", "running", "closed")]
    assert stages == ["bids", "leased", "running", "closed"]
    assert {"wait_for_bids", "lease", "wait_until_ready", "close"} <= set(seen)


def test_a_failed_verb_leaves_its_error_for_views_until_the_next_success(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL)
        live.faults.status(402, "depositDeployment")
        with pytest.raises(APIError):
            deployment.deposit(5)
        assert isinstance(deployment.error, OutOfFundsError)
        deployment.deposit(5)
        assert deployment.error is None


def test_a_flow_can_run_in_the_background_and_be_cancelled(live: MockConsole) -> None:
    from concurrent.futures import CancelledError

    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL)
        kind = type(deployment)
        assert session.start(kind.wait_for_bids.build(deployment)).result(timeout=30).covers_all_groups

        waiting = session.start(kind.wait_for_bids.build(deployment, timeout_s=1e9, settle_s=1e9))
        idle = threading.Event()
        deployment.observe(lambda change: change["new"] is None and idle.set(), names="activity")
        waiting.cancel()
        with pytest.raises(CancelledError):
            waiting.result(timeout=30)
        assert idle.wait(timeout=30)
        deployment.close()


def test_the_session_and_its_deployments_say_mock(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = session.deploy(WEB_SDL)

        assert "MOCK" in repr(session)
        assert "MOCK" in repr(deployment)
        assert "MOCK" in repr(deployment.wait_for_bids())
        assert "MOCK" in str(deployment.close())


@pytest.mark.parametrize("days", [1, 10, 20])
def test_the_runway_agrees_with_the_service_however_old_the_deployment_is(days: int) -> None:
    """Reckoned from the time since creation, and from the block time of the market that is asked."""
    market = MockConsole(trial=False)
    with akash.connect(mock=market) as session:
        deployment = running(session)
        market.advance(days * 86_400)
        deployment.status()
        blocks = deployment.runway.height - market.height

        assert abs(blocks) <= 1
