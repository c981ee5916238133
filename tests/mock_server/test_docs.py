"""The mock describes itself, and what it says of its endpoints is what they do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
import schemathesis
from jsonschema import Draft202012Validator

from mock_server import MockConsole
from mock_server.routes import ROUTES, leases
from mock_server.routes.table import Route
from mock_server.web import call
from mock_server.web.describe import document, summary_of
from mock_server.web.takes import takes_of
from mock_server.web.validate import Check, parse, schema_of
from tests.contract.samples import sample
from tests.contract.scene import make_scene
from tests.mock_server.conftest import connect

DIALECTS = ("live", "guide")
#: All but the proxy, whose requests are tried in its own tests.
_LIVE = [route for route in ROUTES if route.dialect in (None, "live") and route.name != "proxyProvider"]
_EACH = pytest.mark.parametrize("route", _LIVE, ids=lambda route: route.name)


def operations(of: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    return (
        (method.upper(), path, operation) for path, found in of["paths"].items() for method, operation in found.items()
    )


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_endpoint_is_described(dialect: str) -> None:
    described = {(method, path, op["operationId"]) for method, path, op in operations(document(dialect))}

    assert described == {(r.method, r.path, r.name) for r in ROUTES if r.dialect in (None, dialect)}


def test_the_description_is_openapi(dialect: str) -> None:
    schemathesis.openapi.from_dict(document(dialect)).validate()


def test_the_validator_would_object() -> None:
    made = document("live")
    del made["info"]["title"]
    with pytest.raises(Exception, match="title"):
        schemathesis.openapi.from_dict(made).validate()


def test_every_schema_is_one(dialect: str) -> None:
    for _, _, operation in operations(document(dialect)):
        for parameter in operation["parameters"]:
            Draft202012Validator.check_schema(parameter["schema"])
        if "requestBody" in operation:
            Draft202012Validator.check_schema(operation["requestBody"]["content"]["application/json"]["schema"])


@pytest.mark.parametrize(
    # A wrong `scope` has an answer of its own, so it is not checked like other parameters.
    "route",
    [route for route in _LIVE if route.name != "getDocument"],
    ids=lambda route: route.name,
)
def test_what_is_described_is_what_is_checked(route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, used = make_scene(), []

    def noting(check: Check, value: Any) -> Any:
        used.append(check)
        return parse(check, value)

    request = sample(route, scene)
    for module in (call, leases):
        monkeypatch.setattr(module, "parse", noting)
    request.send(scene.tenant.http)

    taken = takes_of(route.endpoint)
    declared = [check for check in (taken.params, taken.query, taken.body) if check is not None]
    assert {json.dumps(schema_of(c)) for c in used} == {json.dumps(schema_of(c)) for c in declared}


@_EACH
def test_a_good_request_fits_what_is_described(route: Route) -> None:
    request = sample(route, make_scene())
    operation = document("live")["paths"][route.path][route.method.lower()]
    for parameter in operation["parameters"]:
        text = {"path": request.path, "query": request.query}[parameter["in"]].get(parameter["name"])
        if text is None:
            assert not parameter["required"], parameter
        else:
            schema = parameter["schema"]
            Draft202012Validator(schema).validate(float(text) if schema.get("type") == "number" else text)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    assert (body is None) == (request.body is None)
    if body is not None:
        Draft202012Validator(body).validate(request.body)


@_EACH
def test_a_good_answer_is_as_described(route: Route) -> None:
    scene, taken = make_scene(), takes_of(route.endpoint)
    response = sample(route, scene).send(scene.tenant.http)

    # The one answer that is never good, in this dialect.
    assert response.status_code == (400 if route.name == "createCertificate" else taken.status), response.text
    assert response.headers.get("content-type", "").split(";")[0] == taken.kind
    assert bool(response.content) == bool(taken.kind)


@_EACH
def test_a_key_is_asked_for_where_that_is_described(route: Route) -> None:
    scene = make_scene()
    with httpx.Client(transport=scene.console.transport(), base_url="http://mock") as anonymous:
        response = sample(route, scene).send(anonymous)

    assert (response.status_code == 401) == takes_of(route.endpoint).needs_key_in("live")


def test_the_guides_certificate_needs_a_key() -> None:
    console = MockConsole(dialect="guide")
    with httpx.Client(transport=console.transport(), base_url="http://mock") as anonymous:
        assert anonymous.post("/v1/certificates", json={}).status_code == 401
    assert document("guide")["paths"]["/v1/certificates"]["post"]["security"]
    assert not document("live")["paths"]["/v1/certificates"]["post"]["security"]


def test_the_guides_bodies_are_described_in_the_guide_only() -> None:
    def required(dialect: str) -> list[str]:
        content = document(dialect)["paths"]["/v1/leases"]["post"]["requestBody"]["content"]
        found: list[str] = content["application/json"]["schema"]["required"]
        return found

    assert required("live") == ["manifest", "leases"]
    assert required("guide") == ["manifest", "certificate", "leases"]


def test_every_operation_says_in_a_line_what_it_does() -> None:
    for route in ROUTES:
        summary = summary_of(route)
        assert "\n" not in summary
        assert "§" not in summary
        assert len(summary) > len(route.name) + 5, f"{route.name}: {summary}"


def test_the_console_alone_is_described_without_the_proxy(console: MockConsole) -> None:
    tenant = connect(console)
    everything, alone, usual, empty = (
        tenant.http.get(f"/v1/doc{query}").json()["paths"].keys()
        for query in ("?scope=full", "?scope=console", "", "?scope=")
    )

    assert everything - alone == {"/"}
    assert everything == usual == empty


def test_another_scope_is_forbidden(console: MockConsole) -> None:
    response = connect(console).http.get("/v1/doc?scope=api")

    assert response.status_code == 403
    assert response.json()["error"] == "ForbiddenError"


def test_the_status_is_that_of_the_service_and_of_its_proxy(console: MockConsole) -> None:
    found = connect(console).http.get("/status").json()

    assert found["memory"].keys() == {"rss", "heapTotal", "heapUsed", "external"}
    assert found["version"] == document("live")["info"]["version"]
    assert (found["openClientWebSocketCount"], found["totalRequestCount"], found["totalTransferred"]) == (0, 0, "0 B")
    assert {found[name] for name in ("logStreaming", "logDownload", "eventStreaming", "shell")} == {"0 (0 B)"}


class Page(HTMLParser):
    """A page taken apart: its tags and attributes, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture
def page(console: MockConsole) -> Page:
    response = connect(console).http.get("/v1/swagger")
    assert response.headers["content-type"] == "text/html; charset=UTF-8"
    return Page(response.text)


def test_the_page_shows_every_operation_and_all_it_takes(page: Page) -> None:
    text = "".join(page.words)
    ids = [attributes["id"] for tag, attributes in page.tags if tag == "section"]
    assert not page.open
    for method, path, operation in operations(document("live")):
        assert f"{method} {path}" in text
        assert operation["summary"] in text
        assert operation["operationId"] in ids
        for parameter in operation["parameters"]:
            assert parameter["name"] in page.words
    for name in (
        "data.sdl",
        "leases[].provider",
        "data.messages[].typeUrl",
        "resources[].resource.cpu.units.val",
        "auth",
    ):
        assert name in page.words


def test_the_page_loads_nothing_and_runs_nothing(page: Page) -> None:
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "img", "iframe", "object"})
    links = [attributes["href"] or "" for tag, attributes in page.tags if tag == "a"]
    assert all(link == "/v1/doc" or link.startswith("#") for link in links)
    assert not any(name.startswith("on") or name == "src" for _, attributes in page.tags for name in attributes)
    style = "".join(page.words)
    assert "url(" not in style
    assert "@import" not in style


def test_the_page_is_readable_by_day_and_by_night(page: Page) -> None:
    assert "color-scheme: light dark" in "".join(page.words)
