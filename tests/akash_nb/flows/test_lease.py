"""Leasing: retried where it is safe, and a failure says whether money is bound and what to do."""

from __future__ import annotations

import pytest

from akash_nb.errors import (
    AkashError,
    BidExpiredError,
    InvalidRequestError,
    LeaseFailedError,
    ServiceError,
)
from akash_nb.flows.context import Context
from akash_nb.flows.lease import BUSY_ROUNDS, lease
from akash_nb.journal import Journal
from akash_nb.models import CertificatePair
from tests.akash_nb.flows.script import Script
from tests.akash_nb.records import DSEQ, NOW, offer, status

BUSY = ServiceError("Provider https://host:8443 is temporarily unavailable", status=503)
GONE = "Cannot create lease: The selected bid is no longer open. Please refresh and select an available bid."
MATCHED = "Cannot create lease: The associated order has already been matched or closed. Re-create the deployment."


@pytest.fixture
def context() -> Context:
    return Context(Journal(None, "a"), lambda: NOW)


def attempt(context: Context, script: Script, pair: CertificatePair | None = None) -> AkashError:
    with pytest.raises(AkashError) as caught:
        script.run(lease(context, DSEQ, "manifest", [offer("one")], pair))
    return caught.value


def test_the_choice_is_in_the_journal_before_it_leaves(context: Context) -> None:
    next(lease(context, DSEQ, "manifest", [offer("one")], None))

    (action,) = context.journal.actions(DSEQ)
    assert (action.kind, action.outcome, action.detail["bids"]) == ("lease", "asked", ["1/1/akash1one"])


def test_a_busy_provider_is_asked_again(context: Context) -> None:
    script = Script(("createLease", BUSY), ("createLease", BUSY), ("createLease", status()))
    answer = script.run(lease(context, DSEQ, "manifest", [offer("one")], None))

    assert answer.live_leases
    assert len(script.slept) == 2


def test_a_provider_that_stays_busy_leaves_a_lease_that_can_be_tried_again(context: Context) -> None:
    error = attempt(context, Script(*[("createLease", BUSY)] * BUSY_ROUNDS, ("getDeployment", status())))

    assert isinstance(error, LeaseFailedError)
    assert (error.cause, error.lease_exists) == ("provider_busy", True)
    assert "being paid" in error.means
    assert "safe to repeat" in error.todo


def test_a_bid_that_is_gone_says_so_and_that_no_lease_was_made(context: Context) -> None:
    refusal = InvalidRequestError(GONE, status=400)
    error = attempt(context, Script(("createLease", refusal), ("getDeployment", status(rate=None))))

    assert isinstance(error, BidExpiredError)
    assert "No lease was made" in error.means


def test_an_order_that_is_gone_needs_a_new_deployment(context: Context) -> None:
    refusal = InvalidRequestError(MATCHED, status=400)
    error = attempt(context, Script(("createLease", refusal), ("getDeployment", status(rate=None))))

    assert isinstance(error, LeaseFailedError)
    assert (error.cause, error.lease_exists) == ("bid_gone", False)
    assert "create it again" in error.todo


def test_halves_of_different_pairs_never_leave(context: Context) -> None:
    error = attempt(context, Script(), CertificatePair("no pem", "no pem"))

    assert isinstance(error, LeaseFailedError)
    assert (error.cause, error.lease_exists) == ("certificate", False)
    assert "session.certificate(new=True)" in error.todo


def test_a_pair_that_the_service_refuses_is_named_as_the_cause(context: Context) -> None:
    refusal = InvalidRequestError("Certificate must include both certPem and keyPem", status=400)
    error = attempt(context, Script(("createLease", refusal), ("getDeployment", status(rate=None))))

    assert isinstance(error, LeaseFailedError)
    assert error.cause == "certificate"


def test_a_refused_manifest_says_that_the_lease_is_paid_for(context: Context) -> None:
    refusal = InvalidRequestError("manifest version validation failed", status=422)
    error = attempt(context, Script(("createLease", refusal), ("getDeployment", status())))

    assert isinstance(error, LeaseFailedError)
    assert (error.cause, error.lease_exists) == ("manifest", True)


def test_a_state_that_cannot_be_read_is_not_guessed(context: Context) -> None:
    refusal = InvalidRequestError("manifest version validation failed", status=422)
    error = attempt(context, Script(("createLease", refusal), ("getDeployment", BUSY)))

    assert isinstance(error, LeaseFailedError)
    assert error.lease_exists is None
    assert [a.outcome for a in context.journal.actions()] == ["unknown"]
