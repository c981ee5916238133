"""Views that offer regions and GPUs by name: the service's own once it has answered, a bundled list until then."""

from __future__ import annotations

from concurrent.futures import Future

import traitlets

from akash_nb.widgets.background.catalogue import BUNDLED, Catalogue
from akash_nb.widgets.parts.base import SessionView


class OfferingView(SessionView):
    """Base of the widgets with a `catalogue`; the service is asked when somebody first looks."""

    catalogue = traitlets.Dict(BUNDLED, help="Regions and GPUs that are offered.").tag(sync=True)

    _has_asked = False

    def _beat(self, view: str) -> None:
        super()._beat(view)
        if not self._has_asked:
            self._has_asked = True
            self.desk.catalogue(self.session).add_done_callback(self._take_catalogue)

    def _take_catalogue(self, answer: Future[Catalogue]) -> None:
        if not (answer.cancelled() or answer.exception() or self._is_closed):
            self.catalogue = answer.result()
