"""SDL text from arguments: what each does, that bad ones are named, and that the result always compiles."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from akash_nb.errors import InvalidInputError
from akash_nb.money import Coin, PriceModel
from akash_nb.sdl import SDL, build
from akash_nb.sdl import compile as compile_sdl
from akash_nb.sdl.model import Expose, Gpu, GpuModel, Service, To

PUBLIC = (To(is_global=True),)


def built(**arguments: Any) -> SDL:
    got = compile_sdl(build(**{"image": "nginx:1.27", **arguments}))
    assert (got.errors, got.warnings) == ((), ())
    assert got.sdl is not None
    return got.sdl


def service(**arguments: Any) -> Service:
    (only,) = built(**arguments).services.values()
    return only


def test_the_text_of_the_simplest_case_is_what_a_person_would_write() -> None:
    assert build(image="nginx:1.27") == (
        """\
version: "2.0"
services:
  web:
    image: nginx:1.27
    expose:
      - port: 80
        as: 80
        to:
          - global: true
profiles:
  compute:
    web:
      resources:
        cpu:
          units: 0.5
        memory:
          size: 512Mi
        storage:
          size: 1Gi
  placement:
    akash:
      pricing:
        web:
          denom: uact
          amount: 200
deployment:
  web:
    akash:
      profile: web
      count: 1
"""
    )


@pytest.mark.parametrize(
    ("ports", "exposes"),
    [
        (8080, [(8080, 8080, "TCP")]),
        ("8080:80", [(80, 8080, "TCP")]),
        (["53:5353/udp", "53:53/tcp"], [(5353, 53, "UDP"), (53, 53, "TCP")]),
        (("443", 80), [(443, 443, "TCP"), (80, 80, "TCP")]),
    ],
)
def test_ports_are_external_and_containers_as_in_docker(ports: Any, exposes: list[tuple[int, int, str]]) -> None:
    assert service(ports=ports).expose == tuple(Expose(*expose, to=PUBLIC) for expose in exposes)


@pytest.mark.parametrize(
    ("gpu", "wanted"),
    [
        (None, None),
        (0, None),
        (2, Gpu(2, (GpuModel("*"),))),
        ("a100", Gpu(1, (GpuModel("a100"),))),
        ("RTX4090:8", Gpu(8, (GpuModel("rtx4090"),))),
    ],
)
def test_a_gpu_is_a_model_or_a_number(gpu: Any, wanted: Gpu | None) -> None:
    (compute,) = built(gpu=gpu).compute.values()
    assert compute.gpu == wanted


@pytest.mark.parametrize(
    ("env", "lines"),
    [
        ({"A": 1, "B": "x: y", "C": True, "D": Decimal("1.50"), "E": 2**60}, ["A=1", "B=x: y", "C=true", "D=1.5"]),
        (["A=b=c", "EMPTY="], ["A=b=c", "EMPTY="]),
        ({"EMOJI": "😀\n\t\x00"}, ["EMOJI=😀\n\t\x00"]),
        ({}, []),
    ],
)
def test_env_is_names_and_values_or_lines(env: Any, lines: list[str]) -> None:
    assert list(service(env=env).env)[:4] == lines


def test_command_and_arguments_are_kept_to_the_letter() -> None:
    got = service(command=["sh", "-c"], args=["", " ", "yes", "echo 1 # no comment\n"])
    assert (got.command, got.args) == (("sh", "-c"), ("", " ", "yes", "echo 1 # no comment\n"))


@pytest.mark.parametrize(
    ("cpu", "millicores"),
    [(0.5, 500), ("500m", 500), ("1.5", 1500), (16.1, 16100), (Decimal("0.1"), 100), (384, 384_000), (0.01, 10)],
)
def test_cpu_comes_out_in_whole_thousandths(cpu: Any, millicores: int) -> None:
    """16.1 x 1000 is no whole number in doubles, which the reference computes with."""
    (compute,) = built(cpu=cpu).compute.values()
    assert compute.cpu_millicores == millicores


def test_a_region_is_the_attribute_that_providers_state() -> None:
    (placement,) = built(region="us-west").placements.values()
    assert dict(placement.attributes) == {"location-region": "us-west"}


def ceiling(**arguments: Any) -> Coin:
    (placement,) = built(**arguments).placements.values()
    (price,) = placement.max_prices.values()
    return price


@pytest.mark.parametrize(
    ("max_price", "amount"),
    [
        (1000, "1000"),
        (Decimal("12.123456789012345678"), "12.123456789012345678"),
        (2.5, "2.5"),
        ("1000", "1000"),
        ("$0.60/h", "1000"),
        ("$ 0.60 / hour", "1000"),
        ("$30/month", "68.44"),
    ],
)
def test_a_ceiling_is_per_block_or_in_dollars_and_never_more_than_said(max_price: Any, amount: str) -> None:
    """$0.60 an hour are 1000 uact per block of 6 s; $30 a month are 68.447."""
    assert ceiling(max_price=max_price, prices=PriceModel.api()) == Coin("uact", Decimal(amount))


def test_without_a_price_the_ceiling_grows_with_what_is_asked_for() -> None:
    assert ceiling().amount == 200
    assert ceiling(gpu="h100:8").amount == 80_200
    assert ceiling(cpu=16, memory="64Gi", storage="100Gi").amount == 3_100


BAD = [
    *(("image", value) for value in ("", " ", "a b", "a\n", None, 5, "\ud800")),
    *(("name", value) for value in ("", "Web", "1web", "a_b", "a" * 64, None)),
    *(("cpu", value) for value in (0, -1, "half", "500M", 0.0005, 385, True, None, float("nan"), "1e9", "1e999999")),
    *(("cpu", Decimal(value)) for value in ("1e999999", "1e-999999")),
    *(
        ("memory", value)
        for value in ("512", "512Mib", "512MB", 512, "", "1Ki", "3Ti", "512mi", None, "1" * 500 + "Gi")
    ),
    *(("storage", value) for value in ("1Mi", "64Ti", "-1Gi", "1 Gi", 1)),
    *(("gpu", value) for value in ("", ":2", "a100:", "a100:0", "a100:25", 25, -1, True, 1.5, "2", "a b", "a100:9999")),
    *(("ports", value) for value in ((), 0, 65536, "80:80:80", "80/sctp", "x", [80, 80], ["80/tcp", "80:8080"], None)),
    *(("ports", value) for value in (True, [True], 1.5, [None], {80: 80}, b"80", 10**5000)),
    *(("env", value) for value in ("A=1", ["A"], ["=1"], ["1A=1"], ["A=1", "A=2"], {"A": None}, {"A": []}, [1])),
    *(("env", value) for value in ({1: 2}, {"A B": "c"}, {"A": "\udfff"}, 5)),
    *(("command", value) for value in ("sh -c ls", [1], 5, {"a": 1}, ["\ud800"])),
    *(("args", value) for value in ("ls", [None])),
    *(("count", value) for value in (0, 51, 1.0, "1", True, None)),
    *(("region", value) for value in ("", " ", 5)),
    *(("max_price", value) for value in (0, 0.5, -1, "0.1", 10_000_001, "$5", "5/h", "$5/week", "lots", True, "$0/h")),
    *(("max_price", value) for value in ("1e999999", "1." + "1" * 19, float("inf"), "$" + "9" * 99 + "/h")),
]


@pytest.mark.parametrize(("argument", "value"), BAD, ids=[f"{name}-{n}" for n, (name, _) in enumerate(BAD)])
def test_a_bad_value_is_one_error_that_names_the_argument(argument: str, value: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        build(**{"image": "nginx:1.27", argument: value})

    assert str(caught.value).startswith(f"{argument}: ")
    assert len(str(caught.value)) < 300


def test_a_binary_looking_size_comes_with_the_size_that_was_meant() -> None:
    with pytest.raises(InvalidInputError, match="did you mean 512Mi"):
        build(image="a:1", memory="512Mib")


@pytest.mark.parametrize("env", ["TOKEN=hunter2", ["hunter2"], {"A": ["hunter2"]}, ["TOKEN=hunter2\ud800"]])
def test_a_refusal_shows_no_value_of_a_variable(env: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        build(image="a:1", env=env)

    assert "hunter2" not in str(caught.value)


def test_what_is_too_large_as_a_whole_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="512 KiB"):
        build(image="a:1", args=["x" * 600_000])


IMAGES = st.sampled_from(["nginx:1.27", "ghcr.io/a/b@sha256:" + "0" * 64, "nginx"]) | st.text(max_size=5)
ARGUMENTS = {
    "name": st.from_regex(r"[a-z]([-a-z0-9]{0,20}[a-z0-9])?\Z"),
    "cpu": st.floats(0.01, 384) | st.integers(1, 384) | st.decimals(0, 400) | st.from_regex(r"[1-9][0-9]{1,4}m\Z"),
    "memory": st.from_regex(r"[1-9][0-9]{0,3}(\.[0-9])?[MG]i?\Z"),
    "storage": st.from_regex(r"[1-9][0-9]{0,3}[GT]i\Z"),
    "gpu": st.none() | st.integers(0, 24) | st.from_regex(r"[a-z][a-z0-9]{1,8}(:[1-9])?\Z"),
    "ports": st.lists(st.integers(1, 65535) | st.from_regex(r"[1-9][0-9]{0,3}:[1-9][0-9]{0,3}(/(tcp|udp))?\Z")),
    "env": st.dictionaries(st.from_regex(r"[A-Z_]{1,8}\Z"), st.text() | st.integers() | st.floats() | st.booleans()),
    "command": st.none() | st.lists(st.text(), max_size=4),
    "args": st.none() | st.lists(st.text(), max_size=4),
    "count": st.integers(1, 50),
    "region": st.none() | st.text(),
    "max_price": st.none()
    | st.floats(1, 1e7)
    | st.decimals(1, 10**7)
    | st.from_regex(r"\$[0-9]{1,3}(\.[0-9]{1,3})?/h\Z"),
}


@settings(deadline=None, max_examples=150)
@given(st.fixed_dictionaries({"image": IMAGES}, optional=ARGUMENTS))
def test_what_is_built_compiles_and_is_what_was_asked_for(arguments: dict[str, Any]) -> None:
    try:
        got = compile_sdl(build(**arguments))
    except InvalidInputError as error:
        event(str(error).partition(":")[0])
        return
    assert got.errors == ()
    assert [issue.message for issue in got.warnings if "tag" not in issue.message] == []
    assert got.sdl is not None
    (only,) = got.sdl.services.values()
    assert (only.image, only.command) == (arguments["image"], tuple(arguments.get("command") or ()))
    assert only.args == tuple(arguments.get("args") or ())
    assert len(only.env) == len(arguments.get("env", ()))
