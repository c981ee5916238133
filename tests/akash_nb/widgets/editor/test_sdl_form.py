"""The form without a browser: in step with the text both ways, and nothing typed is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.errors import InvalidInputError
from akash_nb.sdl import scaffold
from akash_nb.sdl.rows import Port
from akash_nb.sdl.storage import Volume
from akash_nb.session import Session
from akash_nb.widgets import SdlForm, Workbench


@pytest.fixture
def form(session: Session[Client]) -> SdlForm:
    return SdlForm(session)


def press(form: SdlForm, button: str, /, **values: Any) -> None:
    """What the page sends."""
    form._on_message(None, {"press": button, "with": values}, None)


def field(form: SdlForm, name: str) -> dict[str, Any]:
    return next(f for group in form.view["groups"] for f in group["fields"] if f["name"] == name)


def table(form: SdlForm, name: str) -> dict[str, Any]:
    return next(t for group in form.view["groups"] for t in group["tables"] if t["name"] == name)


def cells(form: SdlForm, name: str) -> list[list[Any]]:
    return [[cell["value"] for cell in row["cells"]] for row in table(form, name)["rows"]]


def test_a_value_set_from_code_is_in_the_text_and_in_the_page(session: Session[Client], form: SdlForm) -> None:
    form.set("cpu", 2)

    assert session.sdl == WEB_SDL.replace("units: 0.5", "units: 2")
    assert field(form, "cpu")["value"] == "2"
    assert form.values["cpu"] == 2
    assert form.view["said"] == "CPU: 2."


def test_a_value_typed_in_the_page_is_in_the_text(session: Session[Client], form: SdlForm) -> None:
    press(form, "set", name="image", value="nginx:1.28")
    press(form, "set", name="region", value="eu-west")

    assert "image: nginx:1.28" in session.sdl
    assert "location-region: eu-west" in session.sdl


def test_the_form_follows_the_text(session: Session[Client], form: SdlForm) -> None:
    session.sdl = WEB_SDL.replace("512Mi", "2Gi").replace("count: 1", "count: 3")

    assert (field(form, "memory")["value"], field(form, "count")["value"]) == ("2Gi", "3")


def test_what_cannot_be_used_stays_in_its_field_with_the_reason(session: Session[Client], form: SdlForm) -> None:
    press(form, "set", name="cpu", value="many")
    session.sdl = session.sdl.replace("count: 1", "count: 2")  # what else happens does not take it away
    assert (field(form, "cpu")["value"], field(form, "cpu")["error"]) == (
        "many",
        "'many' is no number of CPUs, such as 0.5 or \"500m\".",
    )
    assert "units: 0.5" in session.sdl
    assert form.view["error"] is None

    press(form, "set", name="cpu", value="2")
    assert (field(form, "cpu")["value"], field(form, "cpu")["error"]) == ("2", "")


def test_typing_the_present_value_again_takes_the_error_away(session: Session[Client], form: SdlForm) -> None:
    press(form, "set", name="cpu", value="many")
    press(form, "set", name="cpu", value="0.5")

    assert (session.sdl, field(form, "cpu")["error"]) == (WEB_SDL, "")


def test_escape_gives_the_present_value_back(form: SdlForm) -> None:
    press(form, "set", name="cpu", value="many")
    press(form, "reset", place=["cpu"])

    assert (field(form, "cpu")["value"], field(form, "cpu")["error"]) == ("0.5", "")


def test_code_gets_an_error_and_the_page_does_not_show_it(session: Session[Client], form: SdlForm) -> None:
    with pytest.raises(InvalidInputError, match="no number of CPUs"):
        form.set("cpu", "many")

    assert (session.sdl, field(form, "cpu")["error"]) == (WEB_SDL, "")


def test_a_text_that_cannot_be_read_stops_the_form_and_keeps_what_it_shows(
    session: Session[Client], form: SdlForm
) -> None:
    press(form, "set", name="cpu", value="many")
    session.sdl = WEB_SDL.replace("version:", "version: [")

    assert form.view["obstacle"].startswith("Line ")
    assert field(form, "cpu")["value"] == "many"
    assert form.values == {}
    with pytest.raises(InvalidInputError, match="The form cannot read the SDL"):
        form.set("cpu", 2)
    session.sdl = WEB_SDL
    assert (form.view["obstacle"], field(form, "cpu")["value"]) == ("", "many")


def test_ports_are_added_changed_and_removed(session: Session[Client], form: SdlForm) -> None:
    press(form, "add", name="ports", values={"port": "53", "external": "", "proto": "udp", "is_global": True})
    assert cells(form, "ports") == [["80", "80", "tcp", True], ["53", "53", "udp", True]]

    press(form, "cell", name="ports", index=1, part="port", was="53", value="5353")
    press(form, "cell", name="ports", index=1, part="is_global", was="5353", value=False)
    assert form.values["ports"][1] == Port(5353, 53, "udp", is_global=False)

    press(form, "remove", name="ports", index=1, was="5353")
    assert session.sdl == WEB_SDL


def test_volumes_are_added_changed_and_removed(session: Session[Client], form: SdlForm) -> None:
    blank = {"name": "", "size": "10Gi", "storage_class": "beta2", "mount": ""}
    press(form, "add", name="volumes", values=blank)
    press(form, "add", name="volumes", values=blank | {"size": "1Gi", "storage_class": "ram", "mount": " /dev/shm "})
    assert cells(form, "volumes") == [["data", "10Gi", "beta2", "/data"], ["data2", "1Gi", "ram", "/dev/shm"]]

    press(form, "cell", name="volumes", index=1, part="name", was="data2", value="shm")
    press(form, "cell", name="volumes", index=0, part="storage_class", was="data", value="beta3")
    assert form.values["volumes"] == (
        Volume("10Gi", "data", "beta3", "/data"),
        Volume("1Gi", "shm", "ram", "/dev/shm"),
    )
    assert "Volumes changed." in form.view["said"]
    assert dict(form._still().facts)["Volumes"] == "data 10Gi beta3 at /data, shm 1Gi ram at /dev/shm"

    press(form, "remove", name="volumes", index=1, was="shm")
    press(form, "remove", name="volumes", index=0, was="data")
    assert session.sdl == WEB_SDL.replace("          size: 1Gi", "          - size: 1Gi")


def test_a_volume_that_cannot_be_used_keeps_what_was_typed(session: Session[Client], form: SdlForm) -> None:
    typed = {"name": "more", "size": "lots", "storage_class": "beta2", "mount": ""}
    press(form, "add", name="volumes", values=typed)
    assert table(form, "volumes")["new"]["values"] == typed
    assert "'lots' is no size" in table(form, "volumes")["new"]["error"]

    form.set("volumes", ["10Gi", "20Gi"])
    press(form, "cell", name="volumes", index=1, part="mount", was="data2", value="/data")
    assert cells(form, "volumes")[1][3] == "/data"
    assert "where another volume is" in table(form, "volumes")["rows"][1]["cells"][3]["error"]
    assert form.values["volumes"][1].mount == "/data2"


def test_a_volume_that_cannot_be_changed_alone_says_why(session: Session[Client], form: SdlForm) -> None:
    form.set("volumes", ["10Gi", "20Gi"])
    session.sdl = (
        session.sdl.replace("size: 512Mi", "size: &big 10Gi")
        .replace("size: 10Gi", "size: *big")
        .replace("mount: /data2", "mount: /data2\n          readOnly: true")
    )
    first, second = table(form, "volumes")["rows"]

    assert (first["locked"], first["note"]) == (
        True,
        "Shared by the anchor &big with other places. Change it in the text.",
    )
    assert (second["locked"], second["note"]) == (False, "mounted read-only")


def test_a_cell_that_cannot_be_used_keeps_what_was_typed(session: Session[Client], form: SdlForm) -> None:
    press(form, "cell", name="ports", index=0, part="port", was="80", value="70000")

    assert cells(form, "ports")[0][0] == "70000"
    assert "no port" in table(form, "ports")["rows"][0]["cells"][0]["error"]
    assert session.sdl == WEB_SDL


def test_a_new_row_that_cannot_be_used_keeps_what_was_typed(session: Session[Client], form: SdlForm) -> None:
    press(form, "add", name="env", values={"name": "1A", "value": "x"})
    assert table(form, "env")["new"]["values"] == {"name": "1A", "value": "x"}
    assert "no name of a variable" in table(form, "env")["new"]["error"]

    press(form, "add", name="env", values={"name": "A", "value": "x y"})
    assert (cells(form, "env"), table(form, "env")["new"]) == ([["A", "x y"]], {"values": {}, "error": ""})


def test_a_row_that_is_another_one_by_now_is_not_changed(session: Session[Client], form: SdlForm) -> None:
    form.set("env", {"A": 1, "B": 2})
    text = session.sdl
    press(form, "remove", name="env", index=0, was="B")

    assert session.sdl == text
    assert "changed meanwhile" in form.view["error"]["what"]


def test_values_of_variables_that_look_secret_are_not_in_the_page_until_asked_for(
    session: Session[Client], form: SdlForm
) -> None:
    form.set("env", {"DB_PASSWORD": "hunter22", "URL": "pg://me:hunter23@db/x", "MODE": "plain"})
    page = json.dumps(form.view)
    assert "hunter" not in page
    assert "plain" in page
    assert [row["cells"][1]["secret"] for row in table(form, "env")["rows"]] == ["hidden", "hidden", ""]

    press(form, "reveal", name="DB_PASSWORD")
    assert cells(form, "env")[0] == ["DB_PASSWORD", "hunter22"]
    assert "hunter23" not in json.dumps(form.view)
    still = form._still()
    assert "hunter" not in still.html() + still.text()
    press(form, "reveal", name="DB_PASSWORD")
    assert "hunter" not in json.dumps(form.view)


def test_a_secret_that_cannot_be_used_does_not_come_back_into_the_page(form: SdlForm) -> None:
    form.set("env", {"API_KEY": "hunter22"})
    press(form, "cell", name="env", index=0, part="value", was="API_KEY", value="hunter23\ud800")
    page = json.dumps(form.view)

    assert "hunter" not in page
    assert table(form, "env")["rows"][0]["cells"][1]["error"]


def test_a_preset_changes_the_sizes_and_says_that_the_price_went_up(session: Session[Client], form: SdlForm) -> None:
    form.preset("gpu-small")

    assert (form.values["cpu"], form.values["memory"], form.values["gpu_models"]) == (4, "16Gi", ("t4",))
    assert "went from 1000 to" in form.view["said"]
    assert [p["name"] for p in form.view["presets"] if p["active"]] == ["gpu-small"]
    form.preset("web-small")
    assert form.view["said"] == "Sizes changed."
    with pytest.raises(InvalidInputError, match="no preset 'huge'"):
        form.preset("huge")


def test_the_price_is_shown_per_block_per_hour_and_per_month(form: SdlForm) -> None:
    assert field(form, "max_price")["value"] == "1000"
    assert field(form, "max_price")["hint"] == "uact: at most $0.60/h, $438.29/month"
    form.set("max_price", "$1/h")
    assert "at most $1.00/h" in field(form, "max_price")["hint"]


def test_each_service_has_its_own_values(session: Session[Client]) -> None:
    session.sdl = scaffold("multi-service")
    form = SdlForm(session)
    assert form.view["services"] == ["app", "db"]
    press(form, "service", name="db")
    press(form, "set", name="memory", value="4Gi")

    assert form.values["memory"] == "4Gi"
    assert SdlForm(session, service="app").values["memory"] == "1Gi"
    assert form.view["groups"][-1]["note"] == "Its placement is also that of app, which changes with it."


def test_a_service_that_is_gone_gives_way_to_the_first(session: Session[Client]) -> None:
    session.sdl = scaffold("multi-service")
    form = SdlForm(session, service="db")
    session.sdl = WEB_SDL

    assert form.view["service"] == "web"


def test_a_value_behind_an_anchor_is_read_only_with_the_reason(session: Session[Client], form: SdlForm) -> None:
    session.sdl = WEB_SDL.replace("size: 512Mi", "size: &s 512Mi").replace("size: 1Gi", "size: *s")

    assert "anchor &s" in field(form, "memory")["locked"]
    assert field(form, "cpu")["locked"] == ""


def test_the_static_picture_tells_the_values(form: SdlForm) -> None:
    facts = dict(form._still().facts)

    assert facts["CPU"] == "0.5"
    assert facts["Ports"] == "80/tcp"
    assert "$438.29/month" in facts["Most per block, each replica"]


def test_an_empty_session_says_what_to_do(session: Session[Client]) -> None:
    session.sdl = ""
    form = SdlForm(session)

    assert (form.view["obstacle"], form.view["groups"]) == ("There is no SDL yet.", [])
    assert form._still().facts


def test_editor_and_form_are_one_view_with_one_text(session: Session[Client]) -> None:
    bench = Workbench(session)
    bench.form.set("cpu", 3)
    assert "units: 3" in bench.editor.value
    bench.editor.value = WEB_SDL
    assert bench.form.values["cpu"] == 0.5
    bench.close()
    assert bench.form.comm is None


def test_a_form_is_of_a_session(session: Session[Client]) -> None:
    with pytest.raises(TypeError, match="SdlForm shows the SDL of a Session"):
        SdlForm("text")  # type: ignore[arg-type]


def test_spaces_that_were_pasted_with_a_value_are_no_part_of_it(session: Session[Client]) -> None:
    form = SdlForm(session)
    press(form, "set", name="image", value=" nginx:1.28\n")
    press(form, "set", name="cpu", value=" 2 ")

    assert (form.values["image"], form.values["cpu"]) == ("nginx:1.28", 2)
    assert (field(form, "image")["error"], field(form, "cpu")["error"]) == ("", "")
