"""What web pages of other origins are told (contract §1), and the methods that are no routes': OPTIONS and HEAD."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mock_server import MOCK_API_KEY, MockConsole, serve
from mock_server.routes import ROUTES
from tests.mock_server.conftest import Tenant, connect, sdl
from tests.mock_server.test_doors import DOORS

PAGE = "https://console.example"
ORIGIN = {"origin": PAGE}
#: What a page is told besides the answer, whatever the answer is.
ALLOWED = {
    "access-control-allow-origin": PAGE,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "cf-mitigated,retry-after,x-akash-mock",
    "vary": "Origin",
}


def told_to_pages(answer: httpx.Response) -> dict[str, str]:
    """The headers that are meant for browsers."""
    return {n: v for n, v in answer.headers.items() if n.startswith("access-control-") or n == "vary"}


# --- OPTIONS -----------------------------------------------------------------------------------------------------


def preflight(http: httpx.Client, path: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.options(path, headers={**named, "access-control-request-method": "POST"})


@pytest.mark.parametrize("path", ["/v1/deployments", "/v1/deployments/1", "/", "/_mock/state", "/nowhere"])
def test_a_preflight_is_answered_on_any_path_without_a_key(console: MockConsole, path: str) -> None:
    """With what hono's `cors` sends for a whitelisted origin and no list of headers of its own."""
    http = httpx.Client(transport=console.transport(), base_url="http://mock")
    answer = preflight(http, path, origin=PAGE, access_control_request_headers="content-type,x-api-key")
    assert (answer.status_code, answer.content) == (204, b"")
    assert told_to_pages(answer) == {
        **ALLOWED,
        "access-control-allow-methods": "GET,HEAD,PUT,POST,DELETE,PATCH",
        "access-control-allow-headers": "content-type,x-api-key",
        "vary": "Origin, Access-Control-Request-Headers",
    }
    assert not {"content-length", "content-type"} & set(answer.headers)


def test_a_preflight_that_asks_for_no_headers_is_told_of_none(tenant: Tenant) -> None:
    answer = preflight(tenant.http, "/v1/balances", origin=PAGE)
    assert "access-control-allow-headers" not in answer.headers
    assert answer.headers["vary"] == "Origin"


def test_any_origin_may_ask_and_is_named(tenant: Tenant) -> None:
    """Never `*`, which browsers do not take together with credentials."""
    for origin in ("http://localhost:3000", "null", "https://a.example"):
        answer = preflight(tenant.http, "/v1/balances", origin=origin)
        assert answer.headers["access-control-allow-origin"] == origin


def test_an_options_of_no_page_is_not_told_who_may_ask(tenant: Tenant) -> None:
    answer = tenant.http.options("/v1/balances")
    assert answer.status_code == 204
    assert "access-control-allow-origin" not in answer.headers


def test_a_preflight_asks_nothing_of_the_world(console: MockConsole, tenant: Tenant) -> None:
    console.faults.status(503, times=None)
    console.faults.refuse(times=None)
    before = console.snapshot()
    answer = tenant.http.options("/v1/balances", headers={**ORIGIN, "x-api-key": "nobody"})
    assert (answer.status_code, len(console.calls), console.snapshot()) == (204, 0, before)


# --- every other answer ------------------------------------------------------------------------------------------


def answers(console: MockConsole, tenant: Tenant, headers: dict[str, str]) -> Iterator[tuple[str, httpx.Response]]:
    """An answer of every kind."""
    ask = tenant.http.request
    yield "ordinary", ask("GET", "/v1/balances", headers=headers)
    yield "text", ask("GET", "/v1/providers/nobody", headers=headers)
    yield "created", ask("POST", "/v1/api-keys", json={"data": {"name": "n"}}, headers=headers)
    yield "empty", ask("DELETE", "/v1/api-keys/00000000-0000-4000-8000-000000000000", headers=headers)
    yield "redirect", ask("GET", "/v1/templates-list.json", headers=headers)
    yield "invalid", ask("GET", "/v1/deployments/abc", headers=headers)
    yield "malformed", ask("POST", "/v1/deployments", content=b"{", headers=headers)
    yield "too large", ask("POST", "/v1/pricing", content=b" " * 600, headers=headers)
    yield "unknown path", ask("GET", "/nowhere", headers=headers)
    yield "wrong method", ask("PATCH", "/v1/balances", headers=headers)
    yield "wrong key", ask("GET", "/v1/balances", headers={**headers, "x-api-key": "nobody"})
    yield "control", ask("GET", "/_mock/state", headers=headers)
    yield "refused control", ask("PUT", "/_mock/speed", json={"speed": 1}, headers=headers)
    yield "without body", ask("HEAD", "/v1/balances", headers=headers)
    console.faults.status(429, retry_after_s=3)
    yield "limited", ask("GET", "/v1/balances", headers=headers)
    console.faults.garble()
    yield "garbled", ask("GET", "/v1/balances", headers=headers)
    console.faults.latency(1, times=1)
    yield "late", ask("GET", "/v1/balances", headers=headers)
    console.faults.slow(1000, times=1)
    yield "slow", ask("GET", "/v1/balances", headers=headers)


def test_a_page_may_read_every_answer(console: MockConsole, tenant: Tenant) -> None:
    for kind, answer in answers(console, tenant, ORIGIN):
        assert told_to_pages(answer) == ALLOWED, kind


def test_who_is_no_page_is_told_nothing_of_the_kind(console: MockConsole, tenant: Tenant) -> None:
    for kind, answer in answers(console, tenant, {}):
        assert told_to_pages(answer) == {}, kind


def test_a_mistake_inside_the_mock_can_be_read_by_a_page(
    console: MockConsole, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mock_server.world.lifecycle.advance", lambda *_: 1 / 0)
    answer = tenant.http.get("/v1/balances", headers=ORIGIN)
    assert (answer.status_code, told_to_pages(answer)) == (500, ALLOWED)


def test_being_asked_by_a_page_changes_nothing_else(console: MockConsole, tenant: Tenant) -> None:
    plain = tenant.http.get("/v1/balances")
    asked = tenant.http.get("/v1/balances", headers=ORIGIN)
    assert asked.content == plain.content
    assert {n: v for n, v in asked.headers.items() if n not in ALLOWED} == dict(plain.headers)


# --- HEAD --------------------------------------------------------------------------------------------------------


def rented(console: MockConsole) -> dict[str, str]:
    """A value for every parameter of a path, each of something that is there."""
    tenant = connect(console)
    dseq = tenant.run(console, sdl())
    owner, provider = (tenant.get(dseq)["leases"][0]["id"][name] for name in ("owner", "provider"))
    user = tenant.data("GET", "/v1/user/me")["id"]
    return {
        "dseq": dseq,
        "owner": owner,
        "userId": user,
        **dict.fromkeys(("address", "provider", "providerAddress"), provider),
        "skip": "0",
        "limit": "10",
        "version": "v1beta4",
        "coin": "akt",
        "id": tenant.data("POST", "/v1/api-keys", {"data": {"name": "n"}})["id"],
    }


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "GET"], ids=lambda route: route.name)
def test_a_head_is_a_get_that_keeps_its_body(route: Any) -> None:
    console = MockConsole(fleet="small")
    path = route.path.format(**rented(console))
    tenant = connect(console)
    tenant.http.get(path, headers=ORIGIN)  # which may make a settings row
    told, asked = (tenant.http.request(method, path, headers=ORIGIN) for method in ("GET", "HEAD"))
    assert (asked.status_code, asked.content) == (told.status_code, b"")
    assert dict(asked.headers) == {**told.headers, "content-length": str(len(told.content))}
    assert told.content != b"" or told.status_code == 302
    assert [call.method for call in console.calls.of(route.name)][-2:] == ["GET", "HEAD"]


@pytest.mark.parametrize("path", ["/v1/leases", "/v1/tx", "/v1/bid-screening", "/v1/create-jwt-token", "/"])
def test_a_head_of_what_can_only_be_posted_is_nothing(tenant: Tenant, path: str) -> None:
    answer = tenant.http.head(path)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (404, b"", "13")


def test_faults_strike_a_head_as_a_get(console: MockConsole, tenant: Tenant) -> None:
    console.faults.status(503, "getBalances")
    assert tenant.http.head("/v1/balances").status_code == 503
    console.faults.slow(0.001, "getBalances", times=1)
    before = console.now
    assert tenant.http.head("/v1/balances").status_code == 200
    assert console.now == before, "no body, nothing to wait for"
    console.faults.drop("getBalances")
    with pytest.raises(httpx.ReadError):
        tenant.http.head("/v1/balances")


@pytest.mark.parametrize("door", DOORS)
def test_head_and_options_are_the_same_at_every_door(door: str) -> None:
    def play(send: Any) -> list[Any]:
        found = []
        for method, path in [
            *(("HEAD", "/v1/providers"), ("HEAD", "/v1/deployments/1"), ("HEAD", "/v1/leases"), ("HEAD", "/v1/tx")),
            *(("OPTIONS", "/v1/leases"), ("GET", "/v1/balances"), ("HEAD", "/_mock/state")),
        ]:
            answer = send(method, path, headers={**ORIGIN, "access-control-request-headers": "x-api-key"})
            found.append((answer.status_code, answer.content, answer.headers.get("content-length")))
            found.append(told_to_pages(answer))
        return found

    with DOORS["transport"](MockConsole()) as send:
        expected = play(send)
    with DOORS[door](MockConsole()) as send:
        assert play(send) == expected


# --- as a browser does it ----------------------------------------------------------------------------------------


class Browser:
    """A page's `fetch`, with the checks that the Fetch standard has browsers make before a script sees anything."""

    #: What needs no preflight, and what a script may read without being allowed to.
    SIMPLE = frozenset({"accept", "accept-language", "content-language"})
    READABLE = frozenset({"cache-control", "content-language", "content-length", "content-type", "expires", "pragma"})

    def __init__(self, http: httpx.Client, origin: str) -> None:
        self.http, self.origin = http, origin
        self.preflights = 0

    def fetch(self, method: str, path: str, *, json: Any = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
        """Status, text, and the headers that the script may read; with credentials.

        Raises:
            PermissionError: The server does not let the page.
        """
        unsafe = sorted(
            {name.replace("_", "-") for name in headers} | ({"content-type"} if json is not None else set())
        )
        if method not in ("GET", "HEAD", "POST") or unsafe:
            self._ask_first(method, path, unsafe)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.http.request(method, path, json=json, headers={"origin": self.origin, **named})
        self._check(answer)
        exposed = {name.strip() for name in answer.headers.get("access-control-expose-headers", "").split(",")}
        readable = {n: v for n, v in answer.headers.items() if n in self.READABLE | exposed}
        return answer.status_code, answer.text, readable

    def _ask_first(self, method: str, path: str, unsafe: list[str]) -> None:
        self.preflights += 1
        asked = {"origin": self.origin, "access-control-request-method": method}
        if unsafe:
            asked["access-control-request-headers"] = ",".join(unsafe)
        answer = self.http.options(path, headers=asked)
        self._check(answer)
        methods, names = (
            {part.strip() for part in answer.headers.get(f"access-control-allow-{what}", "").split(",")}
            for what in ("methods", "headers")
        )
        if not 200 <= answer.status_code <= 299 or method not in methods | {"GET", "HEAD", "POST"}:
            raise PermissionError(f"{method} is not allowed")
        # With credentials a `*` means only itself.
        if not set(unsafe) <= {name.lower() for name in names}:
            raise PermissionError(f"{unsafe} are not all allowed")

    def _check(self, answer: httpx.Response) -> None:
        if answer.headers.get("access-control-allow-origin") != self.origin:
            raise PermissionError("the origin is not allowed")
        if answer.headers.get("access-control-allow-credentials") != "true":
            raise PermissionError("credentials are not allowed")


@pytest.fixture
def browser(console: MockConsole) -> Iterator[Browser]:
    with serve(console) as server, httpx.Client(base_url=server.url, timeout=10) as http:
        yield Browser(http, PAGE)


def test_a_page_goes_through_a_lifecycle_on_the_live_server(console: MockConsole, browser: Browser) -> None:
    def fetch(method: str, path: str, json: Any = None) -> Any:
        status, text, _ = browser.fetch(method, path, json=json, x_api_key=MOCK_API_KEY)
        assert status in (200, 201), text
        return httpx.Response(status, text=text).json()["data"]

    made = fetch("POST", "/v1/deployments", {"data": {"sdl": sdl(), "deposit": 5}})
    console.sleep(30)
    bids = [entry["bid"]["id"] for entry in fetch("GET", f"/v1/bids?dseq={made['dseq']}")]
    fetch("POST", "/v1/leases", {"manifest": made["manifest"], "leases": bids[:1]})
    fetch("PUT", f"/v1/deployments/{made['dseq']}", {"data": {"sdl": sdl(env="[A=1]")}})
    fetch("PATCH", f"/v2/deployment-settings/{made['dseq']}", {"data": {"autoTopUpEnabled": False}})
    assert fetch("DELETE", f"/v1/deployments/{made['dseq']}") == {"success": True}
    assert browser.preflights == 6


def test_a_page_reads_refusals_and_when_to_come_back(console: MockConsole, browser: Browser) -> None:
    status, text, _ = browser.fetch("GET", "/v1/balances", x_api_key="nobody")
    assert (status, "Invalid API key" in text) == (401, True)
    assert browser.fetch("GET", "/nowhere")[:2] == (404, "404 Not Found")
    assert browser.fetch("HEAD", "/v1/providers")[:2] == (200, "")
    console.faults.status(429, retry_after_s=7)
    status, _, headers = browser.fetch("GET", "/v1/balances", x_api_key=MOCK_API_KEY)
    assert (status, headers["retry-after"], headers["x-akash-mock"]) == (429, "7", "1")


def test_a_head_leaves_the_connection_ready_for_the_next_request(browser: Browser) -> None:
    """A length without a body that comes would make the client wait for it, or take the next answer for it."""
    for _ in range(3):
        asked = browser.http.head("/v1/providers")
        assert int(asked.headers["content-length"]) == len(browser.http.get("/v1/providers").content)
        assert browser.http.head("/v1/leases").status_code == 404
        assert browser.http.options("/v1/leases").status_code == 204
