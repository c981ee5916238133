"""Every route against the published schema: what it takes, what it refuses, what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import httpx
import pytest

from mock_server.routes import ROUTES
from mock_server.routes.table import Route
from tests.contract.overlay import NOT_PUBLISHED
from tests.contract.samples import sample
from tests.contract.scene import Scene, make_scene
from tests.contract.schema import body_schema, check, check_answer, check_parameters

#: Tried last, since they take away what others show.
_DESTRUCTIVE = ("closeDeployment", "deleteApiKey", "deleteWalletSettings")
_PUBLISHED = sorted(
    (route for route in ROUTES if route.name not in NOT_PUBLISHED), key=lambda route: route.name in _DESTRUCTIVE
)
_EACH = pytest.mark.parametrize("route", _PUBLISHED, ids=lambda route: route.name)
_EACH_WITH_BODY = pytest.mark.parametrize(
    "route", [route for route in _PUBLISHED if route.has_body], ids=lambda route: route.name
)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene()


def operation_of(contract: Any, route: Route) -> Any:
    return contract["paths"][route.path][route.method.lower()]


def check_response(operation: Any, response: httpx.Response) -> None:
    kind = response.headers.get("content-type", "")
    check_answer(
        operation, response.status_code, kind, response.content, response.json() if "json" in kind else response.text
    )


@_EACH
def test_a_request_and_its_answer_fit(route: Route, scene: Scene, contract: Any) -> None:
    operation, request = operation_of(contract, route), sample(route, scene)
    check_parameters(operation, request.path, request.query)
    if request.body is not None:
        check(request.body, body_schema(operation))

    response = request.send(scene.tenant.http)

    check_response(operation, response)
    # The best that is published: a certificate has nothing better to hope for than 400.
    assert response.status_code == min(map(int, operation["responses"])), response.text


@_EACH
def test_a_key_is_asked_for_where_that_is_published_and_nowhere_else(route: Route, contract: Any) -> None:
    scene = make_scene()
    operation, request = operation_of(contract, route), sample(route, scene)
    with httpx.Client(transport=scene.console.transport(), base_url="http://mock") as anonymous:
        response = request.send(anonymous)

    check_response(operation, response)
    assert (response.status_code == 401) == bool(operation["security"])


@_EACH
def test_a_wrong_key_is_refused_even_where_none_is_asked_for(route: Route, scene: Scene, contract: Any) -> None:
    request = sample(route, scene)
    with httpx.Client(transport=scene.console.transport(), base_url="http://mock", headers={"x-api-key": "x"}) as wrong:
        response = request.send(wrong)

    assert response.status_code == 401
    check_response(operation_of(contract, route), response)


@_EACH
def test_a_query_parameter_that_is_required_must_be_there(route: Route, scene: Scene, contract: Any) -> None:
    operation, request = operation_of(contract, route), sample(route, scene)
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query" and parameter.get("required"):
            without = {name: value for name, value in request.query.items() if name != parameter["name"]}
            response = request.send(scene.tenant.http, query=without)

            assert complaint_at(response) == [parameter["name"]]
            check_response(operation, response)


@_EACH_WITH_BODY
def test_what_is_required_in_a_body_must_be_there(route: Route, scene: Scene, contract: Any) -> None:
    operation, request = operation_of(contract, route), sample(route, scene)
    for place in places(body_schema(operation), request.body):
        if place.required:
            response = request.send(scene.tenant.http, body=place.without(request.body))

            assert complaint_at(response) in ([*place.path], []), f"{place.path}: {response.text}"
            check_response(operation, response)


@_EACH_WITH_BODY
def test_a_value_of_another_type_is_refused(route: Route, scene: Scene, contract: Any) -> None:
    operation, request = operation_of(contract, route), sample(route, scene)
    for place in places(body_schema(operation), request.body):
        wrong = "text" if place.type in ("object", "array") else {}
        response = request.send(scene.tenant.http, body=place.with_value(request.body, wrong))

        assert complaint_at(response) in ([*place.path], []), f"{place.path}: {response.text}"
        check_response(operation, response)


@_EACH_WITH_BODY
@pytest.mark.parametrize(
    ("headers", "content"),
    [
        pytest.param({"content-type": "application/json"}, b"{", id="malformed"),
        pytest.param({"content-type": "application/json"}, b"", id="empty"),
        pytest.param({"content-type": "text/plain"}, b"{}", id="of another type"),
        pytest.param({}, b"{}", id="of no type"),
    ],
)
def test_a_body_that_is_no_json_is_400(
    route: Route, headers: dict[str, str], content: bytes, scene: Scene, contract: Any
) -> None:
    path = route.path.format(**sample(route, scene).path)
    response = scene.tenant.http.request(route.method, path, headers=headers, content=content)

    assert response.status_code == 400
    check_response(operation_of(contract, route), response)


class Place:
    """Where a value is in a body, and what the schema says about it."""

    def __init__(self, path: tuple[str | int, ...], schema: Any, *, required: bool) -> None:
        self.path = path
        self.type = schema.get("type")
        self.required = required

    def with_value(self, body: Any, value: Any) -> Any:
        """A copy of the body with another value here."""
        made = deepcopy(body)
        self._parent(made)[self.path[-1]] = value
        return made

    def without(self, body: Any) -> Any:
        """A copy of the body with nothing here."""
        made = deepcopy(body)
        del self._parent(made)[self.path[-1]]
        return made

    def _parent(self, body: Any) -> Any:
        for key in self.path[:-1]:
            body = body[key]
        return body


def places(schema: Any, value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Place]:
    """All places of a body that the schema speaks of."""
    options = [option for option in schema.get("anyOf", [schema]) if _is_of(option, value)]
    for option in options:
        for name, inner in option.get("properties", {}).items() if isinstance(value, dict) else ():
            if name in value:
                yield Place((*path, name), inner, required=name in option.get("required", []))
                yield from places(inner, value[name], (*path, name))
        for index, entry in enumerate(value if isinstance(value, list) else ()):
            yield from places(option["items"], entry, (*path, index))


def complaint_at(response: httpx.Response) -> Any:
    """Where the first issue of a validation error is."""
    body = response.json()
    assert (response.status_code, body.get("code")) == (400, "validation_error"), response.text
    return body["data"][0]["path"]


def _is_of(schema: Any, value: Any) -> bool:
    return {"object": dict, "array": list}.get(schema.get("type"), object) in (type(value), object)
