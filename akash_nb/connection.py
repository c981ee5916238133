"""`connect()`: live with a key, else the bundled mock, visibly marked. The only place that reaches for the mock."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from akash_nb.client import PRODUCTION_URL, AsyncClient, Client
from akash_nb.client.transport import LOOPBACK, Secret, hidden
from akash_nb.errors import InvalidInputError, JournalError
from akash_nb.in_process import async_dialer, dialer
from akash_nb.journal import Journal
from akash_nb.money import PriceModel
from akash_nb.session import Session

if TYPE_CHECKING:
    from mock_server import MockConsole, Pacer
    from mock_server.doors.socket import MockSocket

KEY_VARIABLE = "AKASH_API_KEY"
URL_VARIABLE = "AKASH_CONSOLE_URL"
PROXY_VARIABLE = "AKASH_PROVIDER_PROXY_URL"
HOME_VARIABLE = "AKASH_NB_HOME"

MOCK_URL = "https://mock.akash.invalid"

#: In a notebook the bundled market runs in real time, but waiting takes only a part of it: a 40 s wait for bids 5 s.
HURRY = 8.0


def connect(
    api_key: str | Secret | None = None,
    *,
    base_url: str | None = None,
    mock: bool | str | Path | MockConsole | Pacer | None = None,
    home: str | Path | None = None,
    prices: PriceModel | None = None,
) -> Session[Client]:
    """A session: live when there is an API key, else on the bundled mock market, marked MOCK everywhere.

    Args:
        api_key: A Console API key; default: the environment's AKASH_API_KEY. It is never shown, stored or logged.
        base_url: Where the Console API is; default: the environment's AKASH_CONSOLE_URL, else the public service.
        mock: True forces the mock, False forbids it. The name of a scenario, such as `"lost-answer"`, or its YAML file
            is a fresh mock with that trouble (`mock_server.scenario.names()`). A `MockConsole` is used as it is: its
            clock stands still except while the session waits, which takes no real time; a `Pacer` of one follows the
            real clock. Default: the mock when there is no key.
        home: Folder of the journal and of the mock's world; default: AKASH_NB_HOME, else the user's data folder.
        prices: Block time and month length behind every dollar figure; default: those of the web Console, and of a
            `MockConsole` its own block time.

    Raises:
        InvalidInputError: A live session is asked for, but there is no key; there is no such scenario.
        JournalError: The folder cannot be written.
    """
    api_key = _hidden(api_key)
    link = _link(api_key, base_url, mock, home)
    return _session(link.client(), link, prices)


def connect_async(
    api_key: str | Secret | None = None,
    *,
    base_url: str | None = None,
    mock: bool | str | Path | MockConsole | Pacer | None = None,
    home: str | Path | None = None,
    prices: PriceModel | None = None,
) -> Session[AsyncClient]:
    """The same session, with verbs to be awaited. Arguments and errors as in `connect`."""
    api_key = _hidden(api_key)
    link = _link(api_key, base_url, mock, home)
    return _session(link.async_client(), link, prices)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Link:
    """How to reach the service: over the network, or into the mock in this process."""

    key: Secret | None
    url: str
    journal: Journal
    transport: Any = None
    block_seconds: Decimal = PriceModel().block_seconds
    pause: Callable[[float], None] = time.sleep
    async_pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], datetime] = _utc_now
    proxy_url: str | None = None
    socket: Callable[[], MockSocket] | None = None

    def client(self) -> Client:
        return Client(
            self.key,
            base_url=self.url,
            transport=self.transport,
            proxy_url=self.proxy_url,
            dial=dialer(self.socket, self.pause) if self.socket else None,
            sleep=self.pause,
        )

    def async_client(self) -> AsyncClient:
        return AsyncClient(
            self.key,
            base_url=self.url,
            transport=self.transport,
            proxy_url=self.proxy_url,
            dial=async_dialer(self.socket, self.async_pause) if self.socket else None,
            sleep=self.async_pause,
        )


def _session(client: Any, link: _Link, prices: PriceModel | None) -> Session[Any]:
    return Session(
        client,
        background=link.async_client,
        journal=link.journal,
        is_mock=link.transport is not None,
        now=link.now,
        prices=prices or PriceModel(block_seconds=link.block_seconds),
    )


def _link(
    api_key: Secret, base_url: str | None, mock: bool | str | Path | MockConsole | Pacer | None, home: str | Path | None
) -> _Link:
    key = Secret.of(api_key)
    url = base_url or _environment(URL_VARIABLE)
    folder = home_folder(home)
    if mock is False or (mock is None and key):
        return _live(key, url, folder)
    if mock is None and url:
        raise InvalidInputError(
            f"A Console API is named ({_shown(url)}), but there is no API key.",
            means="Nothing was sent.",
            todo=f"Set {KEY_VARIABLE}, or connect(mock=True) for the bundled mock.",
        )
    if isinstance(mock, str | Path):
        mock = _troubled(mock)
    return _mocked(None if isinstance(mock, bool | None) else mock, folder)


def _live(key: Secret | None, url: str, folder: Path) -> _Link:
    if key is None:
        raise InvalidInputError(
            "A live session needs an API key.",
            means="Nothing was sent.",
            todo=f"Create one in the Console under Settings, API Keys, and set it as {KEY_VARIABLE}.",
        )
    url = _checked(url or PRODUCTION_URL)
    journal = _journal(folder, f"{httpx.URL(url).netloc.decode()}:{key.fingerprint()}")
    return _Link(key, url, journal, proxy_url=_proxy_url())


def _mocked(mock: MockConsole | Pacer | None, folder: Path) -> _Link:
    from mock_server import MOCK_API_KEY, Pacer  # the mock is not needed live

    journal = _journal(folder if mock is None else None, "mock")
    mock = _bundled(folder) if mock is None else mock
    clock = mock.console if isinstance(mock, Pacer) else mock
    return _Link(
        Secret.of(MOCK_API_KEY),
        MOCK_URL,
        journal,
        transport=mock.transport(),
        block_seconds=clock.block_seconds,
        pause=mock.sleep,
        async_pause=_hurried(mock) if isinstance(mock, Pacer) else _jumping(mock),
        now=lambda: datetime.fromtimestamp(clock.now, UTC),
        socket=mock.socket,
    )


def _bundled(folder: Path) -> Pacer:
    """The bundled market: on file, so that a killed kernel finds its deployments again and two notebooks see one
    market; its blocks come at the pace that the figures assume."""
    from mock_server import MockConsole, Pacer, SqliteStore

    try:
        store = SqliteStore(folder / "mock-market.db")
        return Pacer(MockConsole(store=store, block_seconds=PriceModel().block_seconds), hurry=HURRY)
    except (OSError, ValueError) as problem:
        raise JournalError(
            f"The simulated market in {folder} cannot be used: {problem}.",
            means="Nothing was sent.",
            todo=f"Delete its mock-market.db, or set {HOME_VARIABLE} to another folder.",
        ) from None


def _troubled(scenario: str | Path) -> Pacer:
    """A fresh market in memory with the trouble of a scenario."""
    from mock_server import MockConsole, Pacer

    try:
        console = MockConsole.from_scenario(scenario, block_seconds=PriceModel().block_seconds)
    except ValueError as problem:
        raise InvalidInputError(str(problem), means="Nothing was sent.", todo="Name another scenario.") from None
    return Pacer(console, hurry=HURRY)


def _hurried(mock: Pacer) -> Callable[[float], Awaitable[None]]:
    """The pacer's sleep without holding the event loop."""

    async def pause(seconds: float) -> None:
        waited = seconds / mock.hurry
        await asyncio.sleep(waited)
        mock.advance(seconds - waited)

    return pause


def _jumping(mock: MockConsole) -> Callable[[float], Awaitable[None]]:
    """Waiting is letting virtual time pass; other tasks get their turn."""

    async def pause(seconds: float) -> None:
        mock.advance(seconds)
        await asyncio.sleep(0)

    return pause


def _hidden(api_key: str | Secret | None) -> Secret:
    """The key that is meant, hidden before anything can fail: a verbose traceback prints every name in its frames."""
    return hidden(api_key or _environment(KEY_VARIABLE)) or Secret("")


def _environment(name: str) -> str:
    """A variable of the environment; in a function of its own, so that no traceback shows the whole environment."""
    return os.environ.get(name, "")


def home_folder(home: str | Path | None = None) -> Path:
    """The folder of the journal: `home`, else AKASH_NB_HOME, else the user's data folder."""
    named = home or _environment(HOME_VARIABLE)
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path  # not needed where a folder is named

    return user_data_path("akash-nb", appauthor=False)


def _journal(folder: Path | None, account: str) -> Journal:
    return Journal(folder / "journal.db" if folder else None, account)


def _checked(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    is_safe = parsed.scheme == "https" or (parsed.scheme == "http" and parsed.host in LOOPBACK)
    if not parsed.host or not is_safe or parsed.userinfo:
        raise InvalidInputError(
            f"{_shown(url)} is no address of a Console API.",
            means="Nothing was sent, so that the key does not travel unencrypted.",
            todo="Use https://, or http:// on this machine only.",
        )
    return url


def _proxy_url() -> str | None:
    """The provider-proxy that the environment names.

    Raises:
        InvalidInputError: It is no address to which a token may be sent.
    """
    url = _environment(PROXY_VARIABLE)
    if not url:
        return None
    return _checked(url.replace("ws", "http", 1) if url.startswith("ws") else url).replace("http", "ws", 1)


def _shown(url: str) -> str:
    """An address without user name and password, should there be any."""
    return repr(url.rsplit("@", 1)[-1])
