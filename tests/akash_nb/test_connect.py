"""Live with a key, else the mock; never by accident the other way round."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

import akash_nb as akash
from akash_nb.client.transport import proxy_for
from akash_nb.demo import WEB_SDL
from akash_nb.errors import InvalidInputError, JournalError

KEY = "ac.sk.test." + "c0ffee" * 10 + "abcd"


def test_without_a_key_it_is_the_mock_and_says_so() -> None:
    with akash.connect() as session:
        assert session.is_mock
        assert "MOCK" in repr(session)


def test_with_a_key_in_the_environment_it_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKASH_API_KEY", KEY)
    with akash.connect() as session:
        assert not session.is_mock
        assert session.client.base_url == "https://console-api.akash.network"


def test_the_mock_can_be_forced_beside_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKASH_API_KEY", KEY)
    with akash.connect(mock=True) as session:
        assert session.is_mock


def test_another_address_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKASH_CONSOLE_URL", "http://127.0.0.1:9999/")
    with akash.connect(KEY) as session:
        assert session.client.base_url == "http://127.0.0.1:9999"


def test_an_address_without_a_key_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKASH_CONSOLE_URL", "https://console.example")
    with pytest.raises(InvalidInputError, match="AKASH_API_KEY"):
        akash.connect()


def test_a_live_session_without_a_key_says_where_to_get_one() -> None:
    with pytest.raises(InvalidInputError, match="Settings, API Keys"):
        akash.connect(mock=False)


@pytest.mark.parametrize(
    "url", ["http://console.example", "ftp://console.example", "not a url", "https://me:pw@console.example"]
)
def test_an_address_that_would_give_the_key_away_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was sent") as caught:
        akash.connect(KEY, base_url=url)

    assert "pw" not in str(caught.value).replace("https://", "")


@pytest.mark.parametrize("key", ["line\nbreak", "ключ"])
def test_a_key_that_can_be_none_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        akash.connect(key)

    assert key not in str(caught.value)


def test_a_home_that_cannot_be_used_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "mock-market.db").write_text("no database, but longer than a header of one would be")
    for home in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / "broken"):
        with pytest.raises(JournalError, match="Nothing was sent"):
            akash.connect(home=home)


@pytest.mark.parametrize("url", ["http://localhost:9", "http://127.0.0.1:9"])
def test_no_proxy_sees_a_key_that_goes_to_this_machine(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:8080")

    assert proxy_for(url) is None
    assert proxy_for("http://console.example") == "http://proxy.example:8080"


def test_two_notebooks_on_the_mock_see_one_market_and_one_journal(home: Path) -> None:
    with akash.connect() as one, akash.connect() as two:
        deployment = one.deploy(WEB_SDL)
        (found,) = two.resume()

        assert (found.dseq, found.sdl) == (deployment.dseq, WEB_SDL)
        found.close()


def test_what_is_kept_on_disk_is_for_the_owner_only(home: Path) -> None:
    with akash.connect() as session:
        session.wallet()

    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in home.iterdir() if file.is_file()} == {0o600}


def test_a_scenario_is_a_mock_with_its_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKASH_API_KEY", KEY)
    with akash.connect(mock="lost-answer") as session:
        assert session.is_mock
        deployment = session.deploy(WEB_SDL, deposit_usd=5)  # its answer is lost, and looked for
        assert [found.dseq for found in session.resume()] == [deployment.dseq]


def test_an_unknown_scenario_is_named_with_those_there_are() -> None:
    with pytest.raises(InvalidInputError, match="'lost'; there are bad-hour"):
        akash.connect(mock="lost")
