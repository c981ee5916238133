"""One scenario through every door: if the answers differ by a byte, one of the doors is wrong."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from mock_server import MOCK_API_KEY, MockConsole, SqliteStore, create_app, respx_router, serve
from mock_server.__main__ import main
from mock_server.console import Dialect
from mock_server.routes import ROUTES
from tests.mock_server.conftest import Tenant, connect, sdl
from tests.mock_server.programs import program

Send = Callable[..., httpx.Response]
HEADERS = {"x-api-key": MOCK_API_KEY}


@contextmanager
def by_transport(console: MockConsole) -> Iterator[Send]:
    with httpx.Client(transport=console.transport(), base_url="http://mock", headers=HEADERS) as http:
        yield http.request


class Loop:
    """Runs an async client call by call."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self.loop = asyncio.new_event_loop()
        self.http = httpx.AsyncClient(transport=transport, base_url="http://mock", headers=HEADERS)

    def send(self, *arguments: Any, **options: Any) -> httpx.Response:
        return self.loop.run_until_complete(self.http.request(*arguments, **options))

    def close(self) -> None:
        self.loop.run_until_complete(self.http.aclose())
        self.loop.close()


@contextmanager
def by_async_transport(console: MockConsole) -> Iterator[Send]:
    loop = Loop(console.transport())
    yield loop.send
    loop.close()


@contextmanager
def by_app(console: MockConsole) -> Iterator[Send]:
    loop = Loop(httpx.ASGITransport(create_app(console)))
    yield loop.send
    loop.close()


@contextmanager
def by_respx(console: MockConsole) -> Iterator[Send]:
    with (
        respx_router(console, base_url="https://console.example"),
        httpx.Client(base_url="https://console.example", headers=HEADERS) as http,
    ):
        yield http.request


@contextmanager
def by_server(console: MockConsole) -> Iterator[Send]:
    with serve(console) as server, httpx.Client(base_url=server.url, headers=HEADERS) as http:
        yield http.request


DOORS = {
    "transport": by_transport,
    "async transport": by_async_transport,
    "respx": by_respx,
    "app": by_app,
    "server": by_server,
}


def play(console: MockConsole, send: Send) -> list[tuple[int, str, bytes]]:
    """A lifecycle with its errors; every answer as status, content type and body."""
    seen: list[tuple[int, str, bytes]] = []

    def ask(method: str, path: str, body: Any = None, **options: Any) -> Any:
        response = send(method, path, json=body, **options) if body is not None else send(method, path, **options)
        seen.append((response.status_code, response.headers.get("content-type", ""), response.content))
        return (
            json.loads(response.content)["data"]
            if response.is_success and response.content[:8] == b'{"data":'
            else None
        )

    made = ask("POST", "/v1/deployments", {"data": {"sdl": sdl(), "deposit": 5}})
    dseq = made["dseq"]
    console.sleep(30)
    chosen = ask("GET", f"/v1/bids?dseq={dseq}")[0]["bid"]["id"]
    ask("GET", f"/v1/bids/{dseq}")
    ask("POST", "/v1/leases", {"manifest": made["manifest"], "leases": [chosen]})
    console.sleep(60)
    ask("GET", f"/v1/deployments/{dseq}")
    ask("POST", "/v1/deposit-deployment", {"data": {"dseq": dseq, "deposit": 1}})
    ask("PUT", f"/v1/deployments/{dseq}", {"data": {"sdl": sdl(env="[A=1]")}})
    ask("GET", "/v1/providers")
    ask("GET", f"/v1/providers/{chosen['provider']}")
    ask("GET", "/v1/templates/mock-hello-web")
    ask("GET", "/v1/templates/a%2Fb")
    ask("GET", "/v1/templates-list.json", follow_redirects=False)
    ask("GET", "/v1/deployments/abc")
    ask("POST", "/v1/deployments", {"sdl": ""})
    ask("POST", "/v1/pricing", {"cpu": "x"})
    ask("PATCH", "/v1/deployments")
    ask("GET", "/v1/nowhere")
    ask("GET", "/v1/deployments/", follow_redirects=False)
    ask("GET", "/v1/balances", headers={"x-api-key": "wrong"})
    ask("DELETE", f"/v1/deployments/{dseq}")
    ask("DELETE", "/v1/api-keys/00000000-0000-4000-8000-000000000000")
    return seen


@pytest.fixture(scope="module")
def expected() -> list[tuple[int, str, bytes]]:
    console = MockConsole()
    with by_transport(console) as send:
        return play(console, send)


def test_the_scenario_meets_what_it_should(expected: list[tuple[int, str, bytes]]) -> None:
    statuses = [status for status, _, _ in expected]
    assert statuses == [201, 200, 200, 200, 200, 200, 200, 200, 200, 200, 400, 302, 400, 400, 400, 404, 404, 404, 401,
                        200, 204]  # fmt: skip


@pytest.mark.parametrize("door", list(DOORS)[1:])
def test_every_door_gives_the_same_bytes(door: str, expected: list[tuple[int, str, bytes]]) -> None:
    console = MockConsole()
    with DOORS[door](console) as send:
        found = play(console, send)
    assert [answer[:2] for answer in found] == [answer[:2] for answer in expected]
    assert found == expected


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("door", DOORS)
def test_a_broken_connection_is_a_transport_error_at_every_door(door: str, when: str) -> None:
    console = MockConsole()
    with DOORS[door](console) as send:
        console.faults.drop("createDeployment", when=when)
        if door == "app":
            # httpx's in-process ASGI transport has no connection that could break; it complains about the app.
            with pytest.raises(AssertionError):
                send("POST", "/v1/deployments", json={"data": {"sdl": sdl(), "deposit": 5}})
        else:
            with pytest.raises(httpx.TransportError):
                send("POST", "/v1/deployments", json={"data": {"sdl": sdl(), "deposit": 5}})
        listed = send("GET", "/v1/deployments").json()["data"]["deployments"]
    assert len(listed) == (1 if when == "after" else 0)


def test_respx_routes_carry_the_operations_names() -> None:
    console = MockConsole()
    router = respx_router(console, base_url="https://console.example")
    with router, httpx.Client(base_url="https://console.example", headers=HEADERS) as http:
        tenant = Tenant(http)
        made = tenant.create(sdl())
        console.sleep(30)
        tenant.lease(made["manifest"], tenant.cheapest(made["dseq"]))
        http.get("/v1/nowhere")
        names = ("createLease", "createDeployment", "unknown", "closeDeployment")
        assert [router[name].call_count for name in names] == [1, 1, 1, 0]


def test_the_app_describes_every_operation() -> None:
    for dialect in get_args(Dialect):
        document = create_app(MockConsole(dialect=dialect)).openapi()
        names = {entry["operationId"] for path in document["paths"].values() for entry in path.values()}
        assert names == {route.name for route in ROUTES if route.dialect in (None, dialect)}


# --- the program -------------------------------------------------------------------------------------------------


def test_the_program_prints_its_url_and_answers() -> None:
    with (
        program("--api-key", "test-key", "--fleet", "small", "--dialect", "guide") as (process, url),
        httpx.Client(base_url=url, headers={"x-api-key": "test-key"}) as http,
    ):
        assert url.startswith("http://127.0.0.1:")
        assert len(http.get("/v1/providers").json()) == 8
        assert Tenant(http, guide=True).create(sdl())["dseq"]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


def test_a_program_that_a_shell_started_deaf_to_interrupts_can_be_stopped() -> None:
    ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with program() as (process, _):
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=20) == 0
    finally:
        signal.signal(signal.SIGINT, ignored)


def test_a_killed_program_loses_nothing_that_it_answered(tmp_path: Path) -> None:
    arguments = ("--store", f"sqlite:///{tmp_path / 'world.db'}")
    with program(*arguments) as (process, url), httpx.Client(base_url=url, headers=HEADERS) as http:
        dseq = Tenant(http).create(sdl())["dseq"]
        process.kill()
    with program(*arguments) as (_, url), httpx.Client(base_url=url, headers=HEADERS) as http:
        assert Tenant(http).get(dseq)["deployment"]["state"] == "active"


class Started:
    """What a program would have served, and where; it is told to stop at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.mock: Any = None
        self.where: dict[str, Any] = {}
        self.url = "http://mock:1"
        monkeypatch.setattr("mock_server.doors.server.serve", self._serve)
        # The program hears signals; the tests shall not be deaf to them afterwards.
        monkeypatch.setattr("mock_server.__main__.signal.signal", lambda number, handler: None)

    def __call__(self, *arguments: str) -> MockConsole:
        """The mock that these arguments ask for."""
        assert main(arguments) == 0
        console = getattr(self.mock, "console", self.mock)
        assert isinstance(console, MockConsole)
        return console

    def wait(self, told: Any) -> None:
        pass

    def __enter__(self) -> Started:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def _serve(self, mock: Any, **where: Any) -> Started:
        self.mock, self.where = mock, where
        return self


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    return Started(monkeypatch)


def test_without_options_the_program_is_the_usual_mock_in_real_time(
    started: Started, capsys: pytest.CaptureFixture[str]
) -> None:
    console, usual = started(), MockConsole()
    assert (console.seed, console.dialect, console.fleet, console.market) == (
        usual.seed,
        usual.dialect,
        usual.fleet,
        usual.market,
    )
    assert console.tenants == usual.tenants
    assert (started.mock.speed, started.where) == (1, {"host": "127.0.0.1", "port": 0})
    assert capsys.readouterr() == ("http://mock:1\n", "")


@pytest.mark.parametrize(
    ("arguments", "attribute", "value"),
    [
        (("--seed", "11"), "seed", 11),
        (("--dialect", "guide"), "dialect", "guide"),
        (("--market", "shared"), "market", "shared"),
        (("--fleet", "global"), "fleet", "global"),
        (("--fleet", "200"), "fleet", "200"),
    ],
    ids=str,
)
def test_an_option_reaches_the_mock(started: Started, arguments: tuple[str, ...], attribute: str, value: Any) -> None:
    assert getattr(started(*arguments), attribute) == value


def test_where_to_listen_and_how_fast_time_runs_can_be_said(
    started: Started, capsys: pytest.CaptureFixture[str]
) -> None:
    started("--host", "0.0.0.0", "--port", "8080", "--speed", "60")
    assert (started.where, started.mock.speed) == ({"host": "0.0.0.0", "port": 8080}, 60)
    assert "other machines can reach this mock" in capsys.readouterr().err


def test_a_deposit_may_be_the_services_own(started: Started) -> None:
    tenant = connect(started("--default-deposit", "0.5"))
    made = tenant.data("POST", "/v1/deployments", {"data": {"sdl": sdl()}})
    funds = tenant.get(made["dseq"])["escrow_account"]["state"]["funds"]
    assert funds == [{"denom": "uact", "amount": "500000.000000000000000000"}]


def test_wallets_can_be_poor_or_on_trial_and_keys_many(started: Started) -> None:
    console = started("--balance", "12.5", "--trial", "--api-key", "one", "--api-key", "two")
    for key in ("one", "two"):
        with console.world(key) as world:
            assert (world.wallet.allowance, world.wallet.trial) == (12_500_000, True)
    with pytest.raises(KeyError):
        console.tenant(MOCK_API_KEY)


def test_a_fleet_can_be_a_file(started: Started, tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text("base: small\nproviders: [{name: Tidewater}]")
    with by_transport(started("--fleet", str(path))) as send:
        assert len(send("GET", "/v1/providers").json()) == 9


def test_a_scenario_can_be_named_or_a_file_and_other_options_win_over_it(started: Started, tmp_path: Path) -> None:
    named = started("--scenario", "first-steps")
    assert (named.fleet, named.first.faults.unused()) == ("small", [])
    with named.world() as world:
        assert world.wallet.allowance == 20_000_000
    path = tmp_path / "own.yaml"
    path.write_text("title: x\nseed: 3\nfleet: 5\ndialect: guide\nfaults: [{fault: no_bids, until: 1m}]")
    own = started("--scenario", str(path), "--seed", "4", "--balance", "1")
    assert (own.seed, own.fleet, own.dialect) == (4, "5", "guide")
    assert [(rule.kind, rule.until_s) for rule in own.faults] == [("no_bids", 60)]
    with own.world() as world:
        assert world.wallet.allowance == 1_000_000


def test_a_store_keeps_the_world_of_a_scenario(started: Started, tmp_path: Path) -> None:
    arguments = ("--store", f"sqlite:///{tmp_path / 'w.db'}", "--scenario", "first-steps")
    with by_transport(started(*arguments)) as send:
        send("POST", "/v1/deployments", json={"data": {"sdl": sdl(), "deposit": 5}})
    with by_transport(started(*arguments)) as send:
        assert send("GET", "/v1/balances").json()["data"]["balance"] == 15_000_000


def test_a_session_is_recorded_and_answered_again_from_its_file(tmp_path: Path) -> None:
    path = str(tmp_path / "session.jsonl")
    with program("--record", path, "--fleet", "small") as (process, url):
        with httpx.Client(base_url=url, headers=HEADERS) as http:
            dseq = Tenant(http).create(sdl())["dseq"]
            recorded = http.get(f"/v1/deployments/{dseq}").content
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    with program("--replay", path) as (process, url), httpx.Client(base_url=url, headers=HEADERS) as http:
        assert Tenant(http).create(sdl())["dseq"] == dseq
        assert http.get(f"/v1/deployments/{dseq}").content == recorded
        assert http.get("/v1/providers").status_code == 501
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


@pytest.mark.parametrize("numbers", [[signal.SIGINT] * 20, [signal.SIGTERM] * 20, [signal.SIGINT, signal.SIGTERM] * 10])
def test_a_program_that_is_told_to_stop_again_and_again_stops_quietly(numbers: list[signal.Signals]) -> None:
    with program("--speed", "60", "--fleet", "empty") as (process, url):
        assert httpx.get(url + "/status").status_code == 200  # it listens before it says so
        for number in numbers:
            process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert process.stdout is not None
        assert process.stderr is not None
        assert (process.stdout.read(), process.stderr.read()) == ("", "")


def test_a_client_that_stays_connected_does_not_keep_the_program() -> None:
    with program("--fleet", "empty") as (process, url), httpx.Client(base_url=url, headers=HEADERS) as http:
        http.post("/_mock/faults", json={"fault": "slow", "bytes_per_s": 1})
        with http.stream("GET", "/v1/balances", timeout=20):
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0


def why_not(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit status of a program that does not start, and the one line it says."""
    try:
        status: Any = main(arguments)
    except SystemExit as left:
        status = left.code
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert said.out == ""
    return status, line


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--port", "70000"), "--port: '70000' is no port: expected 0 to 65535"),
        (("--port", "-1"), "--port: '-1' is no port"),
        (("--port", "x"), "--port: 'x' is no port"),
        (("--speed", "nan"), "--speed: 'nan' is no speed: expected a number above 0"),
        (("--speed", "inf"), "--speed: 'inf' is no speed"),
        (("--speed", "0"), "--speed: '0' is no speed"),
        (("--speed", "-1"), "--speed: '-1' is no speed"),
        (("--balance", "-5"), "--balance: '-5' is no balance: expected US dollars, 0 or more"),
        (("--balance", "much"), "--balance: 'much' is no balance"),
        (("--api-key", ""), "--api-key: must not be empty"),
        (("--host", ""), "--host: must not be empty"),
        (("--fleet", "big"), "--fleet: There is no fleet 'big'"),
        (("--fleet", "500000"), "--fleet: A fleet has at most 100,000 providers, not 500,000."),
        (("--fleet", "missing.yaml"), "--fleet: missing.yaml: No such file or directory."),
        (("--market", "open"), "--market: invalid choice: 'open'"),
        (("--dialect", "old"), "--dialect: invalid choice: 'old'"),
        (("--seed", "x"), "--seed: invalid int value: 'x'"),
        (("--scenario", "lost-anser"), "--scenario: There is no scenario 'lost-anser'; there are bad-hour, "),
        (("--scenario", "missing.yaml"), "--scenario: missing.yaml: No such file or directory."),
        (("--record",), "--record: expected one argument"),
        (("--colour", "blue"), "unrecognized arguments: --colour blue"),
        (
            ("--replay", "f", "--record", "g", "--speed", "2", "--balance", "3", "--api-key", "k"),
            "--replay answers from its file alone, so it does not go with --api-key, --balance, --record, --speed",
        ),
    ],
    ids=" ".join,
)
def test_a_wrong_argument_is_explained_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], reason: str
) -> None:
    status, line = why_not(capsys, *arguments)
    assert status == 2
    assert reason in line


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("--fleet", "base: tiny", "line 1, base: There is no fleet 'tiny'."),
        ("--scenario", "title: x\nfaults:\n- {fault: no_bid}", "line 3, faults[0]: There is no fault 'no_bid'."),
    ],
)
def test_a_file_with_a_mistake_is_explained_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str, text: str, told: str
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    status, line = why_not(capsys, option, str(path))
    assert status == 2
    assert f"{option}: {path}, {told}" in line


@pytest.mark.parametrize(
    ("option", "name", "told"),
    [
        ("--record", "there.jsonl", "{path}: File exists"),
        ("--record", "no/folder.jsonl", "{path}: No such file or directory"),
        ("--replay", "missing.jsonl", "{path}: No such file or directory"),
        ("--replay", "there.jsonl", "{path} is not the recording of a session: it has no header of one."),
        ("--replay", ".", "{path}: Is a directory"),
    ],
)
def test_a_recording_that_cannot_be_had_is_explained_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str, name: str, told: str
) -> None:
    (tmp_path / "there.jsonl").touch()
    path = tmp_path / name
    assert why_not(capsys, option, str(path)) == (1, f"The mock cannot start: {told.format(path=path)}")


def test_a_program_that_cannot_start_says_why(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database")
    reason = f"{path} cannot be read: file is not a database. Nothing was changed. Name another file."
    assert why_not(capsys, "--store", f"sqlite:///{path}") == (1, f"The mock cannot start: {reason}")
    assert "names no store" in why_not(capsys, "--store", "nonsense")[1]
    assert why_not(capsys, "--balance", "1e30")[1].endswith("A wallet cannot start with 1E+30 US dollars.")


def test_a_program_does_not_reopen_a_world_with_other_settings(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "world.db"
    MockConsole(store=SqliteStore(path)).sleep(1)
    status, line = why_not(capsys, "--store", f"sqlite:///{path}", "--seed", "8")
    assert status == 1
    assert "made with seed 7" in line


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, line = why_not(capsys, "--port", str(port))
    assert status == 1
    assert f"cannot listen on 127.0.0.1, port {port}: " in line


def test_the_app_has_no_page_that_loads_from_elsewhere() -> None:
    with httpx.Client(transport=MockConsole().transport(), base_url="http://mock") as http:
        missing = http.get("/docs").content
    with by_app(MockConsole()) as send:
        assert [send("GET", path).content for path in ("/docs", "/redoc")] == [missing, missing]
        assert send("GET", "/openapi.json").json()["info"]["title"] == "Akash Console API (mock)"


def test_importing_the_mock_loads_no_web_framework() -> None:
    code = "import sys, mock_server; print(sorted({'fastapi', 'respx', 'uvicorn', 'cryptography'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
