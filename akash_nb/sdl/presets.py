"""Sizes that people ask for, by name."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from akash_nb.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Preset:
    """What one replica gets.

    Attributes:
        label: For a button.
        cpu: CPUs.
        memory, storage: Such as `2Gi`.
        gpu: A model; `none` for none.
    """

    label: str
    cpu: int
    memory: str
    storage: str
    gpu: str = "none"

    def __str__(self) -> str:
        gpu = "" if self.gpu == "none" else f", 1 × {self.gpu}"
        return f"{self.cpu} CPU, {self.memory} memory, {self.storage} storage{gpu}"


#: The web Console's presets (August 2026), and one with a consumer's GPU.
PRESETS = MappingProxyType(
    {
        "web-small": Preset("Small web", 1, "2Gi", "10Gi"),
        "cpu-worker": Preset("CPU worker", 4, "16Gi", "50Gi"),
        "cpu-large": Preset("Large CPU", 16, "64Gi", "200Gi"),
        "gpu-small": Preset("T4", 4, "16Gi", "100Gi", "t4"),
        "gpu-consumer": Preset("RTX 4090", 8, "32Gi", "100Gi", "rtx4090"),
        "gpu-a100": Preset("A100", 8, "64Gi", "200Gi", "a100"),
        "gpu-h100": Preset("H100", 16, "128Gi", "400Gi", "h100"),
    }
)


def preset(name: str) -> Preset:
    """A preset by its name.

    Raises:
        InvalidInputError: There is none of that name.
    """
    if name not in PRESETS:
        raise InvalidInputError(
            f"There is no preset {name!r}.", means="Nothing was changed.", todo=f"There are: {', '.join(PRESETS)}."
        )
    return PRESETS[name]
