"""The typed model: every default filled in, nothing to change, no secret in sight."""

from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from akash_nb.money import Coin
from akash_nb.sdl import Compiled, resources
from akash_nb.sdl import compile as compile_sdl
from akash_nb.sdl.model import Credentials, Expose, Gpu, GpuModel, Mount, Placed, To, Volume

Compile = Callable[..., Compiled]
SHARED = Path(__file__).resolve().parents[4] / "shared" / "sdl"

FULL = """\
version: "2.1"
endpoints: {myip: {kind: ip}}
services:
  web:
    image: nginx:1
    command: [sh]
    args: [-c, sleep]
    env: [A=1, SECRET=hunter2]
    credentials: {host: ghcr.io, username: me, password: sesame}
    expose:
      - {port: 80, accept: [a.com], to: [{global: true, ip: myip}, {service: db}]}
      - {port: 53, as: 5353, proto: udp}
    params: {storage: {data: {mount: /data, readOnly: true}}, permissions: {read: [logs]}, tee: cpu}
  db: {image: postgres:16}
profiles:
  compute:
    web:
      resources:
        cpu: {units: 100m, attributes: {arch: amd64}}
        gpu: {units: 1, attributes: {vendor: {nvidia: [{model: a100, ram: 80Gi}, {interface: sxm}]}}}
        memory: {size: 1Gi}
        storage: [{size: 1Gi}, {name: data, size: 5Gi, attributes: {class: beta3, persistent: true}}]
    db: {resources: {cpu: {units: 1}, memory: {size: 1Gi}, storage: {size: 1Gi}}}
    unused: {resources: {cpu: {units: 1}, memory: {size: lots}, storage: {size: 1Gi}}}
  placement:
    dc:
      attributes: {region: us, fast: true}
      signedBy: {anyOf: [akash1x]}
      pricing: {web: {denom: uact, amount: 10.5}, db: {denom: uakt, amount: "1.000000000000000001"}}
deployment:
  web: {dc: {profile: web, count: 1}}
  db: {dc: {profile: db, count: 2}}
  ghost: {elsewhere: {profile: db, count: 2}}
reclamation: {min_window: 24h}
"""
GI = 2**30


@pytest.fixture
def compiled_full() -> Compiled:
    return compile_sdl(FULL)


def test_a_service_has_everything_that_was_written_and_the_defaults_of_what_was_not(compiled_full: Compiled) -> None:
    assert compiled_full.sdl is not None
    web, db = compiled_full.sdl.services.values()
    assert (web.name, web.image, web.command, web.args) == ("web", "nginx:1", ("sh",), ("-c", "sleep"))
    assert web.env == ("A=1", "SECRET=hunter2")
    assert web.credentials == Credentials("ghcr.io", "me", "sesame")
    assert web.expose == (
        Expose(80, 80, "TCP", ("a.com",), (To(is_global=True, ip="myip"), To(service="db"))),
        Expose(53, 5353, "UDP"),
    )
    assert web.mounts == (Mount("data", "/data", is_read_only=True),)
    assert (web.permissions, web.tee) == (("logs",), "cpu")
    assert (db.command, db.env, db.expose, db.credentials, db.tee) == ((), (), (), None, None)


def test_a_profile_is_in_numbers(compiled_full: Compiled) -> None:
    assert compiled_full.sdl is not None
    web, db, unused = compiled_full.sdl.compute.values()
    assert (web.cpu_millicores, web.memory_bytes, dict(web.cpu_attributes)) == (100, GI, {"arch": "amd64"})
    assert web.gpu == Gpu(1, (GpuModel("a100", "80Gi"), GpuModel(interface="sxm")))
    assert web.volumes == (Volume("default", GI), Volume("data", 5 * GI, is_persistent=True, storage_class="beta3"))
    assert db.gpu is None
    assert unused.memory_bytes != unused.memory_bytes  # NaN: nobody uses it, so nobody checked it


def test_a_placement_has_its_ceilings_as_coins(compiled_full: Compiled) -> None:
    assert compiled_full.sdl is not None
    (dc,) = compiled_full.sdl.placements.values()
    assert dict(dc.attributes) == {"region": "us", "fast": "true"}
    assert (dc.all_of, dc.any_of) == ((), ("akash1x",))
    assert dc.max_prices["web"] == Coin("uact", Decimal("10.5"))
    assert dc.max_prices["db"] == Coin("uakt", Decimal("1.000000000000000001"))


def test_the_deployment_lists_the_services_that_exist(compiled_full: Compiled) -> None:
    assert compiled_full.sdl is not None
    assert compiled_full.sdl.deployment == (Placed("web", "dc", "web", 1), Placed("db", "dc", "db", 2))
    assert compiled_full.sdl.endpoints == ("myip",)
    assert (compiled_full.sdl.version, compiled_full.sdl.reclamation_seconds) == ("2.1", 86_400)


def test_with_errors_there_is_no_model(compiled: Compile) -> None:
    assert compiled(("image:", "imagine:")).sdl is None


def test_the_model_is_made_once_and_only_when_asked_for(compiled: Compile) -> None:
    got = compiled()
    assert "sdl" not in vars(got)
    assert got.sdl is got.sdl


def test_nothing_of_the_model_can_be_changed(compiled_full: Compiled) -> None:
    sdl = compiled_full.sdl
    assert sdl is not None
    with pytest.raises(dataclasses.FrozenInstanceError):
        sdl.version = "2.0"  # type: ignore[misc]
    with pytest.raises(TypeError):
        sdl.services["web"] = sdl.services["db"]  # type: ignore[index]


def test_equal_models_have_equal_hashes(edited: Callable[..., str]) -> None:
    one, other = compile_sdl(edited()).sdl, compile_sdl("# a comment\n" + edited()).sdl
    assert one == other
    assert hash(one) == hash(other)


def test_a_model_survives_pickling(compiled: Compile) -> None:
    got = compiled()
    assert pickle.loads(pickle.dumps(got.sdl)) == got.sdl


def test_no_repr_shows_what_may_be_secret(compiled_full: Compiled) -> None:
    shown = repr(compiled_full.sdl) + repr(compiled_full) + repr(compiled_full.sdl and compiled_full.sdl.services)
    assert "hunter2" not in shown
    assert "sesame" not in shown
    assert "sesame" not in repr(compiled_full.sdl and compiled_full.sdl.services["web"].credentials)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared SDL corpus is not here")
def test_every_valid_file_has_a_model_that_agrees_with_the_totals() -> None:
    texts = [path.read_text() for path in sorted((SHARED / "corpus").glob("*.y*ml"))]
    texts += [json.loads(line)["yaml"] for line in (SHARED / "mutations.jsonl").read_text().splitlines()[::5]]
    seen = 0
    for got in map(compile_sdl, texts):
        if got.sdl is None:
            continue
        seen += 1
        memory = sum(placed.count * got.sdl.compute[placed.profile].memory_bytes for placed in got.sdl.deployment)
        assert memory != memory or memory == sum(group.memory_bytes for group in resources(got))

    assert seen > 300
