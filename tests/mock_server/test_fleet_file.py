"""Fleets that a YAML file describes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mock_server import MockConsole
from mock_server.supply.fleet import fleet, resolve
from mock_server.supply.fleet_file import canonical
from mock_server.supply.provider import GI, Provider
from mock_server.world.clock import GENESIS_MS, HOUR, MINUTE
from tests.mock_server.conftest import connect, sdl

FILE = """
base: small
providers:
  - name: Tidewater GPU
    organization: Tidewater
    host: gpu.tidewater.example
    region: eu-west
    audited: false
    nodes: 2
    cpu: 128
    memory: 512Gi
    disk: 4Ti
    used: 25
    storage: [beta3]
    gpus: {h100: 16}
    leased_ips: true
    price: 0.5
    attributes: {tier: akash, fast: true, cores: 128}
    outages:
      - {from: 2h, lasts: 30m}
      - {from: 1d, lasts: 1h30m}
      - {from: 2h10m, lasts: 1h}
    shyness: 10
  - name: Quiet
    city: Amsterdam
    gpus:
      - {model: a100, ram: 40Gi, count: 4, free: 1, per_node: 2, usd_hour: 0.55}
    bids: never
"""


def providers(text: str, seed: int = 7) -> dict[str, Provider]:
    """The providers of a file by organization."""
    return {provider.organization: provider for provider in fleet(seed, canonical(text, "test"))}


def one(entry: str, seed: int = 7) -> Provider:
    """The provider of a file that has only this one."""
    (provider,) = providers(f"providers: [{{name: Solo, {entry}}}]", seed).values()
    return provider


def test_a_file_says_what_a_provider_is() -> None:
    found = providers(FILE)["Tidewater"]
    assert (found.host, found.place.key, found.audited, found.online) == (
        "gpu.tidewater.example",
        "eu-west",
        False,
        True,
    )
    assert (found.nodes, found.total.cpu, found.total.memory) == (2, 128_000, 512 * GI)
    assert (found.total.ephemeral, found.total.persistent) == (4096 * GI, 8192 * GI)
    assert (found.others.cpu, found.others.memory) == (32_000, 128 * GI)
    assert (found.storage_classes, found.leased_ips, found.shyness) == (("beta3",), True, 10)
    (stock,) = found.gpus
    assert (stock.gpu.model, stock.total, stock.others, stock.per_node) == ("h100", 16, 0, 8)
    assert (found.prices.level, stock.usd_hour) == (Decimal("0.5"), stock.gpu.usd_hour / 2)
    assert {
        "tier": "akash",
        "fast": "true",
        "cores": "128",
        "organization": "Tidewater",
    }.items() <= found.offered.items()


def test_gpus_can_be_told_one_by_one() -> None:
    found = providers(FILE)["Quiet"]
    (stock,) = found.gpus
    assert (stock.gpu.model, stock.gpu.ram, stock.total, stock.others, stock.per_node) == ("a100", "40Gi", 4, 3, 2)
    assert stock.usd_hour == Decimal("0.55")
    assert (found.place.city, found.shyness) == ("Amsterdam", 100)


def test_outages_count_from_the_worlds_beginning_and_flow_together() -> None:
    day = 24 * HOUR
    assert providers(FILE)["Tidewater"].outages == (
        (GENESIS_MS + 2 * HOUR, GENESIS_MS + 190 * MINUTE),
        (GENESIS_MS + day, GENESIS_MS + day + 90 * MINUTE),
    )


def test_the_providers_of_the_base_are_there_as_well() -> None:
    hosts = {provider.host for provider in providers(FILE).values()}
    assert {provider.host for provider in fleet(7, "small")} < hosts
    assert len(hosts) == 10


@pytest.mark.parametrize(("base", "count"), [("base: 30", 30), ("base: global", 240), ("{}", 0), ("providers: []", 0)])
def test_a_base_is_a_fleet_or_a_number_or_nothing(base: str, count: int) -> None:
    assert len(fleet(7, canonical(base, "test"))) == count


def test_what_a_file_does_not_say_is_drawn_by_seed_and_name() -> None:
    here, again, elsewhere = one("cpu: 8"), one("cpu: 8, price: 1"), one("cpu: 8", seed=8)
    assert here.address == again.address != elsewhere.address
    assert (here.total.memory, here.place, here.created_height) == (
        again.total.memory,
        again.place,
        again.created_height,
    )
    assert here.created_height != elsewhere.created_height


def test_an_entry_does_not_depend_on_its_place_in_the_file() -> None:
    alone, among = one("region: oc-nz"), providers("providers: [{name: First}, {name: Solo, region: oc-nz}]")["Solo"]
    assert (alone.address, alone.host, alone.total, alone.prices) == (
        among.address,
        among.host,
        among.total,
        among.prices,
    )


def test_names_that_look_alike_are_two_hosts() -> None:
    found = providers("providers: [{name: A B}, {name: a-b}]")
    assert len({p.host for p in found.values()}) == len({p.address for p in found.values()}) == 2


def test_the_text_of_a_world_needs_no_file(tmp_path: Path) -> None:
    path = tmp_path / "market.yaml"
    path.write_text(FILE)
    text = resolve(path)
    path.unlink()
    assert resolve(text) == text == resolve(canonical(FILE, "test"))
    assert len(connect(MockConsole(fleet=text)).http.get("/v1/providers").json()) == 10


def test_a_path_may_be_text(tmp_path: Path) -> None:
    path = tmp_path / "market.yml"
    path.write_text("base: 3")
    assert len(fleet(7, resolve(str(path)))) == 3


@pytest.mark.parametrize(("bids", "times"), [("always", 6), ("never", 0)])
def test_who_always_bids_does_and_who_never_bids_does_not(bids: str, times: int) -> None:
    console = MockConsole(fleet=canonical(f"providers: [{{name: Solo, cpu: 512, used: 0, bids: {bids}}}]", "test"))
    tenant = connect(console)
    made = [tenant.create(sdl(amount=100_000), 1)["dseq"] for _ in range(6)]
    console.sleep(31)
    assert sum(len(tenant.bids(dseq)) for dseq in made) == times


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("base: tiny", "line 1, base: There is no fleet 'tiny'. There are: default, empty, global, small."),
        ("base: other.yaml", "line 1, base: There is no fleet 'other.yaml'. There are: default, empty, global, small."),
        ("base: 500000", "line 1, base: A fleet has at most 100,000 providers, not 500,000."),
        ("- a", "line 1: Expected a mapping, got a list."),
        ("", "line 1: Expected a mapping, got nothing."),
        ("bases: small", "line 1: There is no key 'bases'. Did you mean 'base'? There are: base, providers."),
        ("providers: 3", "line 1, providers: Expected a list, got a whole number."),
        ("providers:\n- cpu: 3", "line 2, providers[0]: There must be a key 'name'."),
        ("providers: [", "line 2: did not find expected node content"),
    ],
)
def test_a_file_of_another_shape_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"^market\.yaml, ") as caught:
        canonical(text, "market.yaml")
    assert str(caught.value) == f"market.yaml, {told}"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("regoin: eu-west", "providers[0]: There is no key 'regoin'. Did you mean 'region'? There are: attributes, "),
        ("region: eu-wst", "providers[0].region: There is no region 'eu-wst'. Did you mean 'eu-west' or "),
        ("city: Pariss", "providers[0].city: There is no city 'Pariss'. Did you mean 'Paris'? There are: Accra, "),
        ("{city: Paris, region: eu-east}", "providers[0].city: Paris is not in eu-east."),
        ("gpus: {h1000: 1}", "providers[0].gpus.h1000: There is no GPU model 'h1000'. Did you mean 'h100' or "),
        ("gpus: {h100: many}", "providers[0].gpus: Expected a whole number, got text."),
        ("gpus: 3", "providers[0].gpus: Expected a mapping or a list, got a whole number."),
        ("gpus: [{model: h100, count: 0}]", "providers[0].gpus[0].count: Expected a whole number >= 1."),
        ("gpus: [{model: h100}]", "providers[0].gpus[0]: There must be a key 'count'."),
        ("gpus: [{model: h100, count: 2, free: 3}]", "providers[0].gpus[0].free: 3 of 2 cannot be free."),
        (
            "gpus: [{model: l4, ram: 40Gi, count: 1}]",
            "providers[0].gpus[0]: There is no such l4; there are: 24Gi on pcie.",
        ),
        (
            "gpus: [{model: l4, count: 1}, {model: l4, count: 2}]",
            "providers[0].gpus[1].model: There is another 'l4'.",
        ),
        ("gpus: [{model: l4, cuont: 1}]", "providers[0].gpus[0]: There is no key 'cuont'. Did you mean 'count'? "),
        ("memory: 12", "providers[0].memory: Expected a size such as 256Gi."),
        ("memory: 12GB", "providers[0].memory: Expected a size such as 256Gi."),
        ("cpu: 1.5", "providers[0].cpu: Expected a whole number, got a number."),
        ("cpu: 0", "providers[0].cpu: Expected a whole number >= 1."),
        ("used: 101", "providers[0].used: Expected a whole number <= 100."),
        ("price: -1", "providers[0].price: Expected a number > 0.0."),
        ("audited: 1", "providers[0].audited: Expected true or false, got a whole number."),
        ("host: Foo", "providers[0].host: Expected a host name in lower case such as gpu.tidewater.example."),
        ("storage: [beta9]", "providers[0].storage[0]: There is no storage class 'beta9'. Did you mean "),
        ("bids: sometimes", "providers[0].bids: There is no bids 'sometimes'. There are: always, never."),
        ("{bids: never, shyness: 3}", "providers[0].bids: Either `bids` or `shyness`, not both."),
        ("outages: [{from: soon, lasts: 1h}]", "providers[0].outages[0].from: Expected a duration such as 30m, "),
        ("outages: [{from: 1h}]", "providers[0].outages[0]: There must be a key 'lasts'."),
        ("reliability: shakey", "providers[0].reliability: There is no reliability 'shakey'. Did you mean 'shaky'? "),
    ],
)
def test_a_wrong_entry_is_refused_where_it_stands_with_what_is_expected(entry: str, told: str) -> None:
    keys = entry.strip("{}") if entry.startswith("{") else entry
    with pytest.raises(ValueError, match=r"^market\.yaml, line ") as caught:
        canonical(f"providers:\n- {{name: a, {keys}}}", "market.yaml")
    assert str(caught.value).startswith(f"market.yaml, line 2, {told}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["name", "host"])
def test_two_providers_do_not_share_a_name_or_host(key: str) -> None:
    entries = {"name": ["{name: a}", "{name: a}"], "host": ["{name: a, host: h.example}", "{name: b, host: h.example}"]}
    with pytest.raises(ValueError, match=rf"line 3, providers\[1\]\.{key}: There is another"):
        canonical("providers:\n- " + "\n- ".join(entries[key]), "market.yaml")


@pytest.mark.parametrize("given", [b"\xff\xfe", None], ids=["no text", "no file"])
def test_what_cannot_be_read_is_named(tmp_path: Path, given: Any) -> None:
    path = tmp_path / "market.yaml"
    if given is not None:
        path.write_bytes(given)
    with pytest.raises(ValueError, match=r"market\.yaml: (this is no text in UTF-8|No such file)"):
        resolve(path)


def test_attributes_of_any_kind_do_not_break_the_list_of_providers() -> None:
    text = "providers: [{name: Solo, attributes: {network-speed-up: fast, host: mine}}]"
    (listed,) = connect(MockConsole(fleet=canonical(text, "test"))).http.get("/v1/providers").json()
    assert (listed["networkSpeedUp"], listed["networkSpeedDown"], listed["host"]) == (None, 1000, "mine")
