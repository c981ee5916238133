"""What differs from what is deployed: in the editor change by change, and from code."""

from __future__ import annotations

from pathlib import Path

import pytest

from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.errors import InvalidInputError, SDLError
from akash_nb.session import Session
from akash_nb.widgets import SdlEditor


@pytest.fixture
def deployment(session: Session[Client]) -> Deployment[Client]:
    return session.deploy()


def test_without_a_deployment_there_is_nothing_to_compare(session: Session[Client]) -> None:
    assert SdlEditor(session).view["diff"] is None


def test_the_text_that_is_deployed_is_said_to_be_that(session: Session[Client], deployment: Deployment[Client]) -> None:
    session.sdl = "# a remark is no difference\n" + WEB_SDL
    diff = SdlEditor(session).view["diff"]

    assert (diff["title"], diff["changes"]) == (f"As it is deployed in deployment {deployment.dseq}.", [])


def test_each_change_says_what_it_takes(session: Session[Client], deployment: Deployment[Client]) -> None:
    editor = SdlEditor(session)
    editor.value = WEB_SDL.replace("1.27", "1.28")
    assert editor.view["diff"]["title"] == f"Against deployment {deployment.dseq}: 1 change: in place"
    assert editor.view["diff"]["todo"] == "Update sends it: the lease and its price stay."

    editor.value = WEB_SDL.replace("1.27", "1.28").replace("units: 0.5", "units: 1")
    assert [(change["text"], change["takes"]) for change in editor.view["diff"]["changes"]] == [
        ("~ /services/web/image: nginx:1.27 -> nginx:1.28", "in place"),
        ("~ /profiles/compute/web/resources/cpu/units: 0.5 -> 1", "needs a new deployment"),
    ]
    assert "create a new deployment" in editor.view["diff"]["todo"]


def test_after_an_update_it_is_compared_with_what_was_sent(
    session: Session[Client], deployment: Deployment[Client]
) -> None:
    deployment.wait_for_bids()
    deployment.lease()
    session.sdl = WEB_SDL.replace("1.27", "1.28")
    editor = SdlEditor(session)
    assert editor.view["diff"]["changes"]
    deployment.update(session.sdl)

    assert editor.view["diff"]["changes"] == []
    deployment.close()
    assert editor.view["diff"] is None


def test_a_text_with_errors_is_compared_later(session: Session[Client], deployment: Deployment[Client]) -> None:
    session.sdl = "version: ["

    assert "when the text has no errors" in SdlEditor(session).view["diff"]["title"]


def test_secrets_are_dots(session: Session[Client], deployment: Deployment[Client]) -> None:
    session.sdl = WEB_SDL.replace("    expose:", "    env:\n      - PASSWORD=hunter22\n    expose:")
    editor = SdlEditor(session)

    assert "PASSWORD" in str(editor.view["diff"])
    assert "hunter22" not in str(editor.view["diff"])


def test_from_code_a_deployment_tells_what_differs(
    session: Session[Client], deployment: Deployment[Client], tmp_path: Path
) -> None:
    assert not deployment.diff()
    session.sdl = WEB_SDL.replace("1.27", "1.28")
    assert deployment.diff().in_place
    file = tmp_path / "other.yaml"
    file.write_text(WEB_SDL.replace("count: 1", "count: 2"))
    assert not deployment.diff(file).in_place
    with pytest.raises(SDLError):
        deployment.diff("version: '2.0'\nservices: {}\n")


def test_what_was_created_elsewhere_cannot_be_compared(
    session: Session[Client], deployment: Deployment[Client]
) -> None:
    deployment.sdl = ""

    assert "created elsewhere" in SdlEditor(session).view["diff"]["title"]
    with pytest.raises(InvalidInputError, match="created elsewhere"):
        deployment.diff()
