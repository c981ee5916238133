"""Templates to start from, and the schema of provider attributes (contract §6, §7)."""

from __future__ import annotations

from typing import Any, NamedTuple

from mock_server.supply.catalogue import GPU_MODELS, REGIONS
from mock_server.web.call import Call
from mock_server.web.http import MockResponse, error, reply
from mock_server.web.takes import takes


class Template(NamedTuple):
    """One template of ours."""

    id: str
    category: str
    name: str
    summary: str
    tags: tuple[str, ...]
    ssh: bool
    persistent: bool
    deploy: str


def _sdl(name: str, image: str, port: str, resources: str, amount: int, extra: str = "") -> str:
    """A one-service SDL; `port` is the expose entry, `resources` the compute profile in flow style."""
    return f"""version: "2.0"
services:
  {name}:
    image: {image}
    expose:
      - {port}
        to:
          - global: true
{extra}profiles:
  compute:
    {name}:
      resources: {resources}
  placement:
    akash:
      pricing:
        {name}:
          denom: uact
          amount: {amount}
deployment:
  {name}:
    akash:
      profile: {name}
      count: 1
"""


_SMALL = "{cpu: {units: 0.5}, memory: {size: 512Mi}, storage: [{size: 1Gi}]}"
_GPU = (
    "{cpu: {units: 4}, memory: {size: 16Gi}, storage: [{size: 50Gi}],"
    " gpu: {units: 1, attributes: {vendor: {nvidia: [{model: rtx4090}, {model: a100}]}}}}"
)
_DISK = (
    "{cpu: {units: 1}, memory: {size: 2Gi}, storage: [{size: 1Gi},"
    " {name: data, size: 10Gi, attributes: {persistent: true, class: beta3}}]}"
)
_POSTGRES = """    env:
      - POSTGRES_PASSWORD=change-me
      - PGDATA=/var/lib/postgresql/data/pgdata
    params:
      storage:
        data:
          mount: /var/lib/postgresql/data
"""

TEMPLATES = (
    Template(
        "mock-hello-web",
        "Hosting",
        "Hello web",
        "A static page behind a provider's ingress.",
        ("recommended", "popular"),
        False,
        False,
        _sdl("web", "nginx:1.27", "port: 80", _SMALL, 1000),
    ),
    Template(
        "mock-jupyter-gpu",
        "AI - GPU",
        "JupyterLab on a GPU",
        "A notebook server with one RTX 4090 or A100.",
        ("popular",),
        False,
        False,
        _sdl("lab", "quay.io/jupyter/pytorch-notebook:cuda12-latest", "port: 8888\n        as: 80", _GPU, 100_000),
    ),
    Template(
        "mock-postgres",
        "Databases",
        "PostgreSQL",
        "A database with a persistent volume, reachable on a forwarded port.",
        (),
        False,
        True,
        _sdl("db", "postgres:16", "port: 5432", _DISK, 5000, _POSTGRES),
    ),
    Template(
        "mock-ssh-box",
        "Hosting",
        "SSH box",
        "A small machine to log into.",
        (),
        True,
        False,
        _sdl("box", "linuxserver/openssh-server:latest", "port: 2222", _SMALL, 1000),
    ),
)

_CATEGORIES = ("AI - GPU", "Hosting", "Databases")


def list_templates(call: Call) -> MockResponse:
    """GET /v1/templates-list: by category; recommended and popular ones first, then by name."""
    categories = []
    for title in _CATEGORIES:
        found = sorted((t for t in TEMPLATES if t.category == title), key=lambda t: (not t.tags, t.name))
        categories.append({"title": title, "templates": [_short(template) for template in found]})
    return reply({"data": categories})


def get_template(call: Call) -> MockResponse:
    """GET /v1/templates/{id}: with readme and SDL."""
    wanted = call.path["id"]
    if "/" in wanted or "\\" in wanted:
        raise error(400, "Invalid template ID")
    found = next((t for t in TEMPLATES if t.id == wanted), None)
    if found is None:
        raise error(404, "Template not found")
    body = {
        "id": found.id,
        "name": found.name,
        "path": f"templates/{found.id}",
        "logoUrl": None,
        "summary": found.summary,
        "readme": f"# {found.name}\n\n{found.summary}\n",
        "deploy": found.deploy,
        "persistentStorageEnabled": found.persistent,
        "githubUrl": f"https://templates.mock.example/{found.id}",
        "config": {"ssh": True} if found.ssh else {},
    }
    return reply({"data": body})


@takes(status=302, kind="")
def redirect_list(call: Call) -> MockResponse:
    """GET /v1/templates-list.json: where it used to be."""
    return _redirect(call, "/v1/templates-list")


@takes(status=302, kind="")
def redirect_template(call: Call) -> MockResponse:
    """GET /v1/templates/{id}.json: where it used to be."""
    return _redirect(call, call.request.path.removesuffix(".json"))


def attributes_schema(call: Call) -> MockResponse:
    """GET /v1/provider-attributes-schema: what provider attributes mean."""
    return reply({name: _attribute(name, *entry) for name, entry in _ATTRIBUTES.items()})


def _short(template: Template) -> dict[str, Any]:
    body = {"id": template.id, "name": template.name, "logoUrl": None, "summary": template.summary}
    return {**body, "tags": list(template.tags)} if template.tags else body


def _redirect(call: Call, path: str) -> MockResponse:
    query = call.request.raw_query
    return MockResponse(302, headers={"location": f"{path}?{query}" if query else path})


#: name -> (type, required, description, key on chain when it differs, values).
_ATTRIBUTES: dict[str, tuple[str, bool, str, str | None, tuple[str, ...]]] = {
    "host": ("string", True, "The network a provider belongs to", None, ()),
    "email": ("string", True, "Where to reach the operator", None, ()),
    "organization": ("string", True, "Who runs the provider", None, ()),
    "website": ("string", False, "The operator's site", None, ()),
    "tier": ("option", True, "Who stands behind the provider", None, ("akash", "community")),
    "status-page": ("string", False, "Where outages are announced", None, ()),
    "location-region": ("option", True, "The region", None, tuple(REGIONS)),
    "country": ("string", True, "ISO country code", None, ()),
    "city": ("string", False, "The city", None, ()),
    "timezone": ("string", True, "Offset from UTC", None, ()),
    "location-type": (
        "option",
        True,
        "The kind of building",
        None,
        ("datacenter", "colo", "home", "office", "server-room", "mix"),
    ),
    "hosting-provider": ("string", False, "Whose building it is", None, ()),
    "hardware-cpu": ("option", True, "CPU vendor", "capabilities/cpu", ("intel", "amd", "arm")),
    "hardware-cpu-arch": (
        "option",
        True,
        "CPU architecture",
        "capabilities/cpu/arch",
        ("x86", "x86-64", "arm", "arm-64"),
    ),
    "hardware-gpu": ("option", False, "GPU vendor", "capabilities/gpu", ("nvidia", "amd", "intel", "xilinx")),
    "hardware-gpu-model": (
        "multiple-option",
        False,
        "GPU models",
        "capabilities/gpu/model",
        tuple(dict.fromkeys(gpu.model for gpu in GPU_MODELS)),
    ),
    "hardware-disk": ("multiple-option", True, "Kinds of disk", "capabilities/storage", ("hdd", "ssd", "nvme")),
    "hardware-memory": (
        "option",
        True,
        "Kind of memory",
        "capabilities/memory",
        ("ddr2", "ddr3", "ddr3ecc", "ddr4", "ddr4ecc", "ddr5", "ddr5ecc"),
    ),
    "network-provider": ("string", False, "Whose lines it uses", None, ()),
    "network-speed-up": ("number", True, "Upload, Mbit/s", None, ()),
    "network-speed-down": ("number", True, "Download, Mbit/s", None, ()),
    "feat-persistent-storage": ("boolean", True, "Volumes outlive restarts", None, ()),
    "feat-persistent-storage-type": (
        "multiple-option",
        False,
        "Classes of persistent storage",
        None,
        ("beta1", "beta2", "beta3"),
    ),
    "workload-support-chia": ("boolean", False, "Plots Chia", None, ()),
    "workload-support-chia-capabilities": ("multiple-option", False, "Ways of plotting", None, ("bladebit", "madmax")),
    "feat-endpoint-ip": ("boolean", True, "Leases IP addresses", None, ()),
    "feat-endpoint-custom-domain": ("boolean", True, "Serves domains of the tenant", None, ()),
}


def _attribute(
    name: str, kind: str, required: bool, description: str, key: str | None, values: tuple[str, ...]
) -> dict[str, Any]:
    listed = [{"key": value, "description": REGIONS.get(value, value), "value": value} for value in values] or None
    return {"key": key or name, "type": kind, "required": required, "description": description, "values": listed}
