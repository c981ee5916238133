"""SDL text for the common case, one service on one placement, from a handful of arguments."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from akash_nb.errors import InvalidInputError
from akash_nb.money import PriceModel, plain
from akash_nb.sdl import arguments, network
from akash_nb.sdl.compiler import compile as compile_sdl
from akash_nb.sdl.dump import dump
from akash_nb.sdl.units import gpu_units, size_bytes

#: The ceiling when none is given, in uact per block and replica: so much for a start, and for each CPU, GiB of memory,
#: GiB of storage and GPU. Five to ten times what the Console counts with (4.5, 1.25 and 0.08 dollars a month for a
#: CPU and a GB), which is 10, 3 and 0.2 uact per block. A ceiling only keeps out bids above it; you pay the bid.
BASE_PRICE, CPU_PRICE, MEMORY_PRICE, STORAGE_PRICE, GPU_PRICE = 100, 100, 20, 1, 10_000

#: What the placement is called.
PLACEMENT = "akash"
GI, MAX_PORT = 2**30, 65535

_PORT = re.compile(r"(?:([0-9]{1,5}):)?([0-9]{1,5})(?:/(tcp|udp))?\Z")

Json = dict[str, Any]


def build(
    *,
    image: str,
    name: str = "web",
    cpu: float | Decimal | str = 0.5,
    memory: str = "512Mi",
    storage: str = "1Gi",
    gpu: int | str | None = None,
    ports: int | str | Sequence[int | str] = (80,),
    env: Mapping[str, str | float | Decimal] | Sequence[str] | None = None,
    command: Sequence[str] | None = None,
    args: Sequence[str] | None = None,
    count: int = 1,
    region: str | None = None,
    max_price: float | Decimal | str | None = None,
    prices: PriceModel | None = None,
) -> str:
    """SDL text for one service; it compiles without errors, and warns at most of an image without a fixed tag.

    Args:
        image: Such as `nginx:1.27`.
        name: Of the service: a-z, 0-9 and -, a letter first.
        cpu: CPUs of one replica, such as `0.5` or `"500m"`.
        memory: Of one replica, such as `"512Mi"`.
        storage: Of one replica, gone when the lease ends, such as `"1Gi"`.
        gpu: Of one replica: a model (`"a100"`), several (`"a100:2"`), or how many of any model; None for none.
        ports: Reached from everywhere: `80`, `"8080:80"` (external and container's, as in Docker), `"53:53/udp"`.
        env: Names and values, or lines such as `"NAME=value"`.
        command, args: Run in place of the image's entry point, and its arguments; None for the image's own.
        count: Replicas.
        region: The provider's attribute `location-region`, such as `"na-us-west"`; None for anywhere.
        max_price: The most that is paid for one replica: uact per block, or dollars as `"$0.50/h"` or `"$30/month"`.
            None takes a ceiling that is generous for what is asked: 100 uact per block, and 100 for a CPU, 20 for a
            GiB of memory, 1 for a GiB of storage, 10,000 for a GPU, rounded up to a hundred. You pay what is bid.
        prices: Seconds per block and days per month that dollars are converted with; None for the web Console's.

    Raises:
        InvalidInputError: An argument cannot be used; it is named.
    """
    resources: Json = {
        "cpu": {"units": arguments.cpu(cpu)},
        "memory": {"size": arguments.size("memory", memory, network.MEMORY)},
        "storage": {"size": arguments.size("storage", storage, network.VOLUME)},
    }
    if gpus := arguments.gpu(gpu):
        resources["gpu"] = gpus
    service = {
        "image": image_name(image),
        "command": _texts("command", command),
        "args": _texts("args", args),
        "env": env_lines(env),
        "expose": _ports(ports),
    }
    name = _name(name)
    price = ceiling(resources) if max_price is None else arguments.price(max_price, prices or PriceModel())
    placement: Json = {} if region is None else {"attributes": {"location-region": arguments.region(region)}}
    placement["pricing"] = {name: {"denom": "uact", "amount": price}}
    return _checked(
        {
            "version": "2.0",
            "services": {name: {key: value for key, value in service.items() if value}},
            "profiles": {"compute": {name: {"resources": resources}}, "placement": {PLACEMENT: placement}},
            "deployment": {name: {PLACEMENT: {"profile": name, "count": arguments.count(count)}}},
        }
    )


def _checked(document: Json) -> str:
    """The text of the document, which is proved to compile."""
    text = dump(document)
    errors = compile_sdl(text).errors
    if errors:  # such as a text that is too large as a whole
        raise InvalidInputError(f"These arguments make no SDL: {errors[0].message}")
    return text


def _texts(argument: str, values: Any) -> list[str]:
    if values is None:
        return []
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        kind = type(values).__name__
        raise InvalidInputError(f'{argument}: a {kind} is no list of texts, such as ["sh", "-c", "ls"].')
    return [arguments.text(argument, value) for value in values]


def image_name(image: Any) -> str:
    """The name of an image; text without blanks."""
    if not arguments.text("image", image) or any(char.isspace() or not char.isprintable() for char in image):
        raise arguments.refused("image", image, "is no image name, such as nginx:1.27.")
    return str(image)


def _name(name: Any) -> str:
    if not network.SERVICE_NAME.match(arguments.text("name", name)) or len(name) > network.MAX_LABEL:
        raise arguments.refused(
            "name", name, "is no service name: a-z, 0-9 and -, a letter first, at most 63 characters."
        )
    return str(name)


def _ports(ports: Any) -> list[Json]:
    if isinstance(ports, str) or arguments.whole(ports) is not None:
        ports = [ports]
    if isinstance(ports, bytes | Mapping) or not isinstance(ports, Iterable):
        raise arguments.refused("ports", ports, "is no list of ports.")
    exposes = [port_item(port) for port in ports]
    if not exposes:
        raise arguments.refused("ports", ports, "is empty: providers refuse a deployment that nobody can reach.")
    taken = [(expose["as"], expose.get("proto", "tcp")) for expose in exposes]
    for number, (port, proto) in enumerate(taken):
        if (port, proto) in taken[:number]:
            raise arguments.refused("ports", ports, f"has the external port {port}/{proto} twice.")
    return exposes


def port_item(port: Any) -> Json:
    """What stands under `expose` for a port such as `80`, `"8080:80"` or `"53:53/udp"`."""
    match = _PORT.match(port) if isinstance(port, str) else None
    inside = int(match[2]) if match else arguments.whole(port) or 0
    outside = int(match[1]) if match and match[1] else inside
    if not 1 <= inside <= MAX_PORT or not 1 <= outside <= MAX_PORT:
        raise arguments.refused("ports", port, 'is no port, such as 80, "8080:80" or "53:53/udp".')
    udp = {"proto": "udp"} if match and match[3] == "udp" else {}
    return {"port": inside, "as": outside, **udp, "to": [{"global": True}]}


def env_lines(env: Any) -> list[str]:
    """Lines such as `NAME=value` from names and values, or from such lines."""
    if isinstance(env, Mapping):
        env = [f"{name}={env_value(name, value)}" for name, value in env.items()]
    lines = _texts("env", env)
    names: set[str] = set()
    for number, line in enumerate(lines, start=1):
        name, equals, _ = line.partition("=")
        if not equals:
            raise InvalidInputError(f"env: item {number} is no NAME=value.")
        if not network.ENV_NAME.match(name) or name in names:
            raise arguments.refused("env", name, "is there twice." if name in names else "is no name of a variable.")
        names.add(name)
    return lines


def env_value(name: Any, value: Any) -> str:
    """The value of an environment variable as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value) if value.is_finite() and abs(value.adjusted()) < 400 else str(value)
    if isinstance(value, str | int | float):
        return str(value)
    raise arguments.refused("env", name, "has a value that is neither text nor a number.")


def ceiling(resources: Json) -> int:
    """The ceiling when none is given, in uact per block and replica, for what `resources` holds."""
    cpu = resources["cpu"]["units"]
    cpus = Decimal(cpu.rstrip("m")) / 1000 if isinstance(cpu, str) else Decimal(str(cpu))
    memory, storage = (Decimal(size_bytes(resources[key]["size"]) or 0) / GI for key in ("memory", "storage"))
    gpus = int(gpu_units(resources.get("gpu", {}).get("units")))
    price = BASE_PRICE + CPU_PRICE * cpus + MEMORY_PRICE * memory + STORAGE_PRICE * storage + GPU_PRICE * gpus
    return math.ceil(price / 100) * 100
