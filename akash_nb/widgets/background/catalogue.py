"""Regions and GPUs that the editor offers: those that the service names, and until it has answered a bundled list."""

from __future__ import annotations

from collections.abc import Iterable

from akash_nb.client import market, providers
from akash_nb.client.call import Flow, send
from akash_nb.models import GPUModel, Region

#: What completion shows: each entry is what is written and a word on it.
Catalogue = dict[str, list[tuple[str, str]]]

#: Keys of `location-region` in the attribute schema of the network (August 2026).
_REGIONS = {
    "na-us": "west southwest midwest southeast northeast",
    "na-ca": "west central prairie atlantic north",
    "eu": "central east north southeast south southwest west",
    "as": "central east southeast south west",
    "sa": "north west south brazil",
    "af": "east middle north south west",
    "oc": "aus nz mel mic pol",
}
#: Keys that providers use beside those.
_FREE_REGIONS = ("us-west", "us-central", "us-east")

#: Model, display name, memory sizes; the models that the web Console puts first stand first.
_GPUS = """
h100 H100 80Gi|a100 A100 40Gi 80Gi|h200 H200 141Gi|b200 B200 180Gi|pro6000se RTX-Pro-6000-SE 96Gi|rtx5090 RTX-5090 32Gi
rtx4090 RTX-4090 24Gi|rtx3090 RTX-3090 24Gi|gh200 GH200 96Gi|l40s L40S 48Gi|l40 L40 48Gi|l4 L4 24Gi|a40 A40 48Gi
a30 A30 24Gi|a16 A16 16Gi|a10 A10 24Gi|t4 T4 16Gi|v100 V100 16Gi 32Gi|rtxa6000 RTX-A6000 48Gi|rtxa5000 RTX-A5000 24Gi
rtxa4000 RTX-A4000 16Gi|p40 P40 24Gi|p4 P4 8Gi
"""


def catalogue(regions: Iterable[Region], gpus: Iterable[GPUModel]) -> Catalogue:
    """What the service has answered, for completion."""
    known = list(gpus)
    sizes = dict.fromkeys(size for gpu in known for size in gpu.memory)
    return {
        "regions": [(region.key, region.description) for region in regions],
        "gpu-models": [(gpu.name, " ".join((gpu.display_name, *gpu.memory))) for gpu in known],
        "gpu-ram": [(size, "") for size in sorted(sizes, key=lambda size: (len(size), size))],
    }


def read() -> Flow[Catalogue]:
    """What the service names now; two public reads."""
    regions = yield from send(providers.regions())
    gpus = yield from send(market.gpu_models())
    return catalogue(regions, gpus)


def _bundled() -> Catalogue:
    keys = [f"{area}-{part}" for area, parts in _REGIONS.items() for part in parts.split()]
    regions = [Region(key, "", ()) for key in (*_FREE_REGIONS, *keys, "central-america", "caribbean")]
    rows = (entry.split() for entry in _GPUS.replace("\n", "|").split("|") if entry)
    gpus = [GPUModel("nvidia", name, label.replace("-", " "), tuple(ram), ()) for name, label, *ram in rows]
    return catalogue(regions, gpus)


BUNDLED = _bundled()
