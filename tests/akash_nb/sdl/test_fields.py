"""The values of a service: read as they stand, and changed alone."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest

from akash_nb.errors import InvalidInputError
from akash_nb.money import PriceModel
from akash_nb.sdl import compile as compile_sdl
from akash_nb.sdl import scaffold
from akash_nb.sdl.fields import LISTS, Field, Service, obstacle, services
from akash_nb.sdl.presets import PRESETS
from akash_nb.sdl.rows import Port
from akash_nb.sdl.storage import Volume
from tests.akash_nb.sdl.conftest import HELLO

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "sdl" / "corpus"

OTHER: dict[str, Any] = {
    "image": "nginx:1.27.1",
    "cpu": "3",
    "memory": "3Gi",
    "storage": "7Gi",
    "volumes": (Volume("7Gi", "other", "beta1", "/other"), Volume("1Gi", "shm", "ram", "/dev/shm")),
    "count": "4",
    "gpus": "3",
    "gpu_models": ("t4 16Gi",),
    "ports": (Port(81), Port(83, 82, "udp")),
    "env": ("A=1",),
    "region": "eu-west",
    "max_price": "4321",
}


def service(text: str, name: str = "") -> Service:
    sdl = compile_sdl(text)
    return Service(sdl, name or services(sdl)[0], PriceModel())


def lines(text: str, **wanted: Any) -> list[str]:
    """The lines that go (-) and come (+)."""
    changed = service(text).changed(wanted)
    found = difflib.unified_diff(text.splitlines(), changed.splitlines(), lineterm="", n=0)
    return [" ".join(line.split()) for line in found if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared SDL corpus is not here")
def test_the_present_value_changes_no_byte_and_another_one_keeps_the_verdict_and_is_read_again() -> None:
    """Every field of every service, of each sixth file: all of them take 20 s."""
    tried = 0
    for file in sorted(CORPUS.glob("*.y*ml"))[::6]:
        text = file.read_bytes().decode()
        sdl = compile_sdl(text)
        for name in () if obstacle(sdl) else services(sdl):
            present = service(text, name)
            for field, (value, locked) in {n: (f.value, f.locked) for n, f in present.fields.items()}.items():
                assert present.changed({field: value}) == text, (file.name, name, field)
                if locked:
                    continue
                try:
                    changed = present.changed({field: OTHER[field]})
                except InvalidInputError as error:  # a leased address has one service per port
                    assert "already in use" in str(error), (file.name, name, field)  # noqa: PT017
                    continue
                assert compile_sdl(changed).ok == sdl.ok, (file.name, name, field)
                found = service(changed, name).fields[field].value
                if field == "ports":
                    found = tuple(
                        port._replace(external=None) if port.external == port.port else port for port in found
                    )
                assert (found if field in LISTS else str(found)) == OTHER[field], (file.name, name, field)
                tried += 1

    assert tried > 400


def test_a_value_changes_in_its_line_and_the_comment_behind_it_stays() -> None:
    text = HELLO.replace("units: 0.5", "units: 0.5  # half of one")

    assert lines(text, cpu="2") == ["- units: 0.5 # half of one", "+ units: 2 # half of one"]


@pytest.mark.parametrize(
    ("wanted", "changes"),
    [
        (
            {"ports": [Port(3000, 80), "9000:90/udp"]},
            ["+ - port: 90", "+ as: 9000", "+ proto: udp", "+ to:", "+ - global: true"],
        ),
        ({"env": {"A": 1, "B": "two words"}}, ["+ env:", "+ - A=1", "+ - B=two words"]),
        ({"gpus": "2"}, ["+ gpu:", "+ units: 2", "+ attributes:", "+ vendor:", "+ nvidia: null"]),
        (
            {"gpu_models": ["a100 80Gi"]},
            ["+ gpu:", "+ units: 1", "+ attributes:", "+ vendor:", "+ nvidia:", "+ - model: a100", "+ ram: 80Gi"],
        ),
        ({"max_price": "$1/h"}, ["- amount: 1000", "+ amount: 1693.88"]),
        ({"region": ""}, []),
        ({"ports": [Port(3000, 80, "tcp", is_global=False)]}, ["- - global: true", "+ - global: false"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_only_what_is_asked_for_changes(wanted: dict[str, Any], changes: list[str]) -> None:
    assert sorted(lines(HELLO, **wanted)) == sorted(changes)


def test_a_row_that_goes_leaves_the_others_with_their_comments() -> None:
    env = "    env:\n      - A=1  # the first\n      - B=2  # the second\n      - C=3\n    expose:"
    text = HELLO.replace("    expose:", env)

    assert lines(text, env=["A=1", "C=3"]) == ["- - B=2 # the second"]
    assert lines(text, env=["C=3", "B=9", "A=1"]) == ["- - B=2 # the second", "+ - B=9 # the second"]
    assert lines(text, env=[]) == ["- env:", "- - A=1 # the first", "- - B=2 # the second", "- - C=3"]


def test_a_port_keeps_what_its_row_does_not_have() -> None:
    text = HELLO.replace("        as: 80", "        as: 80\n        http_options:\n          max_body_size: 1")

    assert lines(text, ports=[Port(8080, 80)]) == ["- - port: 3000", "+ - port: 8080"]


def test_models_of_a_gpu_come_and_go_and_no_model_is_any() -> None:
    gpu = scaffold("gpu")
    models = service(gpu).fields["gpu_models"].value
    assert models == ("rtx4090", "a100", "h100")

    text = service(gpu).changed({"gpu_models": ["h100 80Gi sxm", "a100"]})
    assert service(text).fields["gpu_models"].value == ("a100", "h100 80Gi sxm")
    anything = service(text).changed({"gpu_models": []})
    assert "nvidia: null" in anything
    assert compile_sdl(anything).ok


def test_a_value_behind_an_anchor_is_shown_and_not_changed() -> None:
    text = HELLO.replace("        memory:\n          size: 512Mi", "        memory:\n          size: &small 512Mi")
    text = text.replace("        storage:\n          size: 512Mi", "        storage:\n          size: *small")
    fields = service(text).fields

    assert fields["memory"] == Field("512Mi", "Shared by the anchor &small with other places. Change it in the text.")
    assert fields["storage"].locked == fields["memory"].locked
    assert not fields["cpu"].locked
    with pytest.raises(InvalidInputError, match="memory: Shared by the anchor &small"):
        service(text).changed({"memory": "1Gi"})


def test_an_anchor_that_nobody_uses_shares_nothing() -> None:
    text = HELLO.replace("size: 512Mi", "size: &small 512Mi", 1)

    assert lines(text, memory="1Gi")[1].endswith("1Gi")


def test_what_differs_between_placements_is_not_one_value() -> None:
    text = HELLO.replace(
        "  web:\n    dcloud:\n      profile: web\n      count: 1\n",
        "  web:\n    dcloud: {profile: web, count: 1}\n    other: {profile: web, count: 2}\n",
    ).replace(
        "    dcloud:\n      pricing",
        "    other: {pricing: {web: {denom: uact, amount: 5}}}\n    dcloud:\n      pricing",
    )

    fields = service(text).fields
    assert fields["count"] == Field(locked="Not the same on each of dcloud, other. Change it in the text.")
    assert "\n".join(lines(text, region="eu-west")).count("location-region: eu-west") == 2


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"cpu": "many"}, "no number of CPUs"),
        ({"memory": "2 gigs"}, "is no size"),
        ({"image": "a b"}, "no image name"),
        ({"gpus": "1.5"}, "no number of GPUs"),
        ({"gpu_models": ["a100 fast"]}, "is no GPU"),
        ({"ports": [80, 80]}, "there twice"),
        ({"ports": [70000]}, "is no port"),
        ({"env": ["1A=2"]}, "no name of a variable"),
        ({"env": ["A=1", "A=2"]}, "there twice"),
        ({"count": "0"}, "no number of replicas"),
        ({"max_price": "0"}, "is not in 1 to"),
        ({"colour": "red"}, "no field 'colour'"),
        ({"env": ["A=1", "A=1", "B=2"]}, "there twice"),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_refused(wanted: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        service(HELLO).changed(wanted)


def test_a_valid_sdl_is_never_made_an_invalid_one() -> None:
    text = scaffold("ip-lease")
    ports = service(text).fields["ports"].value

    with pytest.raises(
        InvalidInputError, match="ports: If an IP is declared, the directive must be declared as global"
    ):
        service(text).changed({"ports": [port._replace(is_global=False) for port in ports]})


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_recognised_and_pays_enough(name: str) -> None:
    present = service(HELLO)
    changed = service(present.changed(present.preset(name)))

    assert compile_sdl(present.changed(present.preset(name))).ok
    assert changed.present_preset() == name
    assert changed.preset(name).get("max_price") is None


def test_a_preset_leaves_a_higher_price_as_it_is() -> None:
    assert "max_price" not in service(HELLO.replace("amount: 1000", "amount: 50000")).preset("gpu-small")
    assert service(HELLO).preset("gpu-small")["max_price"] > 10_000


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "Line 2: did not find"),
        (HELLO.replace("count: 1", "count: some"), "Line 30: "),
        (
            "version: '2.0'\nservices: {}\nprofiles: {compute: {}, placement: {}}\ndeployment: {}\n",
            "deploys no service",
        ),
    ],
    ids=["unreadable", "shape", "empty"],
)
def test_what_keeps_a_form_away_is_said_with_its_place(text: str, why: str) -> None:
    assert why in obstacle(compile_sdl(text))


def test_a_value_can_mend_parts_that_do_not_fit_together() -> None:
    text = HELLO.replace("size: 512Mi", "size: lots", 1)
    assert not compile_sdl(text).ok

    assert compile_sdl(service(text).changed({"memory": "1Gi"})).ok
