"""What the editor says of costs: the ceiling as it is typed, and what the market usually asks."""

from __future__ import annotations

import asyncio
from typing import Any

from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.sdl import scaffold
from akash_nb.session import Session
from akash_nb.widgets import SdlEditor
from akash_nb.widgets.background.market_price import MarketPrice
from mock_server import MockConsole

TWO_PLACES = WEB_SDL.replace(
    "deployment:", "    elsewhere:\n      pricing:\n        web: {denom: uact, amount: 500}\ndeployment:"
).replace("      count: 1\n", "      count: 1\n    elsewhere:\n      profile: web\n      count: 2\n")


class Time:
    """A clock that passes by sleeping only; what `at` says happens when that many seconds have passed."""

    def __init__(self, seconds: float, **at: Any) -> None:
        self.now = 0.0
        self.end = seconds
        self.at = {float(key[1:]): act for key, act in at.items()}

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        if act := self.at.get(self.now):
            act()
        await asyncio.sleep(0)


class Looker:
    """Somebody who looks all the time; told after each read."""

    def __init__(self, market: MarketPrice, time: Time) -> None:
        self.reads = 0
        market._beats[self] = time.end - 15  # until the end

    def refresh(self) -> None:
        self.reads += 1


def look(session: Session[Client], seconds: float, **at: Any) -> Looker:
    """Look at the SDL of a session for so long."""
    time = Time(seconds, **at)
    market = MarketPrice(session, clock=time.clock, sleep=time.sleep)
    MarketPrice._all[session] = market
    looker = Looker(market, time)
    asyncio.run(market.run())
    return looker


def asked(console: MockConsole) -> int:
    return sum(call.path == "/v1/pricing" for call in console.calls)


def test_the_market_is_asked_once_for_a_text_that_stays(session: Session[Client], console: MockConsole) -> None:
    look(session, 60)
    cost = SdlEditor(session).view["cost"]

    assert asked(console) == 1
    assert cost["market"].startswith("$0.0")
    assert cost["basis"].startswith("list prices, no quote; as of ")
    assert (cost["total"], cost["warning"], cost["is_old"]) == ("", "", False)


def test_it_is_asked_again_after_five_minutes(session: Session[Client], console: MockConsole) -> None:
    look(session, 320)

    assert asked(console) == 2


def test_typing_asks_every_three_seconds_at_most_and_the_last_text_is_asked_for(
    session: Session[Client], console: MockConsole
) -> None:
    def type_(memory: int) -> Any:
        return lambda: setattr(session, "sdl", WEB_SDL.replace("512Mi", f"{memory}Mi"))

    look(session, 40, **{f"s{n}": type_(500 + n) for n in range(1, 10)})

    assert asked(console) in (4, 5)
    assert SdlEditor(session).view["cost"]["is_old"] is False


def test_names_and_prices_are_nothing_to_ask_about(session: Session[Client], console: MockConsole) -> None:
    look(session, 40, s5=lambda: setattr(session, "sdl", WEB_SDL.replace("amount: 1000", "amount: 2000")))

    assert asked(console) == 1


def test_an_older_figure_stays_marked_while_the_new_one_is_on_its_way(session: Session[Client]) -> None:
    look(session, 20)
    editor = SdlEditor(session)
    before = editor.view["cost"]["market"]
    editor.value = WEB_SDL.replace("512Mi", "8Gi")

    assert editor.view["cost"]["market"] == before
    assert editor.view["cost"]["is_old"] is True
    assert "asking again" in editor.view["cost"]["basis"]


def test_offline_the_reason_stands_there_and_it_is_asked_ever_more_rarely(
    session: Session[Client], console: MockConsole
) -> None:
    console.faults.refuse(times=None)
    reads = look(session, 100).reads
    cost = SdlEditor(session).view["cost"]

    assert reads in (4, 5)  # after 3, 6, 12, 24 and 48 seconds more
    assert cost["market"].startswith("Not known: ")
    assert cost["basis"] == ""


def test_a_text_with_errors_costs_nothing_and_nobody_is_asked(session: Session[Client], console: MockConsole) -> None:
    session.sdl = "version: ["
    look(session, 30)

    assert asked(console) == 0
    assert SdlEditor(session).view["cost"] is None


def test_several_groups_have_a_total(session: Session[Client]) -> None:
    session.sdl = TWO_PLACES

    assert SdlEditor(session).view["cost"]["total"] == "2 groups: at most $1.20/h, $876.59/month"


def test_a_ceiling_below_the_market_is_said_at_once(session: Session[Client]) -> None:
    session.sdl = scaffold("gpu")
    look(session, 20)
    editor = SdlEditor(session)
    assert editor.view["cost"]["warning"] == ""
    editor.value = "".join(
        "          amount: 10\n" if line.lstrip().startswith("amount:") else line
        for line in scaffold("gpu").splitlines(keepends=True)
    )

    assert "nobody will bid" in editor.view["cost"]["warning"]


def test_the_picture_has_the_market_with_its_time(session: Session[Client]) -> None:
    look(session, 20)
    facts = dict(SdlEditor(session)._still().facts)

    assert "as of " in facts["Usually"]
