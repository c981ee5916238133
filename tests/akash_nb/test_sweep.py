"""A sweep over sizes on the mock: right, repeatable, with few questions, and without creating anything."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any

import pandas as pd
import pytest

import akash_nb as akash
from akash_nb import sdl
from akash_nb.errors import InvalidInputError, SDLError
from akash_nb.flows.estimate import estimate_groups
from akash_nb.flows.sweep import OnProgress, Progress
from akash_nb.frames.sweep import TABLE
from mock_server import MockConsole

WEB, GPU, BOTH = sdl.scaffold("web"), sdl.scaffold("gpu"), sdl.scaffold("multi-service")

TWO_GROUPS = sdl.patch(
    sdl.patch(BOTH, "/profiles/placement/elsewhere", {"pricing": {"db": {"denom": "uact", "amount": 500}}}),
    "/deployment/db",
    {"elsewhere": {"profile": "db", "count": 1}},
)

#: What a sweep may ask: nothing that makes, changes or spends.
HARMLESS = {"listProviders", "listGpuPrices", "getPricing", "screenProviders"}

FIVE_HUNDRED: dict[str, Any] = {
    "cpu": [1, 2, 4, 8, 16],
    "gpu": ["t4", "a100", "rtx4090", None],
    "region": ["eu-west", "na-us-west", "as-east", "eu-central", None],
    "count": [1, 2, 3, 4, 5],
}

#: All of it is known after some 35 requests.
HUNDRED: dict[str, Any] = {
    "cpu": [1, 4, 16],
    "gpu": ["t4", "a100", "rtx4090", None],
    "region": ["eu-west", "na-us-west", None],
    "count": [1, 2, 4],
}


@pytest.fixture
def console() -> MockConsole:
    return MockConsole()


@pytest.fixture
def session(console: MockConsole) -> Iterator[Any]:
    with akash.connect(mock=console) as session:
        yield session


def asked(console: MockConsole) -> Counter[str]:
    return Counter(call.operation for call in console.calls)


def screened(session: Any, text: str) -> int:
    """Who could host all of it, by asking about exactly this: audited, and of several groups the fewest."""
    counts = []
    for group in sdl.compile(text).groups:
        counts.append(sum(candidate.is_audited for candidate in session.client.market.screen(group)))
    return min(counts)


def combinations(axes: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def varied(text: str, values: dict[str, Any], service: str | None = None) -> str:
    nothing = {"gpu": "none", "region": "any"}
    given = {name: nothing[name] if value is None else value for name, value in values.items()}
    return sdl.vary(text, service=service, **given)


def test_five_hundred_combinations_take_fewer_than_sixty_requests_and_change_nothing(
    session: Any, console: MockConsole
) -> None:
    frame = session.sweep(GPU, **FIVE_HUNDRED)

    assert len(frame) == 500
    assert len(console.calls) < 60
    assert asked(console).keys() <= HARMLESS
    assert session.deployments == ()
    assert frame.providers.sum() > 500
    assert (frame.providers <= frame.providers_at_most).all()
    assert (frame.providers == frame.providers_at_most).mean() > 0.9


def test_the_same_sweep_gives_the_same_frame_and_the_second_time_asks_nothing(
    session: Any, console: MockConsole
) -> None:
    first = session.sweep(GPU, **FIVE_HUNDRED)
    before = len(console.calls)
    again = session.sweep(GPU, **FIVE_HUNDRED)
    with akash.connect(mock=MockConsole()) as other:
        elsewhere = other.sweep(GPU, **FIVE_HUNDRED)

    assert len(console.calls) == before
    pd.testing.assert_frame_equal(first, again)
    pd.testing.assert_frame_equal(first, elsewhere)


@pytest.mark.parametrize(
    ("text", "service", "axes"),
    [
        (WEB, None, {"cpu": [1, 8, 64], "memory": ["1Gi", "64Gi"], "count": [1, 5, 20]}),
        (
            GPU,
            None,
            {"gpu": ["t4", "a100:2", "h100:8", 2, None], "region": ["eu-west", "na-us-west", None], "count": [1, 3]},
        ),
        (GPU, None, {"storage": ["10Gi", "3Ti"], "region": ["nowhere", "eu-central"]}),
        (BOTH, "db", {"cpu": [1, 16], "memory": ["2Gi", "128Gi"], "region": ["na-us-west", None]}),
        (TWO_GROUPS, "db", {"cpu": [1, 32], "region": ["eu-central", "eu-west", None]}),
        (sdl.scaffold("persistent-storage"), None, {"storage": ["1Gi", "4Ti"], "count": [1, 4, 16]}),
        (sdl.scaffold("ip-lease"), None, {"cpu": [1, 32], "count": [1, 10]}),
    ],
    ids=["sizes", "gpus and regions", "an unknown region", "one of two services", "two groups", "volumes", "leased ip"],
)
@pytest.mark.parametrize("seed", [7, 11])
def test_every_row_is_what_asking_about_it_alone_would_say(
    seed: int, text: str, service: str | None, axes: dict[str, list[Any]]
) -> None:
    with akash.connect(mock=MockConsole(seed=seed)) as session:
        frame = session.sweep(text, service=service, **axes)
        for (_, row), values in zip(frame.iterrows(), combinations(axes), strict=True):
            alone = varied(text, values, service)
            estimates = session.client.run(estimate_groups(session.context, sdl.compile(alone)))
            usd_hour = [each.usd_hour for each in estimates]

            assert (row.providers, row.providers_at_most) == (screened(session, alone),) * 2
            assert row.usd_hour == pytest.approx(float(sum(usd.typical for usd in usd_hour)))
            assert row.usd_hour_low == pytest.approx(float(sum(usd.low for usd in usd_hour)))
            assert row.usd_hour_high == pytest.approx(float(sum(usd.high for usd in usd_hour)))
            assert row.ceiling_usd_hour == pytest.approx(float(sum(each.ceiling_usd_hour for each in estimates)))
            assert row.hours_per_usd == pytest.approx(1 / row.usd_hour)
            assert row.gpus == sum(each.gpus for each in estimates)
            if row.gpus:
                assert pd.isna(row.aws_usd_month)
            else:
                assert row.aws_usd_month == pytest.approx(float(sum(each.clouds.aws_usd for each in estimates)))


@pytest.mark.parametrize("most_requests", [4, 8, 12, 20])
def test_what_may_not_be_asked_stays_between_bounds_that_hold(session: Any, most_requests: int) -> None:
    axes = {"cpu": [1, 4, 16, 64], "memory": ["1Gi", "16Gi", "64Gi"], "count": [1, 4, 10]}
    console = MockConsole()
    with akash.connect(mock=console) as frugal:
        frame = frugal.sweep(WEB, most_requests=most_requests, **axes)
    true = [screened(session, varied(WEB, values)) for values in combinations(axes)]

    assert len(console.calls) == most_requests
    assert (frame.providers <= true).all()
    assert (frame.providers_at_most.isna() | (frame.providers_at_most >= true)).all()
    assert not (frame.providers == frame.providers_at_most).all()


def test_rows_come_in_the_order_of_the_arguments_and_columns_are_those_documented(session: Any) -> None:
    frame = session.sweep(WEB, count=[2, 1], cpu=[4, 1])

    assert list(frame.columns) == [column.name for column in TABLE.columns]
    assert list(zip(frame["cpu"], frame["count"], strict=True)) == [(4, 2), (4, 1), (1, 2), (1, 1)]
    assert list(frame["memory"].unique()) == ["512Mi"]
    assert list(frame["gpu"].unique()) == ["none"]
    assert list(frame["region"].unique()) == ["any"]
    assert frame.attrs["source"] == "MOCK"


def test_what_is_not_varied_is_as_the_sdl_has_it_where_that_is_one_thing(session: Any) -> None:
    gpu, both = session.sweep(GPU, count=2), session.sweep(BOTH, service="db", count=2)
    whole = session.sweep(BOTH, region=["eu-west"])

    assert (gpu["gpu"][0], gpu["cpu"][0], gpu["max_price"][0]) == ("rtx4090/a100/h100", 4, 8000)
    assert both["memory"][0] == "2Gi"
    assert whole["cpu"].isna().all()


def test_a_combination_that_is_no_sdl_says_why_and_the_others_are_worked_out(session: Any) -> None:
    frame = session.sweep(WEB, cpu=[1, 1000], count=[1, 51], region=["eu-west", " "])
    wrong = frame[~frame.valid]

    assert list(frame.valid) == [True, False, False, False, False, False, False, False]
    assert wrong.usd_hour.isna().all()
    assert wrong.providers.isna().all()
    assert wrong.problem.str.contains("CPUs|replicas|region").all()


@pytest.mark.parametrize("axis", ["cpu", "memory", "storage", "gpu", "region", "count", "max_price"])
@pytest.mark.parametrize(
    "value", [pd.NA, pd.NaT, float("nan"), True, b"1", 10**400, int, "a" * 10_000], ids=lambda value: str(value)[:6]
)
def test_whatever_is_no_value_costs_its_row_only(session: Any, axis: str, value: Any) -> None:
    frame = session.sweep(WEB, **{axis: [value, None if axis in ("gpu", "region") else _GOOD[axis]]})

    if not (isinstance(value, str) and axis == "region"):  # it may be the name of one
        assert list(frame.valid) == [False, True]
        assert frame.problem[0].startswith(axis)


_GOOD = {"cpu": 2, "memory": "1Gi", "storage": "1Gi", "count": 2, "max_price": 100}


def test_a_price_ceiling_is_compared_with_the_market(session: Any) -> None:
    frame = session.sweep(WEB, max_price=[1, 1000, "$30/month"], cpu=[1, 4])

    assert list(frame.ceiling_under_market) == [True, False, False, True, False, False]
    assert frame["max_price"].iloc[0] == 1
    assert frame.ceiling_usd_hour.iloc[2] * 730.488 == pytest.approx(30, abs=0.02)


def test_what_was_asked_is_asked_again_after_some_minutes_or_on_demand(session: Any, console: MockConsole) -> None:
    session.sweep(WEB, cpu=[1, 2])
    first = len(console.calls)
    session.sweep(WEB, cpu=[1, 2], fresh=True)
    assert len(console.calls) == 2 * first

    console.advance(299)
    session.sweep(WEB, cpu=[1, 2])
    assert len(console.calls) == 2 * first
    console.advance(2)
    session.sweep(WEB, cpu=[1, 2])
    assert len(console.calls) == 3 * first


def test_another_sweep_asks_only_what_is_new(session: Any, console: MockConsole) -> None:
    session.sweep(WEB, cpu=[1, 2, 64])
    before = len(console.calls)
    session.sweep(WEB, cpu=[1, 64])

    assert len(console.calls) == before


def interrupted_after(requests: int, told: list[str]) -> OnProgress:
    """Interrupts the kernel once so many requests were answered, and notes what it is told."""

    def on_progress(progress: Progress) -> None:
        told.append(str(progress))
        if progress.requests >= requests and not progress.is_stopped:
            raise KeyboardInterrupt

    return on_progress


def test_an_interrupt_says_how_far_it_was_and_the_same_sweep_goes_on_from_there(
    session: Any, console: MockConsole
) -> None:
    told: list[str] = []
    elsewhere = MockConsole()
    with akash.connect(mock=elsewhere) as other:
        whole = other.sweep(GPU, **HUNDRED)
    with pytest.raises(KeyboardInterrupt):
        session.sweep(GPU, **HUNDRED, progress=interrupted_after(12, told))
    stopped_after = len(console.calls)
    frame = session.sweep(GPU, **HUNDRED)

    assert stopped_after == 12  # of each round of questions all answers had come
    assert len(console.calls) == len(elsewhere.calls)  # nothing was asked twice
    pd.testing.assert_frame_equal(frame, whole)
    assert told[-2] == "108 combinations: 12 requests so far"
    assert re.match(r"Stopped at \d+% of 108 combinations, after 12 requests\. Nothing was created or spent", told[-1])
    assert "kept for 5 min: run it again to go on from there" in told[-1]
    assert asked(console).keys() <= HARMLESS


def test_a_sweep_that_is_interrupted_again_and_again_comes_to_its_end(session: Any) -> None:
    frame = None
    for _ in range(12):
        with suppress(KeyboardInterrupt):
            frame = session.sweep(GPU, **HUNDRED, progress=interrupted_after(6, []))

    assert frame is not None
    assert (frame.providers == frame.providers_at_most).all()


def test_an_awaited_sweep_can_be_cancelled_and_goes_on_too(console: MockConsole) -> None:
    told: list[Progress] = []

    async def swept() -> pd.DataFrame:
        async with akash.connect_async(mock=console) as session:

            def cancel(progress: Progress) -> None:
                told.append(replace(progress))
                if progress.requests == 12:
                    work.cancel()

            work = asyncio.create_task(session.sweep(GPU, **HUNDRED, progress=cancel))
            with pytest.raises(asyncio.CancelledError):
                await work
            return await session.sweep(GPU, **HUNDRED)

    frame = asyncio.run(swept())

    assert told[-1].is_stopped
    assert 0 < told[-1].share < 1
    assert len(console.calls) == 35
    assert (frame.providers == frame.providers_at_most).all()


def test_who_wants_to_know_is_told_how_far_it_is_and_nothing_is_drawn(
    session: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[Progress] = []
    session.sweep(GPU, cpu=[1, 2], gpu=["t4", None], progress=lambda progress: told.append(replace(progress)))

    assert [each.share for each in told] == sorted(each.share for each in told)
    assert told[-1].share == 1
    assert not any(each.is_stopped for each in told)
    assert capsys.readouterr() == ("", "")


def test_the_awaited_session_gives_the_same_frame(session: Any) -> None:
    axes = {"cpu": [1, 16, 64], "region": ["eu-west", None]}

    async def swept() -> pd.DataFrame:
        async with akash.connect_async(mock=MockConsole()) as other:
            return await other.sweep(WEB, **axes)

    pd.testing.assert_frame_equal(asyncio.run(swept()), session.sweep(WEB, **axes))


def test_the_session_s_own_sdl_is_taken_and_a_file_too(session: Any, tmp_path: Any) -> None:
    (tmp_path / "web.yaml").write_text(WEB)
    session.sdl = WEB

    pd.testing.assert_frame_equal(session.sweep(cpu=1), session.sweep(tmp_path / "web.yaml", cpu=1))


def test_a_gpu_that_nobody_has_has_no_price_and_no_provider(session: Any) -> None:
    frame = session.sweep(WEB, gpu=["a9999"])

    assert frame.usd_hour.isna().all()
    assert frame.hours_per_usd.isna().all()
    assert list(frame.providers) == [0]
    assert frame.ceiling_under_market.isna().all()


@pytest.mark.parametrize(
    ("text", "what", "says"),
    [
        (BOTH, {"cpu": [1, 2]}, "several compute profiles"),
        (WEB, {"cpu": []}, "no values"),
        (WEB, {"cpu": [[1, 2]]}, "cpu: .* has what is no single value in it"),
        (WEB, {"cpu": 1, "service": ["web"]}, "is no service of the SDL"),
        (WEB, {"cpu": 1, "most_requests": 1.5}, "most_requests: 1.5 is no whole number"),
        (WEB, {"cpu": 1, "most_requests": "many"}, "most_requests"),
        (WEB, {"cpu": range(1, 385), "count": range(1, 51), "gpu": [1, 2]}, "38,400 combinations"),
        (WEB, {"cpu": [1, 2], "service": "db"}, "no service"),
        (GPU, {"cpu": range(1, 60), "memory": [f"{n}Gi" for n in range(1, 60)], "most_requests": 9}, "at least 1. req"),
    ],
    ids=[
        "whose", "empty", "lists in a list", "no name of a service", "half a request", "no number of requests",
        "too many", "no such service", "too few requests",
    ],
)  # fmt: skip
def test_what_cannot_be_swept_is_refused_before_anything_is_asked(
    session: Any, console: MockConsole, text: str, what: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidInputError, match=says):
        session.sweep(text, **what)

    assert not console.calls


def test_an_sdl_with_errors_is_refused(session: Any) -> None:
    with pytest.raises(SDLError):
        session.sweep("version: '2.0'", cpu=[1])


def test_the_frame_works_with_the_accessor(session: Any) -> None:
    frame = session.sweep(WEB, cpu=[1, 2, 4], memory=["1Gi", "8Gi"])
    front = frame.akash.pareto("usd_month", "providers")

    assert len(frame.akash.columns()) == len(TABLE.columns)
    assert len(front) == len(frame)
    assert "usd_month_per_vcpu" in frame.akash.per("vcpu").columns
