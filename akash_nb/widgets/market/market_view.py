"""The market as its view draws it: pure functions from frames and filters to JSON-ready values.

Filters act on all three: a GPU model narrows the board, the regions and the providers to it; a region likewise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from akash_nb.errors import InvalidInputError
from akash_nb.models import Region
from akash_nb.money import format_usd, format_usd_column
from akash_nb.units import counted

if TYPE_CHECKING:
    import pandas as pd

#: Providers in the page at a time; the rest is a page away.
PAGE = 50

#: Column of the provider table -> (heading, kind).
COLUMNS: dict[str, tuple[str, str]] = {
    "provider": ("Provider", "text"),
    "region": ("Region", "text"),
    "country": ("Country", "text"),
    "audited": ("Audited", "text"),
    "uptime_7d": ("Uptime 7 d", "number"),
    "vcpu_free": ("vCPU free", "number"),
    "memory_gb_free": ("GB memory free", "number"),
    "storage_gb_free": ("GB storage free", "number"),
    "gpus_free": ("GPUs free", "number"),
    "gpu_models": ("GPU models", "text"),
    "organization": ("Organization", "text"),
}

UNKNOWN = "not stated"

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filters:
    """What is shown.

    Attributes:
        model: Short name of a GPU model such as `rtx4090`; empty for all.
        region: A region such as `us-west`; empty for all.
        audited, online: Those only.
        text: Words to look for in the provider's texts.
    """

    model: str = ""
    region: str = ""
    audited: bool = False
    online: bool = False
    text: str = ""

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Filters:
        """Filters from a dict.

        Raises:
            InvalidInputError: An unknown name, or a value of another kind.
        """
        for name, value in values.items():
            usual = getattr(cls(), name, None) if name in cls.__slots__ else None
            if usual is None or not isinstance(value, type(usual)):
                raise InvalidInputError(
                    f"{name!r}: {value!r} is no filter.",
                    means="The filters stay as they were.",
                    todo="Give model, region and text as text, audited and online as True or False.",
                )
        return cls(**values)

    def match(self, provider: Record) -> bool:
        """This provider is shown."""
        texts = (provider[name] or "" for name in ("provider", "region", "country", "organization", "gpu_models"))
        return (
            (not self.model or self.model in models_of(provider))
            and (not self.region or self.region == region_of(provider))
            and (not self.audited or bool(provider["audited"]))
            and (not self.online or bool(provider["online"]))
            and (not self.text or self.text.strip().lower() in " ".join(texts).lower())
        )


def records(frame: pd.DataFrame | None) -> list[Record]:
    """The rows of a frame; None is a missing value."""
    if frame is None:
        return []
    found: list[Any] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return found


def models_of(provider: Record) -> list[str]:
    return str(provider["gpu_models"] or "").split(", ")


def region_of(provider: Record) -> str:
    return provider["region"] or UNKNOWN


def board(gpus: Sequence[Record], providers: Sequence[Record], filters: Filters) -> list[dict[str, Any]]:
    """One row per kind of GPU, the most wanted facts first: price range, free of total. Its figures are those of the
    whole network; with a filter on providers, only the kinds that these have are left."""
    narrowed = filters.region or filters.audited or filters.online or filters.text
    there = {model for provider in providers for model in models_of(provider)}
    kinds = [
        gpu
        for gpu in gpus
        if (not filters.model or gpu["model"] == filters.model) and (not narrowed or gpu["model"] in there)
    ]
    top = max((gpu["usd_hour_max"] or 0.0 for gpu in gpus), default=0.0) or 1.0
    kinds.sort(key=lambda gpu: (gpu["usd_hour"] is None, -(gpu["usd_hour"] or 0.0), gpu["model"]))
    medians = format_usd_column(gpu["usd_hour"] for gpu in kinds)
    return [_kind(gpu, median, top) for gpu, median in zip(kinds, medians, strict=True)]


def regions(known: Sequence[Region], providers: Sequence[Record]) -> list[dict[str, Any]]:
    """One row per region that has a provider, most providers first: how many are online, what they have free."""
    names = {region.key: region.description for region in known}
    groups: dict[str, list[Record]] = {}
    for provider in providers:
        groups.setdefault(region_of(provider), []).append(provider)
    rows = [
        {
            "key": key,
            "name": names.get(key) or key,
            "online": sum(bool(one["online"]) for one in inside),
            "providers": len(inside),
            "vcpu_free": _amount(_sum(one["vcpu_free"] for one in inside if one["online"])),
            "gpus_free": _amount(_sum(one["gpus_free"] for one in inside if one["online"])),
        }
        for key, inside in groups.items()
    ]
    return sorted(rows, key=lambda row: (-int(row["online"]), str(row["key"])))


def ordered(providers: Sequence[Record], column: str, *, down: bool) -> list[Record]:
    """Sorted by a column; what is not known comes last either way."""
    known = [provider for provider in providers if provider[column] is not None]
    unknown = [provider for provider in providers if provider[column] is None]

    def value(provider: Record) -> Any:
        found = provider[column]
        return found.lower() if isinstance(found, str) else found

    return sorted(known, key=value, reverse=down) + unknown


def row(provider: Record) -> dict[str, Any]:
    """A provider as the table shows it."""
    uptime = provider["uptime_7d"]
    cells = {name: provider[name] or "–" for name in ("country", "gpu_models", "organization")}
    return {
        "key": provider["address"],
        "online": bool(provider["online"]),
        "cells": cells
        | {
            "provider": provider["provider"].removeprefix("provider."),
            "region": region_of(provider),
            "audited": "–" if provider["audited"] is None else "✓" if provider["audited"] else "no",
            "uptime_7d": "–" if uptime is None else f"{uptime:.2%}",
            **{f"{name}_free": _free_of(provider, name) for name in ("vcpu", "memory_gb", "storage_gb", "gpus")},
        },
    }


def detail(provider: Record | None) -> dict[str, Any] | None:
    """All that is known of one provider; None without one."""
    if provider is None:
        return None
    seen = provider["last_online_at"]
    facts = {
        "Address": provider["address"],
        "State": "online" if provider["online"] else "offline",
        "Last seen": f"{seen:%Y-%m-%d %H:%M} UTC" if seen is not None else "never",
        "Where": ", ".join(filter(None, (provider["city"], provider["country"], provider["region"]))) or "–",
        "Organization": provider["organization"] or "–",
        "Audited": {True: "yes", False: "no"}.get(provider["audited"], "–"),
        "Uptime 1, 7, 30 days": " · ".join(_share(provider[f"uptime_{days}d"]) for days in (1, 7, 30)),
        "Leases": _amount(provider["leases"]),
        "GPU models": provider["gpu_models"] or "none",
        "Persistent GB free": _free_of(provider, "persistent_gb"),
        "E-mail": provider["email"] or "–",
        "Version": provider["akash_version"] or "–",
    }
    rows = [{"label": label, "value": value} for label, value in facts.items()]
    return {"key": provider["address"], "title": provider["provider"], "rows": rows, "website": provider["website"]}


def market_view(
    gpus: pd.DataFrame | None,
    providers: pd.DataFrame | None,
    known: Sequence[Region],
    filters: Filters,
    *,
    sort: tuple[str, bool],
    page: int,
    selection: str,
) -> dict[str, Any]:
    """Everything the view shows of what was read."""
    kinds, everybody = records(gpus), records(providers)
    found = [provider for provider in everybody if filters.match(provider)]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(page, 0), pages - 1)
    selected = next((provider for provider in everybody if provider["address"] == selection), None)
    return {
        "title": title(everybody, found),
        "board": board(kinds, found, filters),
        "regions": regions(known, found),
        "columns": [{"id": name, "label": label, "kind": kind} for name, (label, kind) in COLUMNS.items()],
        "rows": [row(provider) for provider in ordered(found, sort[0], down=sort[1])[page * PAGE : (page + 1) * PAGE]],
        "found": len(found),
        "page": page,
        "pages": pages,
        "sort": {"id": sort[0], "down": sort[1]},
        "models": sorted({gpu["model"] for gpu in kinds}),
        "all_regions": sorted({region_of(provider) for provider in everybody}),
        "filters": {name: getattr(filters, name) for name in Filters.__slots__},
        "detail": detail(selected),
        "note": _note(providers),
    }


def title(everybody: Sequence[Record], found: Sequence[Record]) -> str:
    """`61 of 70 providers online`, or how many the filters leave."""
    if everybody and not found:
        return f"None of {counted(len(everybody), 'provider')}"
    online = sum(bool(provider["online"]) for provider in found)
    of = f", of {len(everybody)}" if len(found) < len(everybody) else ""
    return f"{online} of {counted(len(found), 'provider')} online{of}"


def _kind(gpu: Record, median: str, top: float) -> dict[str, Any]:
    low, middle, high = gpu["usd_hour_min"], gpu["usd_hour"], gpu["usd_hour_max"]
    has_price = middle is not None
    return {
        "key": " ".join(str(gpu[name]) for name in ("vendor", "model", "ram", "interface")),
        "model": gpu["model"],
        "memory": gpu["ram"] or "–",
        "interface": gpu["interface"] or "–",
        "median": median if has_price else "no bids",
        "range": f"{format_usd(low)} to {format_usd(high)}" if has_price else "none in 31 days",
        "bar": [low / top, middle / top, high / top] if has_price else None,
        "free": f"{_amount(gpu['gpus_free'])} of {_amount(gpu['gpus_total'])}",
        "share": gpu["gpus_free"] / gpu["gpus_total"] if gpu["gpus_total"] else 0.0,
        "providers": f"{_amount(gpu['providers_free'])} of {_amount(gpu['providers'])}",
    }


def _note(frame: pd.DataFrame | None) -> str:
    if frame is None:
        return ""
    return f"as of {datetime.fromisoformat(frame.attrs['as_of']):%Y-%m-%d %H:%M:%S} UTC · GPU prices up to 15 min older"


def _amount(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _free_of(provider: Record, name: str) -> str:
    return f"{_amount(provider[f'{name}_free'])} of {_amount(provider[f'{name}_total'])}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"


def _sum(values: Iterable[float | None]) -> float:
    return sum(value for value in values if value is not None)
