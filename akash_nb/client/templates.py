"""The gallery of ready-made SDLs (contract §7); public."""

from __future__ import annotations

from typing import Any

from akash_nb.client.call import Call
from akash_nb.client.inputs import segment
from akash_nb.client.operation import C_co, Resource, operation
from akash_nb.models import Template, TemplateSummary


def list_all() -> Call[tuple[TemplateSummary, ...]]:
    """All templates, category by category, recommended and popular ones first in each."""
    return Call("listTemplates", "GET", "/v1/templates-list", _summaries)


def get(template_id: str) -> Call[Template]:
    """One template with its SDL.

    Raises:
        NotFoundError: No such template.
    """
    return Call("getTemplate", "GET", f"/v1/templates/{segment(template_id)}", Template.from_wire)


class Templates(Resource[C_co]):
    """The gallery of ready-made SDLs."""

    list = operation(list_all)
    get = operation(get)


def _summaries(value: Any) -> tuple[TemplateSummary, ...]:
    return tuple(
        TemplateSummary.from_wire(item, str(category["title"])) for category in value for item in category["templates"]
    )
