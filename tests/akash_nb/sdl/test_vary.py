"""A workload in other sizes: values change by name, in the text and in the document alike, and nothing else does."""

from __future__ import annotations

import difflib
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from akash_nb.errors import InvalidInputError, SDLError
from akash_nb.money import PriceModel
from akash_nb.sdl import REMOVE, SCAFFOLDS, Compiled, patch, scaffold, vary
from akash_nb.sdl import compile as compile_sdl
from akash_nb.sdl.vary import Places, applied, edits

GPU = scaffold("gpu")


def changed(text: str, **what: Any) -> list[str]:
    """The lines that go (-) and come (+)."""
    lines = difflib.unified_diff(text.splitlines(), vary(text, **what).splitlines(), lineterm="", n=0)
    return [" ".join(line.split()) for line in lines if not line.startswith(("---", "+++", "@@"))]


def amended(text: str, **what: Any) -> Compiled:
    """The same through the document."""
    return compile_sdl(text, amend=applied(edits(compile_sdl(text), what)))


@pytest.mark.parametrize(
    ("what", "lines"),
    [
        ({"cpu": 8}, ["- units: 4", "+ units: 8"]),
        ({"cpu": "500m"}, ["- units: 4", "+ units: 0.5"]),
        ({"memory": "64Gi"}, ["- size: 32Gi", "+ size: 64Gi"]),
        (
            {"storage": "10Gi"},
            [
                "- size: 80Gi # the image takes about 20Gi, the model 15Gi",
                "+ size: 10Gi # the image takes about 20Gi, the model 15Gi",
            ],
        ),
        ({"count": 3}, ["- count: 1", "+ count: 3"]),
        ({"region": "eu-west"}, ["+ attributes:", "+ location-region: eu-west"]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_one_value_changes_and_comments_stay(what: dict[str, Any], lines: list[str]) -> None:
    assert changed(GPU, **what) == lines


ALL = {"cpu": 2, "memory": "8Gi", "storage": "5Gi", "gpu": "a100:2", "count": 3, "region": "eu-west", "max_price": 500}


@pytest.mark.parametrize("name", ["web", "gpu", "ip-lease", "persistent-storage"])
@pytest.mark.parametrize(
    "what", [ALL, {"gpu": "none"}, {"gpu": 4}, {"region": "any"}, *({k: v} for k, v in ALL.items())]
)
def test_text_and_document_come_out_the_same(name: str, what: dict[str, Any]) -> None:
    text = compile_sdl(vary(scaffold(name), **what))
    document = amended(scaffold(name), **what)

    assert text.ok
    assert document.ok
    assert (text.groups, text.manifest) == (document.groups, document.manifest)


def unit(text: str) -> dict[str, Any]:
    (group,) = compile_sdl(text).groups
    (found,) = group["resources"]
    return dict(found)


@pytest.mark.parametrize(
    ("gpu", "units", "models"),
    [
        ("t4", "1", ["vendor/nvidia/model/t4"]),
        ("a100:2", "2", ["vendor/nvidia/model/a100"]),
        ("nvidia/a100:2", "2", ["vendor/nvidia/model/a100"]),
        (3, "3", ["vendor/nvidia/model/*"]),
        (np.int64(3), "3", ["vendor/nvidia/model/*"]),
        (0, "0", []),
        ("none", "0", []),
    ],
)
def test_gpus_are_named_as_for_build(gpu: Any, units: str, models: list[str]) -> None:
    for text in (GPU, scaffold("web")):
        found = unit(vary(text, gpu=gpu))["resource"]["gpu"]
        assert found["units"]["val"] == units
        assert [item["key"] for item in found.get("attributes", [])] == models


def test_any_region_takes_the_attribute_away_and_leaves_others() -> None:
    with_region = vary(GPU, region="eu-west")
    with_both = with_region.replace("location-region: eu-west", "location-region: eu-west\n        tier: premium")

    assert vary(with_region, region="any") == GPU
    assert compile_sdl(vary(with_both, region="any")).groups[0]["requirements"]["attributes"] == [
        {"key": "tier", "value": "premium"}
    ]


def test_a_ceiling_in_dollars_is_counted_with_the_block_time_given() -> None:
    text = GPU.replace("denom: uact", "denom: uakt")
    price = unit(vary(text, max_price="$1/h", prices=PriceModel.api()))["price"]

    assert (price["denom"], Decimal(price["amount"])) == ("uact", Decimal("1666.66"))


def test_what_is_as_asked_for_stays_as_it_is_written() -> None:
    text = GPU.replace("units: 4", "units: 4.0")

    assert vary(text) == text
    assert vary(text, cpu=4, memory="32Gi", count=1, region="any") == text


@pytest.mark.parametrize("name", list(SCAFFOLDS))
def test_nothing_given_changes_nothing(name: str) -> None:
    assert vary(scaffold(name)) == scaffold(name)


def test_with_several_profiles_the_service_says_whose() -> None:
    text = scaffold("multi-service")

    assert changed(text, service="db", cpu=4, count=2) == ["- units: 1", "+ units: 4", "- count: 1", "+ count: 2"]


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ({"cpu": 4}, "several compute profiles"),
        ({"count": 2}, "several services"),
        ({"service": "cache", "cpu": 4}, "'cache' is no service of the SDL"),
        ({"service": "db", "cpu": "much"}, "no number of CPUs"),
        ({"service": "db", "cpu": 1000}, "is not in 0.01 to 384 CPUs"),
        ({"service": "db", "memory": "1GiB"}, "did you mean"),
        ({"service": "db", "gpu": "A B"}, "no GPU"),
        ({"service": "db", "gpu": 25}, "1 to 24"),
        ({"service": "db", "count": 0}, "replicas"),
        ({"service": "db", "region": " "}, "no region"),
        ({"service": "db", "max_price": "cheap"}, "no price"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_used_is_refused_by_name(what: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        vary(scaffold("multi-service"), **what)


def test_an_sdl_with_errors_is_refused_with_its_lines() -> None:
    with pytest.raises(SDLError, match="image"):
        vary(GPU.replace("    image: vllm/vllm-openai:v0.8.5\n", ""), cpu=2)


def test_of_two_volumes_that_go_with_the_lease_none_is_guessed() -> None:
    path = "/profiles/compute/db/resources/storage/1/attributes"
    text = patch(scaffold("persistent-storage"), path, REMOVE)

    with pytest.raises(InvalidInputError, match="2 volumes"):
        vary(text, storage="1Gi")


SHARED = """\
version: "2.0"
services: {a: {image: "a:1", expose: [{port: 80, to: [{global: true}]}]}, b: {image: "b:1"}}
profiles:
  compute:
    a: &size {resources: {cpu: {units: 1}, memory: {size: 1Gi}, storage: {size: 1Gi}}}
    b: *size
  placement:
    here: {pricing: {a: &price {denom: uact, amount: 100}, b: *price}}
deployment: {a: {here: {profile: a, count: 1}}, b: {here: {profile: b, count: 1}}}
"""


def test_what_an_alias_shares_changes_for_one_only_in_the_document() -> None:
    (group,) = amended_service(SHARED, "a", cpu=4).groups

    assert [found["resource"]["cpu"]["units"]["val"] for found in group["resources"]] == ["4000", "1000"]


def amended_service(text: str, service: str, **what: Any) -> Compiled:
    return compile_sdl(text, amend=applied(edits(compile_sdl(text), what, service=service)))


def test_what_is_there_already_can_be_asked() -> None:
    places = Places(compile_sdl(scaffold("gpu")).document)

    assert [places.present(name) for name in ("cpu", "memory", "count", "region")] == [4, "32Gi", 1, None]
    assert Places(compile_sdl(scaffold("multi-service")).document).present("cpu") is None
