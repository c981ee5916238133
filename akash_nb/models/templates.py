"""The gallery of ready-made SDLs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from akash_nb.models.wire import Json, text


@dataclass(frozen=True, slots=True)
class TemplateSummary:
    """One template of the gallery; `tags` may hold `recommended` and `popular`."""

    id: str
    name: str
    summary: str
    logo_url: str
    category: str
    tags: tuple[str, ...]

    @classmethod
    def from_wire(cls, value: Json, category: str = "") -> Self:
        return cls(
            id=str(value["id"]),
            name=str(value["name"]),
            summary=text(value.get("summary")),
            logo_url=text(value.get("logoUrl")),
            category=category,
            tags=tuple(map(str, value.get("tags") or ())),
        )


@dataclass(frozen=True, slots=True)
class Template:
    """A template in full. Its texts were written by others: escape them wherever they are shown.

    Attributes:
        sdl: The SDL as YAML text.
        readme: Markdown.
        guide: Markdown for first steps; empty when there is none.
        needs_ssh_key: Whether the service runs with an SSH key of the user's.
    """

    id: str
    name: str
    summary: str
    logo_url: str
    sdl: str
    readme: str
    guide: str
    github_url: str
    has_persistent_storage: bool
    needs_ssh_key: bool

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(
            id=str(value["id"]),
            name=str(value["name"]),
            summary=text(value.get("summary")),
            logo_url=text(value.get("logoUrl")),
            sdl=str(value["deploy"]),
            readme=text(value.get("readme")),
            guide=text(value.get("guide")),
            github_url=text(value.get("githubUrl")),
            has_persistent_storage=bool(value.get("persistentStorageEnabled")),
            needs_ssh_key=bool((value.get("config") or {}).get("ssh")),
        )
