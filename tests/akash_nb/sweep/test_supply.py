"""Who fits what follows from few answers: bounds hold at every moment, and in the end they meet."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from akash_nb.sdl import GroupDemand, build, demands
from akash_nb.sdl import compile as compile_sdl
from akash_nb.sweep import Supply


def demand(cpu: int = 1, memory: int = 1, count: int = 1, gpu: str | int | None = None) -> GroupDemand:
    text = build(image="a:1", cpu=cpu, memory=f"{memory}Gi", count=count, gpu=gpu)
    (found,) = demands(compile_sdl(text))
    return found


GRID = {
    (cpu, memory, count): demand(cpu, memory, count)
    for cpu, memory, count in product((1, 2, 4), (1, 2, 4, 8), (1, 2, 3))
}

#: A provider: CPUs and GiB in all, CPUs of a node.
providers = st.dictionaries(
    st.sampled_from([f"akash1{letter}" for letter in "abcdefgh"]),
    st.tuples(st.integers(0, 14), st.integers(0, 26), st.integers(0, 5)),
)


def fits(market: dict[str, tuple[int, int, int]], size: tuple[int, int, int]) -> set[str]:
    cpu, memory, count = size
    return {
        name
        for name, (cpus, gib, node) in market.items()
        if cpu * count <= cpus and memory * count <= gib and cpu <= node
    }


@settings(max_examples=60, deadline=None)
@given(providers, st.integers(1, 6))
def test_bounds_hold_after_every_answer_and_meet_in_the_end(
    market: dict[str, tuple[int, int, int]], at_once: int
) -> None:
    supply = Supply(list(GRID.values()))
    sizes = {found.key: size for size, found in GRID.items()}
    asked: list[str] = []
    while questions := supply.questions(at_once):
        for question in questions:
            asked.append(question.key)
            supply.learn(question, fits(market, sizes[question.key]))
        for size, found in GRID.items():
            true, bounds = supply.bits(fits(market, size)), supply.bounds(found)
            assert bounds.certain & ~true == 0
            assert bounds.possible is None or true & ~bounds.possible == 0

    assert len(asked) == len(set(asked)) <= len(GRID)
    assert supply.unsettled == 0
    assert all(supply.bounds(found).certain == supply.bits(fits(market, size)) for size, found in GRID.items())


def test_where_nobody_fits_the_easiest_one_question_is_enough() -> None:
    supply = Supply(list(GRID.values()))
    (question,) = supply.questions(6)
    supply.learn(question, [])

    assert question is GRID[1, 1, 1]
    assert supply.questions(6) == ()


def test_where_everybody_fits_the_hardest_two_are_enough() -> None:
    supply = Supply(list(GRID.values()))
    asked = []
    while questions := supply.questions(6):
        asked += questions
        for question in questions:
            supply.learn(question, ["akash1a", "akash1b"])

    assert asked == [GRID[1, 1, 1], GRID[4, 8, 3]]
    assert supply.bounds(GRID[2, 2, 2]).certain.bit_count() == 2


def test_a_long_row_is_halved() -> None:
    row = [demand(cpu=cpu) for cpu in range(1, 65)]
    supply = Supply(row)
    asked = 0
    while questions := supply.questions(1):
        asked += 1
        cpu = int(questions[0].units[0].cpu_millicores) // 1000
        supply.learn(questions[0], ["akash1a"] if cpu <= 23 else [])

    assert asked <= 8  # both ends, and the six halvings of 64
    assert [supply.bounds(found).certain for found in row] == [1] * 23 + [0] * 41


def comparable(a: GroupDemand, b: GroupDemand) -> bool:
    """Whether an answer about the harder of two tells of the easier one."""
    supply = Supply([a, b])
    supply.learn(b, ["akash1a"])
    return bool(supply.bounds(a).certain)


def test_what_is_easier_than_what() -> None:
    assert comparable(demand(), demand(gpu="t4"))
    assert comparable(demand(gpu="t4"), demand(gpu="t4:2"))
    assert comparable(demand(gpu="t4"), demand(gpu="t4", cpu=2))
    assert not comparable(demand(gpu="t4:2"), demand(gpu="t4"))
    assert not comparable(demand(gpu="t4"), demand(gpu="a100"))
    assert not comparable(demand(cpu=2, memory=1), demand(cpu=1, memory=2))


def test_of_several_kinds_of_gpu_a_provider_may_give_another_for_more_of_them() -> None:
    assert not comparable(demand(gpu=1), demand(gpu=2))
    assert comparable(demand(gpu=2), demand(gpu=2, count=2))


def test_other_attributes_are_another_matter() -> None:
    text = build(image="a:1", cpu=2)
    (there,) = demands(compile_sdl(build(image="a:1", cpu=1, region="eu-west")))
    (anywhere,) = demands(compile_sdl(text))

    assert not comparable(there, anywhere)


def test_a_market_that_contradicts_itself_is_taken_at_its_best() -> None:
    """It moved between two answers: who is certain by one of them is possible too."""
    supply = Supply([demand(cpu=cpu) for cpu in (1, 2, 3)])
    easy, middle, hard = (demand(cpu=cpu) for cpu in (1, 2, 3))
    supply.learn(easy, [])
    supply.learn(hard, ["akash1a"])

    assert supply.bounds(middle).is_settled
    assert supply.bounds(middle).certain == 1


def test_a_demand_has_the_same_key_whatever_it_pays_and_is_called() -> None:
    (cheap,) = demands(compile_sdl(build(image="a:1", name="web", max_price=10)))
    (dear,) = demands(compile_sdl(build(image="b:2", name="api", max_price=99, env={"A": "b"})))
    (larger,) = demands(compile_sdl(build(image="a:1", name="web", max_price=10, count=2)))

    assert cheap.key == dear.key != larger.key
    assert cheap.ceiling.amount == Decimal(10)
