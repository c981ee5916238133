"""The volumes of a service: added, changed and taken away in both places where they stand, and nothing else moves."""

from __future__ import annotations

from typing import Any

import pytest

from akash_nb.errors import InvalidInputError
from akash_nb.sdl import compile as compile_sdl
from akash_nb.sdl import resources
from akash_nb.sdl.fields import obstacle, services
from akash_nb.sdl.presets import PRESETS
from akash_nb.sdl.storage import Volume
from tests.akash_nb.sdl.conftest import HELLO
from tests.akash_nb.sdl.test_fields import CORPUS, lines, service

DATA = Volume("10Gi", "data", "beta2", "/data")
SHM = Volume("1Gi", "shm", "ram", "/dev/shm")
CACHE = Volume("2Gi", "cache", "", "/cache")
ALL = (DATA, SHM, CACHE)


def rows(text: str, name: str = "") -> tuple[Volume, ...]:
    found = service(text, name).fields["volumes"].value
    assert isinstance(found, tuple)
    return found


def with_all() -> str:
    return service(HELLO).changed({"volumes": ALL})


def in_storage(lines: str, text: str = HELLO) -> str:
    """The text with these lines as the storage of its only profile."""
    before, _, after = text.partition("        storage:\n          size: 512Mi\n")
    return f"{before}        storage:{lines}\n{after}"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared SDL corpus is not here")
def test_in_every_real_file_a_volume_comes_changes_and_goes_and_the_verdict_stays() -> None:
    tried = 0
    for file in sorted(CORPUS.glob("*.y*ml"))[::6]:
        text = file.read_bytes().decode()
        sdl = compile_sdl(text)
        for name in () if obstacle(sdl) else services(sdl):
            field = service(text, name).fields["volumes"]
            if field.locked:
                continue
            more = service(text, name).changed({"volumes": [*field.value, "10Gi", Volume("1Gi", storage_class="ram")]})
            assert compile_sdl(more).ok == sdl.ok, (file.name, name)
            assert [row.size for row in rows(more, name)] == [*(row.size for row in field.value), "10Gi", "1Gi"]
            *kept, _disk, ram = rows(more, name)
            other = Volume("20Gi", "else", "beta1", "/else")
            moved = service(more, name).changed({"volumes": [*kept, other, ram]})
            assert (rows(moved, name), compile_sdl(moved).ok) == ((*kept, other, ram), sdl.ok), (file.name, name)
            if kept or service(text, name).fields.get("storage"):
                gone = service(moved, name).changed({"volumes": kept})
                assert rows(gone, name) == field.value, (file.name, name)
                assert compile_sdl(gone).groups == sdl.groups, (file.name, name)
            tried += 1

    assert tried > 40


def test_a_volume_comes_with_its_place_and_goes_with_it_and_comments_stay() -> None:
    text = HELLO.replace("size: 512Mi\n", "size: 512Mi  # enough\n")
    changed = service(text).changed({"volumes": ["10Gi"]})

    assert compile_sdl(changed).ok
    assert rows(changed) == (DATA,)
    assert changed.count("# enough") == text.count("# enough") > 0
    assert service(changed).fields["storage"] == service(text).fields["storage"]
    gone = service(changed).changed({"volumes": []})
    assert "params" not in gone
    assert gone.count("# enough") == text.count("# enough")
    assert [group.persistent_bytes for group in resources(compile_sdl(gone))] == [0]


def test_a_second_one_has_a_name_and_a_place_of_its_own() -> None:
    changed = service(HELLO).changed({"volumes": ["10Gi", "20Gi", Volume("1Gi", "logs")]})

    assert compile_sdl(changed).ok
    assert rows(changed) == (DATA, Volume("20Gi", "data2", "beta2", "/data2"), Volume("1Gi", "logs", "beta2", "/logs"))
    assert resources(compile_sdl(changed))[0].persistent_bytes == 31 * 2**30


def test_memory_as_a_volume_is_not_persistent_and_one_without_class_is_part_of_the_room() -> None:
    text = with_all()
    assert compile_sdl(text).ok
    assert compile_sdl(text).warnings == compile_sdl(HELLO).warnings

    assert rows(text) == ALL
    storage = compile_sdl(text).groups[0]["resources"][0]["resource"]["storage"]
    assert [{each["key"]: each["value"] for each in volume.get("attributes", ())} for volume in storage] == [
        {},
        {"class": "beta2", "persistent": "true"},
        {"class": "ram", "persistent": "false"},
        {},
    ]
    assert service(text).fields["storage"].value == "512Mi"


@pytest.mark.parametrize(
    ("wanted", "changes"),
    [
        ((DATA._replace(size="20Gi"), SHM, CACHE), ["- size: 10Gi", "+ size: 20Gi"]),
        ((DATA._replace(mount="/srv"), SHM, CACHE), ["- mount: /data", "+ mount: /srv"]),
        ((DATA._replace(storage_class="beta3"), SHM, CACHE), ["- class: beta2", "+ class: beta3"]),
        (
            (DATA._replace(storage_class="ram"), SHM, CACHE),
            ["- class: beta2", "+ class: ram", "- persistent: true", "+ persistent: false"],
        ),
        (
            (DATA, SHM, CACHE._replace(storage_class="beta1")),
            ["+ attributes:", "+ persistent: true", "+ class: beta1"],
        ),
        ((DATA, SHM._replace(storage_class=""), CACHE), ["- attributes:", "- persistent: false", "- class: ram"]),
        (
            (DATA._replace(name="files"), SHM, CACHE),
            ["- - name: data", "+ - name: files", "- data:", "+ files:"],
        ),
        ((DATA, CACHE), ["- - name: shm", "- size: 1Gi", *["- attributes:", "- persistent: false"],
                         "- class: ram", "- shm:", "- mount: /dev/shm"]),
    ],
    ids=["size", "place", "class", "to memory", "persistent now", "no class", "name", "gone"],
)  # fmt: skip
def test_only_what_is_asked_for_changes(wanted: Any, changes: list[str]) -> None:
    text = with_all()
    assert sorted(lines(text, volumes=wanted)) == sorted(changes)

    changed = service(text).changed({"volumes": wanted})
    assert compile_sdl(changed).ok
    assert rows(changed) == wanted


def test_a_name_changes_in_its_quotes_and_the_comment_behind_it_stays() -> None:
    text = (
        with_all()
        .replace("        data:\n", "        'data':  # all of it\n")
        .replace("- name: data", '- name: "data"')
    )
    changed = service(text).changed({"volumes": (DATA._replace(name="files"), SHM, CACHE)})

    assert "        'files':  # all of it\n          mount: /data\n" in changed
    assert '- name: "files"' in changed


@pytest.mark.parametrize(
    "storage",
    [
        " {size: 1Gi}",
        " { size: 1Gi } # all of it",
        " [{size: 1Gi}]",
        "\n          # first\n          - size: 1Gi",
        "\n          size: 1Gi  # room",
    ],
)
def test_a_volume_comes_however_the_storage_is_laid_out(storage: str) -> None:
    text = in_storage(storage)
    assert compile_sdl(text).ok
    changed = service(text).changed({"volumes": ["10Gi", SHM]})

    assert compile_sdl(changed).ok
    assert rows(changed) == (DATA, SHM)
    assert all(word in changed for word in storage.split("#")[1:])


def test_services_of_one_profile_mount_what_one_of_them_gets_and_lose_it_together() -> None:
    one = HELLO.replace("  web:\n    image", "  other:\n    image: nginx:1\n  web:\n    image", 1).replace(
        "deployment:\n", "deployment:\n  other:\n    dcloud:\n      profile: web\n      count: 1\n"
    )
    assert compile_sdl(one).ok
    two = service(one, "web").changed({"volumes": [DATA]})
    assert compile_sdl(two).ok
    assert rows(two, "other") == (DATA,)

    apart = service(two, "other").changed({"volumes": [DATA._replace(mount="/elsewhere")]})
    assert (rows(apart, "web"), rows(apart, "other")) == ((DATA,), (DATA._replace(mount="/elsewhere"),))
    named = service(apart, "web").changed({"volumes": [DATA._replace(name="files")]})
    assert rows(named, "other")[0] == DATA._replace(name="files", mount="/elsewhere")
    assert service(named, "web").changed({"volumes": ()}).count("params") == 0


def test_where_all_is_persistent_the_container_has_no_room_of_its_own_and_the_last_one_stays() -> None:
    text = service(with_all()).changed({"volumes": (DATA,)}).replace("          - size: 512Mi\n", "")
    assert compile_sdl(text).ok
    assert "storage" not in service(text).fields
    assert rows(text) == (DATA,)

    with pytest.raises(InvalidInputError, match="the container has no other storage"):
        service(text).changed({"volumes": ()})
    assert "size: 33Gi" in service(text).changed({"volumes": [DATA._replace(size="33Gi")]})
    size = PRESETS["web-small"]
    preset = service(text).changed(service(text).preset("web-small"))
    assert (service(preset).fields["memory"].value, rows(preset)) == (size.memory, (DATA,))


def test_a_volume_behind_an_anchor_is_shown_and_not_changed() -> None:
    text = with_all().replace("size: 10Gi", "size: &big 10Gi").replace("size: 2Gi", "size: *big")
    assert service(text).locked_volumes() == (
        "Shared by the anchor &big with other places. Change it in the text.",
        "",
        "Shared by the anchor &big with other places. Change it in the text.",
    )

    data, shm, cache = rows(text)
    with pytest.raises(InvalidInputError, match="volumes: Shared by the anchor &big"):
        service(text).changed({"volumes": (data._replace(mount="/srv"), shm, cache)})
    assert "1500Mi" in service(text).changed({"volumes": (data, shm._replace(size="1500Mi"), cache)})


def test_a_list_behind_an_anchor_is_not_added_to() -> None:
    text = with_all().replace("        storage:\n", "        storage: &all\n")
    profile = text[text.index("    web:\n      resources:") : text.index("        storage: &all")]
    text = text.replace("  placement:\n", f"{profile.replace('web:', 'more:')}        storage: *all\n  placement:\n", 1)
    assert compile_sdl(text).ok
    assert "anchor &all" in service(text).fields["volumes"].locked

    with pytest.raises(InvalidInputError, match="volumes: Shared by the anchor &all"):
        service(text).changed({"volumes": [*ALL, "1Gi"]})


def test_a_value_that_is_odd_already_stays_while_another_one_changes() -> None:
    text = in_storage(
        "\n          - size: 1Gi\n          - name: My_Data\n            size: 0.001Ki\n"
        "            attributes: {class: ssd, persistent: 'TRUE'}"
    ).replace("    expose:", "    params: {storage: {My_Data: {mount: /d, readOnly: true}}}\n    expose:", 1)
    assert compile_sdl(text).ok
    assert rows(text) == (Volume("0.001Ki", "My_Data", "ssd", "/d"),)
    assert service(text).read_only_volumes() == (True,)

    changed = service(text).changed({"volumes": [Volume("0.001Ki", "My_Data", "ssd", "/other")]})
    assert rows(changed)[0].mount == "/other"
    assert "readOnly: true" in changed


@pytest.mark.parametrize(
    ("volume", "why"),
    [
        ("lots", "'lots' is no size"),
        ("", "'' is no size"),
        ("1Mi", "is not in 5 MiB to 32 TiB"),
        (Volume("1Gi", "My Data"), "'My Data' is no name of a volume"),
        (Volume("1Gi", "default"), "'default' is no name of a volume"),
        (Volume("1Gi", ""), "'' is no name of a volume"),
        (Volume("1Gi", "data"), "'data' is there twice"),
        (Volume("1Gi", "more", "beta9"), "'beta9' is no class of storage: beta1, beta2, beta3, ram"),
        (Volume("1Gi", "more", mount="data"), "'data' is no path in the container"),
        (Volume("1Gi", "more", mount="/data"), "'/data' is where another volume is"),
        (5, "5 is no size"),
    ],
    ids=str,
)
def test_what_is_no_volume_is_refused(volume: Any, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        service(with_all()).changed({"volumes": [*ALL, volume]})


def test_a_changed_volume_does_not_take_the_name_or_the_place_of_another_one() -> None:
    for wanted, why in (
        ((DATA._replace(name="shm"), SHM, CACHE), "'shm' is there twice"),
        ((DATA._replace(mount="/cache"), SHM, CACHE), "'/cache' is where another volume is"),
        ((DATA._replace(mount=""), SHM, CACHE), "'' is no path in the container"),
    ):
        with pytest.raises(InvalidInputError, match=why):
            service(with_all()).changed({"volumes": wanted})


def test_a_volume_without_a_name_gets_one_and_then_a_place() -> None:
    text = in_storage(
        "\n          - size: 1Gi\n          - size: 2Gi\n            attributes: {class: beta2, persistent: true}"
    )
    assert not compile_sdl(text).ok  # nothing can mount it
    assert rows(text) == (Volume("2Gi", "", "beta2", ""),)
    with pytest.raises(InvalidInputError, match="'/data' is for a volume that has a name"):
        service(text).changed({"volumes": [Volume("2Gi", "", "beta2", "/data")]})
    named = service(text).changed({"volumes": [Volume("2Gi", "data", "beta2", "")]})
    placed = service(named).changed({"volumes": [Volume("2Gi", "data", "beta2", "/data")]})

    assert compile_sdl(placed).ok


def test_a_service_on_two_profiles_has_no_volumes_here() -> None:
    profile = HELLO[HELLO.index("    web:\n      resources:") : HELLO.index("  placement:")]
    text = HELLO.replace("  placement:\n", profile.replace("web:", "big:") + "  placement:\n    more:\n"
                         "      pricing: {big: {denom: uact, amount: 1}}\n", 1)  # fmt: skip
    text = text.replace("deployment:\n  web:\n", "deployment:\n  web:\n    more: {profile: big, count: 1}\n")
    assert compile_sdl(text).ok
    field = service(text).fields["volumes"]

    assert (field.value, field.locked) == (None, service(text).fields["storage"].locked)
    assert "uses 2 compute profiles" in field.locked
