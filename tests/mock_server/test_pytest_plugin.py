"""The fixtures for other people's tests, run as other people's tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

# Loaded here and not first inside a pytester run, which forgets what it loaded: some extension modules load only once.
from mock_server import MockConsole, Pacer, respx_router, serve  # noqa: F401

pytest_plugins = ["pytester"]

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
#: Plugins of others that take a second to load or to end.
_WITHOUT = ("-p", "no:schemathesis", "-p", "no:hypothesispytest")
_HEADER = """
import httpx, pytest
from mock_server import MOCK_API_KEY

KEY = {"x-api-key": MOCK_API_KEY}
LIVE = "https://console-api.akash.network"
"""


def run(pytester: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    """A test file in a project of its own, as strict as ours."""
    pytester.makepyfile(_HEADER + code)
    return pytester.runpytest_inprocess(*_WITHOUT, "--strict-markers", "-W", "error", *options)


def test_the_fixtures_are_there_without_an_import(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_in_memory(mock_console):
    with httpx.Client(transport=mock_console.transport(), base_url="http://mock", headers=KEY) as http:
        assert http.get("/v1/user/me").status_code == 200
    assert mock_console.count("getUser") == 1

def test_in_the_place_of_the_live_service(mock_console, console_router):
    assert httpx.get(LIVE + "/v1/deployments", headers=KEY).json()["data"]["deployments"] == []
    assert console_router["listDeployments"].call_count == mock_console.count("listDeployments") == 1

def test_over_a_socket(mock_console, console_url):
    assert console_url.startswith("http://127.0.0.1:")
    assert httpx.get(console_url + "/v1/nowhere", headers=KEY).text == "404 Not Found"
    assert mock_console.count("unknown") == 1

@pytest.mark.anyio
async def test_for_async_clients(console_router, anyio_backend):
    async with httpx.AsyncClient(base_url=LIVE, headers=KEY) as http:
        assert (await http.get("/v1/balances")).status_code == 200

@pytest.fixture
def anyio_backend():
    return "asyncio"
""",
    )

    result.assert_outcomes(passed=4)


def test_the_marker_takes_what_the_mock_takes_and_the_closest_one_decides(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
pytestmark = pytest.mark.mock_console(seed=3, fleet="small")

def test_of_the_module(mock_console):
    assert (mock_console.seed, mock_console.fleet, mock_console.dialect) == (3, "small", "live")

@pytest.mark.mock_console(seed=4, dialect="guide")
class TestOfTheClass:
    def test_of_the_class(self, mock_console):
        assert (mock_console.seed, mock_console.fleet, mock_console.dialect) == (4, "small", "guide")

    @pytest.mark.mock_console(seed=5, api_keys=["mine"])
    def test_of_the_test(self, mock_console, console_url):
        assert (mock_console.seed, mock_console.fleet, mock_console.dialect) == (5, "small", "guide")
        assert httpx.get(console_url + "/v1/balances", headers={"x-api-key": "mine"}).status_code == 200
        assert httpx.get(console_url + "/v1/balances", headers=KEY).status_code == 401
""",
    )

    result.assert_outcomes(passed=3)


def test_each_test_has_a_mock_of_its_own_and_its_doors_share_it(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.parametrize("turn", [1, 2])
def test_the_name_of_a_key(turn, mock_console, console_router):
    made = httpx.post(LIVE + "/v1/api-keys", json={"data": {"name": "made"}}, headers=KEY)
    assert made.status_code == 201
    with httpx.Client(transport=mock_console.transport(), base_url="http://mock", headers=KEY) as http:
        assert len(http.get("/v1/api-keys").json()["data"]) == 1
""",
    )

    result.assert_outcomes(passed=2)


def test_router_and_server_stop_with_the_test(pytester: pytest.Pytester) -> None:
    """Whatever the test did: the next one reaches neither."""
    result = run(
        pytester,
        """
import threading
import httpcore

seen = []
unpatched = httpcore.ConnectionPool.handle_request

def test_that_fails(console_url, console_router):
    assert httpcore.ConnectionPool.handle_request is not unpatched
    seen.append(console_url)
    assert not seen

def test_that_comes_after():
    assert httpcore.ConnectionPool.handle_request is unpatched
    assert not [t for t in threading.enumerate() if t.name == "akash-mock"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(seen[0] + "/status")
""",
    )

    result.assert_outcomes(passed=1, failed=1)


def test_time_stands_still_unless_the_marker_says_how_fast_it_runs(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def time_at(url):
    return httpx.get(url + "/status").headers["date"]

def test_standing_still(mock_console, console_url):
    before = time_at(console_url)
    assert time_at(console_url) == before
    mock_console.advance(60)
    assert time_at(console_url) != before

@pytest.mark.mock_console(speed=100_000)
def test_running(console_url):
    before = time_at(console_url)
    assert any(time_at(console_url) != before for _ in range(1000))

@pytest.mark.mock_console(speed=100_000)
def test_running_in_process(console_router):
    before = time_at(LIVE)
    assert any(time_at(LIVE) != before for _ in range(1000))
""",
    )

    result.assert_outcomes(passed=3)


def test_the_marker_takes_a_scenario_over_which_other_options_win(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", own="title: Mine\nseed: 3\nfleet: 5\nfaults: [{fault: no_bids}]")
    result = run(
        pytester,
        """
@pytest.mark.mock_console(scenario="empty-wallet")
def test_by_name(mock_console, console_router):
    assert httpx.get(LIVE + "/v1/balances", headers=KEY).json()["data"]["balance"] == 3_000_000

@pytest.mark.mock_console(scenario="own.yaml", seed=4)
class TestOfAFile:
    def test_by_path(self, mock_console):
        assert (mock_console.seed, mock_console.fleet) == (4, "5")
        assert [fault.kind for fault in mock_console.faults] == ["no_bids"]

    @pytest.mark.mock_console(scenario="first-steps", balance_usd=1)
    def test_of_the_test(self, mock_console, console_url):
        assert (mock_console.seed, mock_console.fleet) == (4, "small")
        assert httpx.get(console_url + "/v1/balances", headers=KEY).json()["data"]["balance"] == 1_000_000

    @pytest.mark.mock_console(scenario=None)
    def test_without(self, mock_console):
        assert mock_console.fleet == "default"
""",
    )

    result.assert_outcomes(passed=4)


def test_trouble_that_never_came_can_be_asserted(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
pytestmark = pytest.mark.mock_console(scenario="lost-answer", faults=[{"fault": "drop", "operation": "getBalances"}])

def test_that_meets_it(mock_console, console_router):
    with pytest.raises(httpx.ReadError):
        httpx.get(LIVE + "/v1/balances", headers=KEY)
    assert not mock_console.faults.unused()

def test_that_does_not(mock_console, console_router):
    httpx.get(LIVE + "/v1/deployments", headers=KEY)
    assert not mock_console.faults.unused()
""",
    )

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*Fault(kind='drop', operation='getBalances'*"])


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        pytest.param('"guide"', "*takes its options by name*", id="without a name"),
        pytest.param("sed=3", "*unexpected keyword argument 'sed'*", id="an option that does not exist"),
        pytest.param('dialect="old"', "*There is no dialect 'old'*", id="a value that does not exist"),
        pytest.param('scenario="old"', "*There is no scenario 'old'; there are bad-hour, *", id="a scenario of none"),
        pytest.param('scenario="old.yaml"', "*old.yaml: No such file or directory*", id="a file that is not there"),
    ],
)
def test_a_wrong_marker_says_what_is_wrong(pytester: pytest.Pytester, marker: str, says: str) -> None:
    result = run(pytester, f"@pytest.mark.mock_console({marker})\ndef test(mock_console): pass\n")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([says])


def test_pytest_lists_fixtures_and_marker_with_what_they_give(pytester: pytest.Pytester) -> None:
    fixtures = run(pytester, "", "--fixtures").stdout.str()
    markers = run(pytester, "", "--markers").stdout.str()

    assert all(re.search(rf"^{name} .*\n +\w+", fixtures, re.M) for name in ("mock_console", "console_url"))
    assert "console_router" in fixtures
    assert "@pytest.mark.mock_console(speed=None, **options): " in markers


def test_the_example_of_the_readme_passes(pytester: pytest.Pytester) -> None:
    (example,) = re.findall(r"```py\n(.*?)```", README, re.DOTALL)
    client = """
import httpx
from mock_server import MOCK_API_KEY

def deploy(sdl):
    httpx.post(
        "https://console-api.akash.network/v1/deployments",
        json={"data": {"sdl": sdl, "deposit": 5}},
        headers={"x-api-key": MOCK_API_KEY},
    )
"""
    pytester.makepyfile(my_client=client)
    result = run(pytester, f"import my_client\n{example}", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=1)


def test_an_unused_plugin_loads_nothing_but_itself() -> None:
    """Every run of pytest pays for it, in every project of whoever has this package installed."""
    code = (
        "import importlib, pytest, sys\n"
        "from importlib.metadata import entry_points\n"
        "(plugin,) = entry_points(group='pytest11', name='akash_console')\n"
        "before = set(sys.modules)\n"
        "plugin.load()\n"
        "print(sorted(set(sys.modules) - before))\n"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "['mock_server', 'mock_server.pytest_plugin']"


def test_counting_an_operation_that_does_not_exist_is_refused() -> None:
    """A misspelt name would be 0 for ever, which is what many assertions hope for."""
    console = MockConsole()

    assert console.count("createLease") == 0
    with pytest.raises(ValueError, match=r"'createLese'\. Did you mean 'createLease'"):
        console.count("createLese")
