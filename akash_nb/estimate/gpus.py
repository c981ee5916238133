"""Which kinds of GPU will do, and what one of them costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from akash_nb.estimate.ranges import Range
from akash_nb.models import GPUPrice

#: A bid on several GPUs counts as one on one in the service's statistics, so that the highest price may be that of
#: eight: beyond this many times the median it is not believed.
_MOST_MEDIANS = 2


def gpu_kinds(models: Sequence[str], gpus: Iterable[GPUPrice]) -> tuple[GPUPrice, ...]:
    """The kinds of GPU that will do.

    Args:
        models: Such as `nvidia/model/a100/ram/80Gi`; none for any.
    """
    wishes = [_wish(model) for model in models] or [{}]
    return tuple(gpu for gpu in gpus if any(_will_do(gpu, wish) for wish in wishes))


def gpu_label(models: Sequence[str]) -> str:
    """The models that will do, for people: `nvidia/model/a100/ram/80Gi` -> `a100`, `*` -> `any`."""
    names = (_wish(model).get("model", "*").replace("*", "any") for model in models)
    return " or ".join(dict.fromkeys(names)) or "any"


def gpu_usd_hour(kinds: Sequence[GPUPrice]) -> Range | None:
    """US dollars per hour for one GPU of the kinds that will do: the usual price is that of the cheapest kind that is
    free, since that is what one would take."""
    free = [kind for kind in kinds if kind.available] or kinds
    found = [kind.price for kind in free if kind.price] or [kind.price for kind in kinds if kind.price]
    if not found:
        return None
    return Range(
        min(price.min_usd for price in found),
        min(price.median_usd for price in found),
        max(min(price.max_usd, _MOST_MEDIANS * price.median_usd) for price in found),
    )


def _wish(model: str) -> dict[str, str]:
    """`nvidia/model/a100/ram/80Gi` -> vendor nvidia, model a100, ram 80gi."""
    parts = ["vendor", *model.lower().split("/")]
    return dict(zip(parts[::2], parts[1::2], strict=False))


def _will_do(gpu: GPUPrice, wish: Mapping[str, str]) -> bool:
    has = {"vendor": gpu.vendor, "model": gpu.model, "ram": gpu.ram, "interface": gpu.interface}
    return all(_same(has.get(name, "").lower(), wanted) for name, wanted in wish.items())


def _same(has: str, wanted: str) -> bool:
    """Every generation of SXM counts as SXM (contract §6)."""
    return wanted in ("*", has) or (has.startswith("sxm") and wanted.startswith("sxm"))
