"""The overlay stays as small as the published schema's defects."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.routes import ROUTES
from tests.contract.overlay import NOT_PUBLISHED, NOT_SERVED, OVERLAY, Fix, apply


@pytest.mark.parametrize("entry", OVERLAY, ids=lambda entry: f"{entry.where if isinstance(entry, Fix) else entry.path}")
def test_every_entry_is_still_needed(entry: Any, openapi: Any) -> None:
    """One that changes nothing was put right by the publisher, or by another entry: take it out."""
    others = tuple(other for other in OVERLAY if other is not entry)

    assert apply(openapi) != apply(openapi, others), f"no longer needed: {entry.why}"


def test_the_published_document_itself_is_left_alone(openapi: Any) -> None:
    assert apply(openapi, ()) == openapi
    assert "/v1/market-data/{coin?}" in openapi["paths"]


def test_the_list_of_what_is_not_served_is_exact(contract: Any) -> None:
    ours = {f"{route.method} {route.path}" for route in ROUTES}
    theirs = {f"{method.upper()} {path}" for path, operations in contract["paths"].items() for method in operations}

    assert theirs - ours == NOT_SERVED.keys()


def test_the_list_of_what_is_served_without_being_published_is_exact(contract: Any) -> None:
    unknown = {route.name for route in ROUTES if route.method.lower() not in contract["paths"].get(route.path, {})}

    assert unknown == NOT_PUBLISHED.keys()


def test_operation_names_are_those_of_the_schema(contract: Any) -> None:
    names = {
        route.name: contract["paths"].get(route.path, {}).get(route.method.lower(), {}).get("operationId")
        for route in ROUTES
    }

    assert {name: theirs for name, theirs in names.items() if theirs not in (None, name)} == {}


def test_no_two_routes_share_a_name_or_a_path() -> None:
    assert len({r.name for r in ROUTES}) == len({(r.method, r.path) for r in ROUTES}) == len(ROUTES)
