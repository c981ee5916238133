"""TabStrip: the tabs of a studio. The pages lie beside it in the same box; which one is seen is a matter of style."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import traitlets

from akash_nb.widgets.parts.base import SessionView, Target, asset


class TabStrip(SessionView):
    """One tab per page; arrow keys, Home and End go from one to the next.

    Args:
        target: Whose studio it is.
        tabs: Name -> label. The page of a name has the class `aknb-page-` and the name.
    """

    _esm = asset("tabs.js", "tablist.js")
    _css = asset("tabs.css", "tablist.css")

    selected = traitlets.Unicode(help="The name of the page that is seen; may be set.").tag(sync=True)

    def __init__(self, target: Target, tabs: Mapping[str, str]) -> None:
        self._tabs = dict(tabs)
        super().__init__(target, selected=next(iter(tabs)))
        self.be_quiet()

    @traitlets.validate("selected")
    def _one_of_them(self, proposal: Any) -> Any:
        if proposal["value"] not in self._tabs:
            raise traitlets.TraitError(f"There is no tab {proposal['value']!r}: one of {', '.join(self._tabs)}")
        return proposal["value"]

    def _pulse(self) -> None:
        """It shows nothing that would have to be read."""
        return

    def _failures(self) -> list[BaseException]:
        return [self._problem] if self._problem is not None else []

    def _picture(self) -> dict[str, Any]:
        return {"tabs": [{"name": name, "label": label} for name, label in self._tabs.items()]}
