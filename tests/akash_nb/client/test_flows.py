"""Operations of several steps: paging, batches, and learning which dialect the service speaks."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akash_nb.client.market import _batches
from akash_nb.errors import (
    ConnectionFailedError,
    InvalidInputError,
    InvalidRequestError,
    MissingRouteError,
    NotFoundError,
    OutcomeUnknownError,
    ServiceError,
)
from akash_nb.ids import BidID
from akash_nb.models import ComputeSpec
from tests.akash_nb.client.operations import DSEQ, LISTED, OWNER, PROVIDER, SETTING, USER


def no_route() -> httpx.Response:
    return httpx.Response(404, text="404 Not Found")


def refusal(status: int, message: str, code: str = "bad_request") -> httpx.Response:
    return httpx.Response(status, json={"error": "X", "message": message, "code": code, "type": "client_error"})


def page(*dseqs: int, total: int = 0) -> dict[str, Any]:
    items = [LISTED | {"deployment": LISTED["deployment"] | {"id": {"owner": OWNER, "dseq": str(n)}}} for n in dseqs]  # type: ignore[operator]  # a nested dict
    return {"data": {"deployments": items, "pagination": {"total": total, "skip": 0, "limit": 100, "hasMore": False}}}


class TestPaging:
    def test_all_pages_are_read_whatever_the_total_says(self, drive: Any, service: Any) -> None:
        fake = service(page(*range(1, 101), total=100), page(*range(101, 151), total=50), page(total=0))
        driven = drive(fake, lambda c: c.deployments.list())
        assert [d.dseq for d in driven.result] == [str(n) for n in range(1, 151)]
        assert fake.asked == [f"GET /v1/deployments?skip={skip}&limit=100" for skip in (0, 100, 150)]

    def test_a_service_that_repeats_its_page_does_not_catch_us_in_a_loop(self, drive: Any, service: Any) -> None:
        fake = service(page(1, 2), page(1, 2))
        assert [d.dseq for d in drive(fake, lambda c: c.deployments.list()).result] == ["1", "2"]

    def test_a_deployment_that_shifts_between_pages_is_listed_once(self, drive: Any, service: Any) -> None:
        fake = service(page(1, 2), page(2, 3), page())
        assert [d.dseq for d in drive(fake, lambda c: c.deployments.list()).result] == ["1", "2", "3"]

    def test_nothing_is_an_empty_tuple(self, drive: Any, service: Any) -> None:
        assert drive(service(page()), lambda c: c.deployments.list()).result == ()

    def test_deployments_of_an_address_are_read_to_the_end(self, drive: Any, service: Any) -> None:
        item = {"owner": OWNER, "status": "active", "createdHeight": 1, "leases": []}
        pages = [{"count": 1, "results": [item | {"dseq": str(n)} for n in dseqs]} for dseqs in ([1, 2], [3], [])]
        fake = service(*pages)
        assert len(drive(fake, lambda c: c.deployments.by_address(OWNER)).result) == 3
        assert [request.url.path.split("/")[-2:] for request in fake.requests] == [
            ["0", "100"],
            ["2", "100"],
            ["3", "100"],
        ]


class TestProvidersByAddress:
    def test_twenty_are_asked_at_a_time_and_unknown_ones_are_missing(self, drive: Any, service: Any) -> None:
        addresses = [f"akash1{n}" for n in range(25)]
        known = [{"owner": "akash13", "hostUri": "https://a:8443"}]
        fake = service(known, [])
        assert list(drive(fake, lambda c: c.providers.by_address(addresses)).result) == ["akash13"]
        assert [len(request.url.params["addresses"].split(",")) for request in fake.requests] == [20, 5]

    def test_no_address_asks_nothing(self, drive: Any, service: Any) -> None:
        assert drive(service(), lambda c: c.providers.by_address([])).result == {}


sizes = st.integers(0, 10**15)


class TestPricing:
    def test_batches_keep_to_ten_specs_and_512_bytes_and_to_the_order(self, drive: Any, service: Any) -> None:
        specs = [ComputeSpec(1000 + n, 2 * 2**30, 10 * 2**30) for n in range(20)] + [
            ComputeSpec(n, 1, 1) for n in range(20)
        ]
        bodies: list[bytes] = []

        def answer(request: httpx.Request) -> httpx.Response:
            bodies.append(request.content)
            prices = [
                {"spec": spec, "akash": spec["cpu"], "aws": 0, "gcp": 0, "azure": 0}
                for spec in json.loads(request.content)
            ]
            return httpx.Response(200, json=prices)

        driven = drive(answer, lambda c: c.market.pricing(specs))
        assert [price.spec for price in driven.result] == specs
        assert [price.akash_usd for price in driven.result] == [Decimal(spec.cpu_millicores) for spec in specs]
        assert all(len(body) <= 512 for body in bodies)
        assert max(len(json.loads(body)) for body in bodies) == 10
        assert len(bodies) == 5

    @given(st.lists(st.builds(ComputeSpec, sizes, sizes, sizes), max_size=40))
    def test_no_call_is_longer_than_allowed_and_none_could_take_one_spec_more(self, specs: list[ComputeSpec]) -> None:
        batches = list(_batches(specs))
        assert [spec for batch in batches for spec in batch] == specs
        assert all(self.fits(batch) for batch in batches)
        assert not any(self.fits([*batch, following[0]]) for batch, following in pairwise(batches))

    @pytest.mark.parametrize(("length", "calls"), [(512, 1), (513, 2)])
    def test_a_body_may_have_512_bytes_and_not_one_more(self, length: int, calls: int) -> None:
        specs = [ComputeSpec(10**9, 10**9, 10**9)] * 7
        missing = length - len(
            json.dumps([spec.to_wire() for spec in [*specs, ComputeSpec(1, 1, 1)]], separators=(",", ":"))
        )
        specs.append(ComputeSpec(1, 1, 10**missing))
        assert len(list(_batches(specs))) == calls

    @staticmethod
    def fits(batch: list[ComputeSpec]) -> bool:
        body = json.dumps([spec.to_wire() for spec in batch], separators=(",", ":"))
        return len(batch) <= 10 and len(body) <= 512

    def test_no_spec_asks_nothing(self, drive: Any, service: Any) -> None:
        assert drive(service(), lambda c: c.market.pricing([])).result == ()


class TestDeposit:
    def test_where_the_live_route_is_missing_the_guides_form_follows(self, drive: Any, service: Any) -> None:
        fake = service(no_route(), {"success": True})
        assert drive(fake, lambda c: c.deployments.deposit(DSEQ, 5)).error is None
        assert fake.asked == ["POST /v1/deposit-deployment", f"POST /v1/deployments/deposit/{DSEQ}"]
        assert json.loads(fake.requests[1].content) == {"amount": 5.0}

    def test_an_unknown_deployment_is_not_asked_for_twice(self, drive: Any, service: Any) -> None:
        fake = service(refusal(404, "Deployment not found", "not_found"))
        assert type(drive(fake, lambda c: c.deployments.deposit(DSEQ, 5)).error) is NotFoundError

    def test_an_unknown_deployment_of_an_older_service_is_not_asked_for_twice(self, drive: Any, service: Any) -> None:
        fake = service(httpx.Response(404, json={"error": "NotFoundError", "message": "Deployment not found"}))
        assert type(drive(fake, lambda c: c.deployments.deposit(DSEQ, 5)).error) is NotFoundError

    def test_the_form_of_the_known_dialect_goes_first(self, drive: Any, service: Any) -> None:
        fake = service(no_route(), {"success": True})
        assert drive(fake, lambda c: c.deployments.deposit(DSEQ, 5, dialect="guide")).error is None
        assert fake.asked == [f"POST /v1/deployments/deposit/{DSEQ}", "POST /v1/deposit-deployment"]

    def test_a_service_with_neither_form_is_an_error(self, drive: Any, service: Any) -> None:
        fake = service(no_route(), no_route())
        assert isinstance(drive(fake, lambda c: c.deployments.deposit(DSEQ, 5)).error, MissingRouteError)

    def test_a_lost_answer_is_never_followed_by_the_other_form(self, drive: Any, service: Any) -> None:
        fake = service(httpx.ReadTimeout("slow"))
        error = drive(fake, lambda c: c.deployments.deposit(DSEQ, 5)).error
        assert isinstance(error, OutcomeUnknownError)
        assert error.dseq == DSEQ

    def test_the_deployment_comes_back_where_the_service_sends_it(self, drive: Any, service: Any) -> None:
        fake = service(no_route(), {"data": LISTED})
        assert drive(fake, lambda c: c.deployments.deposit(DSEQ, 5)).result.dseq == DSEQ


class TestCertificates:
    @pytest.mark.parametrize(
        "answer",
        [
            lambda: httpx.Response(400, json={"error": "This endpoint has been removed. mTLS is no longer required."}),
            no_route,
        ],
        ids=["removed", "no route"],
    )
    def test_a_service_without_certificates_gives_none(self, drive: Any, service: Any, answer: Any) -> None:
        driven = drive(service(answer()), lambda c: c.certificates.create())
        assert (driven.result, driven.error) == (None, None)

    @pytest.mark.parametrize(
        ("status", "message", "kind"),
        [(404, "UserWallet not found", NotFoundError), (400, "no", InvalidRequestError)],
    )
    def test_any_other_refusal_is_an_error(
        self, drive: Any, service: Any, status: int, message: str, kind: type[Exception]
    ) -> None:
        error = drive(service(refusal(status, message, "")), lambda c: c.certificates.create()).error
        assert type(error) is kind


class TestDeploymentSettings:
    def test_an_older_service_is_asked_in_its_own_form(self, drive: Any, service: Any) -> None:
        fake = service(no_route(), {"data": {"id": USER}}, {"data": SETTING})
        assert drive(fake, lambda c: c.deployment_settings.set_auto_top_up(DSEQ, True)).result.auto_top_up
        assert fake.asked == [
            f"PATCH /v2/deployment-settings/{DSEQ}",
            "GET /v1/user/me",
            f"PATCH /v1/deployment-settings/{USER}/{DSEQ}",
        ]

    def test_reading_falls_back_likewise(self, drive: Any, service: Any) -> None:
        fake = service(no_route(), {"data": {"id": USER}}, {"data": SETTING})
        assert drive(fake, lambda c: c.deployment_settings.get(DSEQ)).result.dseq == DSEQ
        assert fake.asked[-1] == f"GET /v1/deployment-settings/{USER}/{DSEQ}"


class TestHealth:
    def test_an_unwell_service_is_an_answer_not_an_error(self, drive: Any, service: Any) -> None:
        unwell = [httpx.Response(500, json={"data": {"postgres": False, "jobQueue": True}}) for _ in range(4)]
        health = drive(service(*unwell), lambda c: c.health.readiness()).result
        assert (health.database, health.job_queue, health.is_well) == (False, True, False)

    def test_a_broken_service_is_an_error(self, drive: Any, service: Any) -> None:
        broken = [refusal(502, "down", "x") for _ in range(4)]
        assert isinstance(drive(service(*broken), lambda c: c.health.readiness()).error, ServiceError)


SPENDING = {
    "deployments.create": lambda c: c.deployments.create("x", deposit_usd=5),
    "deployments.deposit": lambda c: c.deployments.deposit(DSEQ, 5),
    "api_keys.create": lambda c: c.api_keys.create("x"),
    "certificates.create": lambda c: c.certificates.create(),
    "deployment_settings.create": lambda c: c.deployment_settings.create(DSEQ),
}
LOST: dict[str, Any] = {
    "timeout": lambda: httpx.ReadTimeout(""),
    "broken line": lambda: httpx.ReadError("reset"),
    "closed by the other side": lambda: httpx.RemoteProtocolError("Server disconnected"),
    "half written": lambda: httpx.WriteError("broken pipe"),
    "500": lambda: httpx.Response(500, json={"message": "chain text"}),
    "gateway": lambda: httpx.Response(504, text="<html>"),
    "truncated": lambda: httpx.Response(201, content=b'{"data":{"dseq":"17'),
    "other shape": lambda: httpx.Response(201, json={"data": []}),
}


@pytest.mark.parametrize("lost", LOST.values(), ids=list(LOST))
@pytest.mark.parametrize("run", SPENDING.values(), ids=list(SPENDING))
def test_what_spends_or_makes_is_never_sent_twice(drive: Any, service: Any, run: Any, lost: Any) -> None:
    fake = service(lost())
    error = drive(fake, run).error
    assert len(fake.requests) == 1
    if run is SPENDING["deployments.deposit"] and lost is LOST["other shape"]:
        assert error is None  # a success is enough: what a deposit is answered with differs between the dialects
    else:
        assert isinstance(error, OutcomeUnknownError)


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_a_create_that_never_left_is_tried_again(drive: Any, service: Any, error: type[httpx.RequestError]) -> None:
    fake = service(error("no route to host"), {"data": {"dseq": DSEQ, "manifest": "[]"}})
    driven = drive(fake, lambda c: c.deployments.create("x"))
    assert driven.result.dseq == DSEQ
    assert driven.pauses == [0.75]
    assert driven.notices == [
        f"No answer to createDeployment: {error.__name__}: no route to host. Trying again in 0.8 s (attempt 2)."
    ]


def test_an_unreachable_service_is_named_so_after_four_attempts(drive: Any, service: Any) -> None:
    driven = drive(service(*[httpx.ConnectError("refused") for _ in range(4)]), lambda c: c.wallet.balances())
    assert isinstance(driven.error, ConnectionFailedError)
    assert not driven.error.was_sent
    assert "4 attempts" in str(driven.error)
    assert len(driven.pauses) == 3


@pytest.mark.parametrize(
    ("run", "text"),
    [
        (lambda c: c.deployments.create("x", deposit_usd="0.49"), r"\$0.49 is less than .* \$0.50"),
        (lambda c: c.deployments.create("x", deposit_usd="a lot"), "'a lot' is no amount"),
        (lambda c: c.deployments.create("x", deposit_usd=float("nan")), "no amount"),
        (lambda c: c.deployments.deposit(DSEQ, 0), "less than the smallest"),
        (lambda c: c.deployments.deposit(DSEQ, -1), "less than the smallest"),
        (lambda c: c.deployments.deposit("abc", 1), "no deployment number"),
        (lambda c: c.deployments.get("../wallets"), "no deployment number"),
        (lambda c: c.deployments.close("0"), "no deployment number"),
        (lambda c: c.leases.create("[]", []), "No bid was given"),
        (
            lambda c: c.leases.create("[]", [BidID(OWNER, "1", 1, 1, PROVIDER), BidID(OWNER, "2", 1, 1, PROVIDER)]),
            "several deployments",
        ),
        (lambda c: c.wallet.save_settings(auto_reload=True, threshold_usd=4.99), r"\$4.99 is less"),
        (lambda c: c.wallet.save_settings(auto_reload=True, amount_usd=10_001), r"\$10,001.00 is more"),
        (lambda c: c.account.create_jwt_token(scope=["lgos"]), "Unknown scope: lgos"),
        (lambda c: c.account.create_jwt_token(scope="logs"), "no list of scopes"),
        (lambda c: c.account.create_jwt_token(scope=["logs"], permissions=[]), "not both"),
        (lambda c: c.account.create_jwt_token(ttl_s=0), "0 s"),
        (lambda c: c.api_keys.delete(""), "no name or address"),
        (lambda c: c.providers.get(" "), "no name or address"),
        (lambda c: c.templates.get(".."), "no name or address"),
    ],
)
def test_nonsense_is_refused_before_anything_is_sent(drive: Any, service: Any, run: Any, text: str) -> None:
    driven = drive(service(), run)
    assert isinstance(driven.error, InvalidInputError)
    assert driven.error.means == "Nothing was sent."
    with pytest.raises(InvalidInputError, match=text):
        raise driven.error
