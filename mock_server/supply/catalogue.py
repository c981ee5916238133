"""What the simulated world is furnished with: regions, GPU models and what they cost, invented companies.

Region keys are those of the Console's provider-attributes schema; GPU names are those of its GPU catalogue. Companies
and hosts are invented.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

#: The auditor whose signature the Console asks for (contract §5), and its entry in `/v1/auditors`.
AUDITOR = "akash1365yvmc4s7awdyj3n2sav7xfx76adc6dnmlx63"

REGIONS = {
    "na-ca-west": "Western Canada",
    "na-ca-central": "Central Canada",
    "na-ca-prairie": "Prairie Canada",
    "na-ca-atlantic": "Atlantic Canada",
    "na-ca-north": "Northern Canada",
    "na-us-west": "Western United States",
    "na-us-southwest": "Southwestern United States",
    "na-us-midwest": "Midwestern United States",
    "na-us-southeast": "Southeastern United States",
    "na-us-northeast": "Northeastern United States",
    "central-america": "Central America",
    "caribbean": "Caribbean",
    "sa-north": "Northern South America",
    "sa-west": "Western South America",
    "sa-south": "Southern South America",
    "sa-brazil": "Brazil",
    "eu-central": "Central Europe",
    "eu-east": "Eastern Europe",
    "eu-north": "Northern Europe",
    "eu-southeast": "Southeastern Europe",
    "eu-south": "Southern Europe",
    "eu-southwest": "Southwestern Europe",
    "eu-west": "Western Europe",
    "af-east": "Eastern Africa",
    "af-middle": "Middle Africa",
    "af-north": "Northern Africa",
    "af-south": "Southern Africa",
    "af-west": "Western Africa",
    "as-central": "Central Asia",
    "as-east": "Eastern Asia",
    "as-southeast": "Southeastern Asia",
    "as-south": "Southern Asia",
    "as-west": "Western Asia",
    "oc-aus": "Australia",
    "oc-nz": "New Zealand",
    "oc-mel": "Melanesia",
    "oc-mic": "Micronesia",
    "oc-pol": "Polynesia",
}


class GpuModel(NamedTuple):
    """A GPU as the Console's catalogue names it. `usd_hour` is what a provider of average prices asks for one."""

    vendor: str
    model: str
    label: str
    ram: str
    interface: str
    usd_hour: Decimal
    weight: int


#: What the `default` and `small` fleets may have. Their draws go by this list, so it never changes.
CLASSIC_GPUS = (
    GpuModel("nvidia", "b200", "B200", "192Gi", "sxm", Decimal("2.30"), 1),
    GpuModel("nvidia", "h200", "H200", "141Gi", "sxm", Decimal("1.85"), 3),
    GpuModel("nvidia", "h100", "H100", "80Gi", "sxm", Decimal("1.40"), 5),
    GpuModel("nvidia", "a100", "A100", "80Gi", "sxm", Decimal("0.86"), 5),
    GpuModel("nvidia", "a100", "A100", "40Gi", "pcie", Decimal("0.70"), 2),
    GpuModel("nvidia", "l40s", "L40S", "48Gi", "pcie", Decimal("0.64"), 2),
    GpuModel("nvidia", "rtxa6000", "RTX A6000", "48Gi", "pcie", Decimal("0.48"), 4),
    GpuModel("nvidia", "rtx5090", "RTX 5090", "32Gi", "pcie", Decimal("0.52"), 3),
    GpuModel("nvidia", "rtx4090", "RTX 4090", "24Gi", "pcie", Decimal("0.42"), 9),
    GpuModel("nvidia", "rtx3090", "RTX 3090", "24Gi", "pcie", Decimal("0.36"), 5),
    GpuModel("nvidia", "v100", "V100", "32Gi", "sxm", Decimal("0.37"), 2),
    GpuModel("nvidia", "t4", "T4", "16Gi", "pcie", Decimal("0.35"), 4),
    GpuModel("nvidia", "p40", "P40", "24Gi", "pcie", Decimal("0.34"), 1),
    GpuModel("amd", "mi100", "MI100", "32Gi", "pcie", Decimal("0.46"), 1),
)

#: All models, as the Console lists them whether anybody has one or not.
GPU_MODELS = (
    *CLASSIC_GPUS,
    GpuModel("nvidia", "b300", "B300", "288Gi", "sxm", Decimal("2.90"), 1),
    GpuModel("nvidia", "h200nvl", "H200 NVL", "141Gi", "pcie", Decimal("1.70"), 1),
    GpuModel("nvidia", "h100", "H100", "80Gi", "pcie", Decimal("1.25"), 3),
    GpuModel("nvidia", "a100", "A100", "80Gi", "pcie", Decimal("0.80"), 3),
    GpuModel("nvidia", "a100", "A100", "40Gi", "sxm", Decimal("0.74"), 2),
    GpuModel("nvidia", "a800", "A800", "80Gi", "sxm", Decimal("0.78"), 1),
    GpuModel("nvidia", "pro6000se", "RTX PRO 6000 SE", "96Gi", "pcie", Decimal("1.05"), 3),
    GpuModel("nvidia", "pro6000we", "RTX PRO 6000 WE", "96Gi", "pcie", Decimal("0.98"), 2),
    GpuModel("nvidia", "pro6000mq", "RTX PRO 6000 Max-Q", "96Gi", "pcie", Decimal("0.94"), 1),
    GpuModel("nvidia", "l40", "L40", "48Gi", "pcie", Decimal("0.58"), 2),
    GpuModel("nvidia", "l4", "L4", "24Gi", "pcie", Decimal("0.30"), 4),
    GpuModel("nvidia", "a40", "A40", "48Gi", "pcie", Decimal("0.42"), 3),
    GpuModel("nvidia", "a30", "A30", "24Gi", "pcie", Decimal("0.28"), 1),
    GpuModel("nvidia", "a16", "A16", "16Gi", "pcie", Decimal("0.22"), 2),
    GpuModel("nvidia", "a10", "A10", "24Gi", "pcie", Decimal("0.27"), 3),
    GpuModel("nvidia", "rtx6000ada", "RTX 6000 Ada", "48Gi", "pcie", Decimal("0.62"), 3),
    GpuModel("nvidia", "rtx4000ada", "RTX 4000 Ada", "20Gi", "pcie", Decimal("0.26"), 2),
    GpuModel("nvidia", "rtx2000eada", "RTX 2000E Ada", "16Gi", "pcie", Decimal("0.16"), 1),
    GpuModel("nvidia", "rtxa5000", "RTX A5000", "24Gi", "pcie", Decimal("0.32"), 3),
    GpuModel("nvidia", "rtxa4000", "RTX A4000", "16Gi", "pcie", Decimal("0.20"), 3),
    GpuModel("nvidia", "rtxa2000", "RTX A2000", "6Gi", "pcie", Decimal("0.10"), 1),
    GpuModel("nvidia", "rtx8000", "RTX 8000", "48Gi", "pcie", Decimal("0.34"), 2),
    GpuModel("nvidia", "rtx6000", "RTX 6000", "24Gi", "pcie", Decimal("0.24"), 1),
    GpuModel("nvidia", "rtx5000", "RTX 5000", "16Gi", "pcie", Decimal("0.18"), 1),
    GpuModel("nvidia", "rtx4000", "RTX 4000", "8Gi", "pcie", Decimal("0.12"), 1),
    GpuModel("nvidia", "rtx5080", "RTX 5080", "16Gi", "pcie", Decimal("0.34"), 2),
    GpuModel("nvidia", "rtx5070", "RTX 5070", "12Gi", "pcie", Decimal("0.23"), 1),
    GpuModel("nvidia", "rtx4080s", "RTX 4080 Super", "16Gi", "pcie", Decimal("0.30"), 2),
    GpuModel("nvidia", "rtx4080", "RTX 4080", "16Gi", "pcie", Decimal("0.28"), 3),
    GpuModel("nvidia", "rtx4070ti", "RTX 4070 Ti", "12Gi", "pcie", Decimal("0.22"), 2),
    GpuModel("nvidia", "rtx4070s", "RTX 4070 Super", "12Gi", "pcie", Decimal("0.21"), 1),
    GpuModel("nvidia", "rtx4070", "RTX 4070", "12Gi", "pcie", Decimal("0.19"), 3),
    GpuModel("nvidia", "rtx4060ti", "RTX 4060 Ti", "16Gi", "pcie", Decimal("0.15"), 3),
    GpuModel("nvidia", "rtx4060", "RTX 4060", "8Gi", "pcie", Decimal("0.11"), 2),
    GpuModel("nvidia", "rtx3090ti", "RTX 3090 Ti", "24Gi", "pcie", Decimal("0.38"), 1),
    GpuModel("nvidia", "rtx3080", "RTX 3080", "10Gi", "pcie", Decimal("0.19"), 4),
    GpuModel("nvidia", "rtx3070", "RTX 3070", "8Gi", "pcie", Decimal("0.14"), 3),
    GpuModel("nvidia", "rtx3060ti", "RTX 3060 Ti", "8Gi", "pcie", Decimal("0.12"), 3),
    GpuModel("nvidia", "rtx3060", "RTX 3060", "12Gi", "pcie", Decimal("0.11"), 3),
    GpuModel("nvidia", "rtx2080ti", "RTX 2080 Ti", "11Gi", "pcie", Decimal("0.14"), 2),
    GpuModel("nvidia", "rtx2080", "RTX 2080", "8Gi", "pcie", Decimal("0.12"), 1),
    GpuModel("nvidia", "rtx2070", "RTX 2070", "8Gi", "pcie", Decimal("0.10"), 1),
    GpuModel("nvidia", "rtx2060", "RTX 2060", "6Gi", "pcie", Decimal("0.08"), 1),
    GpuModel("nvidia", "gtx1080ti", "GTX 1080 Ti", "11Gi", "pcie", Decimal("0.09"), 3),
    GpuModel("nvidia", "gtx1080", "GTX 1080", "8Gi", "pcie", Decimal("0.07"), 1),
    GpuModel("nvidia", "gtx1070ti", "GTX 1070 Ti", "8Gi", "pcie", Decimal("0.07"), 1),
    GpuModel("nvidia", "gtx1070", "GTX 1070", "8Gi", "pcie", Decimal("0.06"), 1),
    GpuModel("nvidia", "gtx1660ti", "GTX 1660 Ti", "6Gi", "pcie", Decimal("0.06"), 1),
    GpuModel("nvidia", "v100", "V100", "16Gi", "sxm", Decimal("0.26"), 2),
    GpuModel("nvidia", "v100", "V100", "32Gi", "pcie", Decimal("0.34"), 1),
    GpuModel("nvidia", "p100", "P100", "16Gi", "pcie", Decimal("0.16"), 2),
    GpuModel("nvidia", "p4", "P4", "8Gi", "pcie", Decimal("0.08"), 1),
    GpuModel("nvidia", "p6000", "P6000", "24Gi", "pcie", Decimal("0.20"), 1),
    GpuModel("nvidia", "p5000", "P5000", "16Gi", "pcie", Decimal("0.14"), 1),
    GpuModel("amd", "mi60", "MI60", "32Gi", "pcie", Decimal("0.24"), 1),
)

#: GPU models that trial wallets may not rent (contract §14).
TRIAL_BLOCKED = frozenset(
    "b300 b200 h200 h100 pro6000se pro6000we a100 rtx5090 rtx4090 rtx3090".split()  # noqa: SIM905  # reads as a list
)

#: Invented companies: name and domain. A domain keeps the reserved ending `.example`, so no link leads anywhere.
#: The draws of the `default` and `small` fleets go by this list, so it never changes.
CLASSIC_COMPANIES = (
    ("Basalt Compute", "basalt-compute"),
    ("Copperline Hosting", "copperline"),
    ("Driftwood Cloud", "driftwood-cloud"),
    ("Emberfield Systems", "emberfield"),
    ("Fjordstack", "fjordstack"),
    ("Granite Peak Data", "granitepeak"),
    ("Harbour Nine", "harbournine"),
    ("Isotope Labs", "isotope-labs"),
    ("Juniper Ridge Cloud", "juniperridge"),
    ("Kelvin Racks", "kelvinracks"),
    ("Lantern GPU", "lantern-gpu"),
    ("Meridian Metal", "meridianmetal"),
    ("Nightjar Networks", "nightjar"),
    ("Orchard Compute", "orchardcompute"),
    ("Pinewood Servers", "pinewood"),
    ("Quartz Colo", "quartzcolo"),
    ("Redshift Valley", "redshiftvalley"),
    ("Saltmarsh Hosting", "saltmarsh"),
    ("Tundra Cloud", "tundracloud"),
    ("Umbra Compute", "umbra-compute"),
    ("Verdigris Data", "verdigris"),
    ("Windrose Hosting", "windrose"),
    ("Yarrow Systems", "yarrow"),
    ("Zephyr Racks", "zephyr-racks"),
)

#: All companies.
COMPANIES = (
    *CLASSIC_COMPANIES,
    ("Alder Point Cloud", "alderpoint"),
    ("Bluewater Racks", "bluewater-racks"),
    ("Cinder Cone Compute", "cindercone"),
    ("Dovetail Hosting", "dovetail-hosting"),
    ("Eastgate Metal", "eastgate-metal"),
    ("Foxglove Data", "foxglove-data"),
    ("Glacier Bay Systems", "glacierbay"),
    ("Hazel Grid", "hazelgrid"),
    ("Ironbark Compute", "ironbark"),
    ("Jade Harbour Cloud", "jadeharbour"),
    ("Kestrel GPU", "kestrel-gpu"),
    ("Limestone Networks", "limestone-networks"),
    ("Mistral Colo", "mistralcolo"),
    ("Northstar Silicon", "northstar-silicon"),
    ("Obsidian Stack", "obsidianstack"),
    ("Peregrine Servers", "peregrine-servers"),
    ("Quillfeather Data", "quillfeather"),
    ("Rowan Tree Hosting", "rowantree"),
    ("Sandpiper Cloud", "sandpiper"),
    ("Thistle Compute", "thistle-compute"),
    ("Upland Racks", "uplandracks"),
    ("Vermilion GPU", "vermilion-gpu"),
    ("Wolfram Cove", "wolframcove"),
    ("Yellowpine Metal", "yellowpine"),
)
