"""pytest fixtures for whoever tests a client of the Console API; pytest finds them once this package is installed.

    @pytest.mark.mock_console(seed=3)
    def test_a_deployment_is_created_once(mock_console, console_router):
        deploy("deploy.yaml")  # code under test, which calls the API with httpx
        assert console_router["createDeployment"].call_count == 1

- `mock_console`: a `MockConsole` in memory, new for each test. `mock_console.advance(30)` lets time pass, `.faults`
  makes trouble, `.count("createLease")` and `.calls` say what was asked, `.transport()` plugs into httpx.
- `console_router`: the same mock in the place of https://console-api.akash.network, for everything that httpx sends
  there; a started respx router with one named route per operation.
- `console_url`: the same mock as a server on a free port of loopback, for clients of any kind.

The marker takes what `MockConsole` takes, by name, and a `scenario`, by its name or as a file (see
`mock_server.scenario`), over which the other options win. On a module, a class and a test at once, the closest one
decides about each option. With `speed=60` besides, time passes by itself behind
`console_router` and `console_url`, 60 times as fast as real time; without it, time stands still until `advance`, so
that every run gives the same answers.

A test about trouble should meet it. `assert not mock_console.faults.unused()` at its end makes sure that every fault,
of the scenario or its own, has struck at least once.

The API keys are those of the marker's `api_keys`, `mock_server.MOCK_API_KEY` by default. Nothing heavy is imported
until a test asks for a fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import respx

    from mock_server.console import MockConsole
    from mock_server.doors.pacing import Pacer

_MARKER = "mock_console"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known to `--strict-markers` and `--markers`."""
    config.addinivalue_line("markers", f"{_MARKER}(speed=None, **options): options of the simulated Akash Console.")


@pytest.fixture
def mock_console(request: pytest.FixtureRequest) -> MockConsole:
    """A simulated Akash Console in memory, with the options of the test's `mock_console` marker."""
    from mock_server.console import MockConsole

    options = _options(request)
    options.pop("speed", None)
    scenario = options.pop("scenario", None)
    return MockConsole(**options) if scenario is None else MockConsole.from_scenario(scenario, **options)


@pytest.fixture
def console_router(request: pytest.FixtureRequest, mock_console: MockConsole) -> Iterator[respx.MockRouter]:
    """A started respx router that answers for the live Console from `mock_console`."""
    from mock_server.doors.respx_router import respx_router

    with respx_router(_in_time(request, mock_console)) as router:
        yield router


@pytest.fixture
def console_url(request: pytest.FixtureRequest, mock_console: MockConsole) -> Iterator[str]:
    """The address of a server on loopback that answers from `mock_console`."""
    from mock_server.doors.server import serve

    with serve(_in_time(request, mock_console)) as server:
        yield server.url


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The marker's options; the closest marker comes last, and wins."""
    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers(_MARKER))):
        if marker.args:
            raise pytest.UsageError(f"{_MARKER} takes its options by name, as in {_MARKER}(seed=3): {marker.args}")
        options.update(marker.kwargs)
    return options


def _in_time(request: pytest.FixtureRequest, console: MockConsole) -> MockConsole | Pacer:
    """The mock as its doors see it: standing still, or following real time when the marker says how fast."""
    speed = _options(request).get("speed")
    if speed is None:
        return console
    from mock_server.doors.pacing import Pacer

    return Pacer(console, speed)
