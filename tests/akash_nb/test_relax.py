"""What an SDL demands, and the ways to ask for less: each is a valid SDL, and lets in all that those before it do."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from akash_nb import sdl
from akash_nb.demo import WEB_SDL
from akash_nb.errors import InvalidInputError
from akash_nb.explanation import patched
from akash_nb.models import GPUPrice, PriceRange
from akash_nb.money import PriceModel
from akash_nb.relax import Relaxation, raised, relaxations, without_gpus, without_models
from akash_nb.relax.sizes import smaller
from akash_nb.sdl import Compiled, GroupDemand
from akash_nb.sdl.vary import applied

CORPUS = Path(__file__).parents[2].parent / "shared" / "sdl" / "corpus"


def gpu(model: str, ram: str, usd: str, *, available: int = 8, vendor: str = "nvidia") -> GPUPrice:
    price = PriceRange(*[Decimal(usd)] * 5)
    return GPUPrice(vendor, model, ram, "pcie", available, 8, 1, 1, price)


BOARD = (
    gpu("h100", "80Gi", "1.5"),
    gpu("a100", "80Gi", "0.9"),
    gpu("a100", "40Gi", "0.7"),
    gpu("h200", "141Gi", "2", available=1),
    gpu("t4", "16Gi", "0.2"),
    gpu("mi100", "32Gi", "0.4", vendor="amd"),
)


def of(text: str, **options: Any) -> dict[str, Relaxation]:
    """The relaxations of the only group, by kind."""
    compiled = sdl.compile(text)
    (demand,) = sdl.demands(compiled)
    return {relaxation.kind: relaxation for relaxation in relaxations(compiled, demand, BOARD, **options)}


def values(relaxation: Relaxation) -> list[Any]:
    return [step.edits[0].value for step in relaxation.steps]


def test_sizes_go_down_in_thirty_seconds_and_then_in_halves_to_the_least() -> None:
    found = smaller(3200, 10, lambda size: size)

    assert found[:3] == [3100, 3000, 2900]
    assert found[-6:] == [200, 100, 50, 25, 12, 10]
    assert all(larger > less for larger, less in pairwise(found))
    assert smaller(10, 10, lambda size: size) == []
    assert smaller(11, 10, lambda size: size) == [10]


def test_sizes_are_round_numbers() -> None:
    found = of(sdl.vary(WEB_SDL, cpu=8, memory="64Gi", storage="1536Mi", gpu="a100:4"))

    assert values(found["cpu"])[:4] == [7, 6, 5, 4]
    assert values(found["cpu"])[-3:] == [0.5, 0.2, 0.1]
    assert values(found["memory"])[:2] == ["62Gi", "60Gi"]
    assert values(found["memory"])[-1] == "64Mi"
    assert values(found["storage"])[0] == "1488Mi"
    assert values(found["gpus"]) == [3, 2, 1]
    assert found["gpus"].steps[0].change == "GPUs of web: 4 → 3"


def test_what_is_least_already_cannot_be_less() -> None:
    kinds = of(sdl.vary(WEB_SDL, cpu=0.1, memory="64Mi", storage="64Mi")).keys()

    assert kinds == set()


def test_gpu_models_widen_from_any_memory_to_as_much_memory_to_any() -> None:
    text = sdl.vary(WEB_SDL, gpu="a100:2").replace("model: a100", "model: a100\n                  ram: 80Gi")
    found = of(text)["model"]

    assert found.title == "GPU model a100 80Gi"
    assert values(found) == [[{"model": "a100"}], [{"model": "a100"}, {"model": "h100"}], None]
    assert [step.left for step in found.steps] == ["with a100 GPU", "with a100 or h100 GPUs", "with any GPUs"]


def test_to_a_trial_wallet_only_models_are_proposed_that_it_may_rent() -> None:
    asked = of(sdl.vary(WEB_SDL, gpu="h100"), is_trial=True)["trial"]
    any_model = of(sdl.vary(WEB_SDL, gpu=1), is_trial=True)["any"]

    assert values(asked) == values(any_model) == [[{"model": "t4"}]]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"model": "*"}, ["t4", "v100"]),
        ({"model": "*", "ram": "16Gi"}, ["t4/ram/16Gi", "v100/ram/16Gi"]),
        ({"model": "a100"}, ["a100"]),
    ],
)
def test_any_gpu_but_some_is_all_the_others_by_name(wish: dict[str, str], expected: list[str]) -> None:
    vendor = "/profiles/compute/web/resources/gpu/attributes/vendor/nvidia"
    spec = sdl.compile(sdl.patch(sdl.vary(WEB_SDL, gpu="a100"), vendor, [wish])).groups[0]
    found = without_models(spec, {"h100", "h200", "a100"}, [*BOARD, gpu("v100", "16Gi", "0.3")])

    assert found is not None
    keys = [item["key"] for item in found["resources"][0]["resource"]["gpu"]["attributes"]]
    assert keys == [f"vendor/nvidia/model/{name}" for name in expected]


def test_any_gpu_but_all_that_there_are_is_none() -> None:
    spec = sdl.compile(sdl.vary(WEB_SDL, gpu=1)).groups[0]

    assert without_models(spec, {"h100", "h200", "a100", "t4"}, BOARD) is None


def test_to_go_without_gpus_is_a_way_of_its_own() -> None:
    compiled = sdl.compile(sdl.vary(WEB_SDL, gpu="t4:2"))
    (demand,) = sdl.demands(compiled)
    ((step,),) = (relaxation.steps for relaxation in without_gpus(compiled, demand))

    assert "gpu" not in patched(compiled.text, step.edits)


def test_what_another_vendor_has_is_never_proposed() -> None:
    assert all("mi100" not in str(step.edits) for step in of(sdl.vary(WEB_SDL, gpu="t4"))["model"].steps)


def test_the_ceiling_is_raised_in_its_proportions_to_round_amounts() -> None:
    text = WEB_SDL.replace("denom: uact", "denom: uakt").replace("amount: 1000", "amount: 3")
    compiled = sdl.compile(text)
    (demand,) = sdl.demands(compiled)
    step = raised(compiled, demand, Decimal("0.01"), PriceModel())
    changed = sdl.compile(patched(text, step.edits))

    # $0.01/h is 16.94 uact per block.
    assert step.change == "pricing amount for web: 3 → 17"
    assert changed.groups[0]["resources"][0]["price"] == {"denom": "uact", "amount": "17"}


def test_two_prices_are_raised_by_the_same_factor() -> None:
    text = (
        WEB_SDL.replace("services:\n", "services:\n  db:\n    image: postgres:16\n", 1)
        .replace("    web:\n      resources:", "    db: &size\n      resources:")
        .replace("  placement:\n", "    web: *size\n  placement:\n", 1)
        .replace("amount: 1000\n", "amount: 1\n        db:\n          denom: uact\n          amount: 3\n")
        .replace("deployment:\n", "deployment:\n  db:\n    anywhere:\n      profile: db\n      count: 1\n")
    )  # fmt: skip
    compiled = sdl.compile(text)
    (demand,) = sdl.demands(compiled)
    step = raised(compiled, demand, PriceModel().per_hour(Decimal("0.000040")), PriceModel())

    assert sorted(edit.value for edit in step.edits) == [10, 30]


def test_a_ceiling_of_nothing_is_raised_too() -> None:
    compiled = sdl.compile(WEB_SDL.replace("amount: 1000", "amount: 0"))
    (demand,) = sdl.demands(compiled)

    assert raised(compiled, demand, Decimal("0.01"), PriceModel()).edits[0].value == 17


def checked(text: str, compiled: Compiled, demand: GroupDemand, relaxation: Relaxation) -> None:
    """The first and the last way are valid SDLs that ask for something else, in the document and in the text."""
    for step in {0: relaxation.steps[0], -1: relaxation.steps[-1]}.values():
        changed = sdl.compile(text, amend=applied(step.edits))
        assert changed.ok, (relaxation, changed.errors)
        assert (changed.groups, changed.reclamation) != (compiled.groups, compiled.reclamation)
        try:
            text_after = patched(text, step.edits)
        except InvalidInputError:
            continue  # an alias, or a layout that is not changed in place
        assert sdl.compile(text_after).groups == changed.groups


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared SDL corpus is not here")
def test_every_way_to_ask_for_less_of_a_real_sdl_is_a_valid_sdl() -> None:
    kinds: set[str] = set()
    for path in sorted(CORPUS.glob("*.y*ml")):
        if not json.loads(path.with_name(path.name + ".expected.json").read_text())["ok"]:
            continue
        text = path.read_text()
        compiled = sdl.compile(text)
        for demand in sdl.demands(compiled):
            for relaxation in relaxations(compiled, demand, BOARD):
                checked(text, compiled, demand, relaxation)
                kinds.add(relaxation.kind)

    assert kinds >= {"attribute", "signatures", "model", "class", "ip", "tee", "replicas", "cpu", "gpus"}
