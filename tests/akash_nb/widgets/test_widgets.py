"""What all widgets have: nothing that a page must not have, and the same view however they came to it."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest

from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.session import Session
from akash_nb.widgets.bids.bid_table import BidTable
from akash_nb.widgets.editor.sdl_editor import SdlEditor
from akash_nb.widgets.editor.sdl_form import SdlForm
from akash_nb.widgets.life.lifecycle import LifecyclePanel
from akash_nb.widgets.studio import Studio
from mock_server import MOCK_API_KEY

WIDGETS = [LifecyclePanel, BidTable, SdlEditor, SdlForm]


@pytest.mark.parametrize("kind", WIDGETS)
def test_a_misspelt_keyword_is_an_error(session: Session[Client], kind: Any) -> None:
    with pytest.raises(TypeError, match="slection"):
        kind(session, slection=[])


@pytest.mark.parametrize("kind", WIDGETS)
def test_something_that_is_no_session_is_an_error(kind: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        kind("akash")


@pytest.mark.parametrize("kind", WIDGETS)
def test_a_view_is_json_and_has_no_key_in_it(
    session: Session[Client], deployment: Deployment[Client], kind: Any
) -> None:
    state = kind(session).get_state()

    assert MOCK_API_KEY not in json.dumps({k: v for k, v in state.items() if k not in ("layout",)}, default=str)


@pytest.mark.parametrize("kind", [*WIDGETS, Studio])
def test_a_saved_notebook_shows_a_dated_picture_without_scripts(
    session: Session[Client], deployment: Deployment[Client], kind: Any
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bundle = kind(session)._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle

    assert "MOCK" in data["text/plain"]
    assert "MOCK" in data["text/html"]
    assert "2026-01-05" in data["text/html"]
    assert "<script" not in data["text/html"]
    assert len(data["text/html"]) < 20_000


@pytest.mark.parametrize("kind", WIDGETS)
def test_a_new_widget_shows_the_same_as_one_that_followed(session: Session[Client], kind: Any) -> None:
    """Updating must equal creating."""
    followed = kind(session)
    deployment = session.deploy()
    deployment.wait_for_bids()
    deployment.lease()

    assert followed.view == kind(session).view


@pytest.mark.parametrize("kind", WIDGETS)
def test_a_closed_widget_follows_nobody(session: Session[Client], kind: Any) -> None:
    widget = kind(session)
    before = widget.view
    widget.close()
    widget.close()
    session.sdl = "other: text"
    session.deploy(WEB_SDL)

    assert widget.view == before
