"""What the simulated world is furnished with: regions, GPU models and what they cost, places, invented companies.

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


class Place(NamedTuple):
    """A city with data centres; `wide` is the free-form region name that older SDL files ask for."""

    city: str
    region: str
    region_code: str
    country: str
    country_code: str
    key: str
    wide: str
    timezone: str
    lat: str
    lon: str


PLACES = (
    Place("Portland", "Oregon", "OR", "United States", "US", "na-us-west", "us-west", "UTC-8", "45.52", "-122.68"),
    Place("San Jose", "California", "CA", "United States", "US", "na-us-west", "us-west", "UTC-8", "37.34", "-121.89"),
    Place("Phoenix", "Arizona", "AZ", "United States", "US", "na-us-southwest", "us-west", "UTC-7", "33.45", "-112.07"),
    Place("Dallas", "Texas", "TX", "United States", "US", "na-us-southwest", "us-central", "UTC-6", "32.78", "-96.80"),
    Place(
        "Chicago", "Illinois", "IL", "United States", "US", "na-us-midwest", "us-central", "UTC-6", "41.88", "-87.63"
    ),
    Place("Ashburn", "Virginia", "VA", "United States", "US", "na-us-southeast", "us-east", "UTC-5", "39.04", "-77.49"),
    Place(
        "Newark", "New Jersey", "NJ", "United States", "US", "na-us-northeast", "us-east", "UTC-5", "40.74", "-74.17"
    ),
    Place("Toronto", "Ontario", "ON", "Canada", "CA", "na-ca-central", "ca-central", "UTC-5", "43.65", "-79.38"),
    Place("Frankfurt", "Hesse", "HE", "Germany", "DE", "eu-central", "eu-central", "UTC+1", "50.11", "8.68"),
    Place("Falkenstein", "Saxony", "SN", "Germany", "DE", "eu-central", "eu-central", "UTC+1", "50.48", "12.37"),
    Place("Warsaw", "Mazovia", "MZ", "Poland", "PL", "eu-east", "eu-east", "UTC+1", "52.23", "21.01"),
    Place("Helsinki", "Uusimaa", "18", "Finland", "FI", "eu-north", "eu-north", "UTC+2", "60.17", "24.94"),
    Place("Amsterdam", "North Holland", "NH", "Netherlands", "NL", "eu-west", "eu-west", "UTC+1", "52.37", "4.90"),
    Place("London", "England", "ENG", "United Kingdom", "GB", "eu-west", "eu-west", "UTC+0", "51.51", "-0.13"),
    Place("Singapore", "Central", "01", "Singapore", "SG", "as-southeast", "ap-southeast", "UTC+8", "1.35", "103.82"),
    Place("Tokyo", "Tokyo", "13", "Japan", "JP", "as-east", "ap-northeast", "UTC+9", "35.68", "139.69"),
    Place("Sydney", "New South Wales", "NSW", "Australia", "AU", "oc-aus", "ap-south", "UTC+10", "-33.87", "151.21"),
    Place("Sao Paulo", "Sao Paulo", "SP", "Brazil", "BR", "sa-brazil", "sa-east", "UTC-3", "-23.55", "-46.63"),
)


class GpuModel(NamedTuple):
    """A GPU as the Console's catalogue names it. `usd_hour` is what a provider of average prices asks for one."""

    vendor: str
    model: str
    label: str
    ram: str
    interface: str
    usd_hour: Decimal
    weight: int


GPU_MODELS = (
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

#: GPU models that trial wallets may not rent (contract §14).
TRIAL_BLOCKED = frozenset(
    "b300 b200 h200 h100 pro6000se pro6000we a100 rtx5090 rtx4090 rtx3090".split()  # noqa: SIM905  # reads as a list
)

#: Invented companies: name and domain. A domain keeps the reserved ending `.example`, so no link leads anywhere.
COMPANIES = (
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
