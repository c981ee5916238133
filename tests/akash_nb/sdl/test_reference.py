"""The table of keys says what the schema says."""

from __future__ import annotations

from typing import Any

import pytest

from akash_nb.sdl import reference, schema
from akash_nb.sdl.issues import steps

#: A document in which every mapping of the schema has a key that nobody knows, so that the known ones are named.
ODD: dict[str, Any] = {"odd": None}
RESOURCES = {
    "cpu": {"units": 1} | ODD,
    "memory": {"size": "1Mi"} | ODD,
    "gpu": {"units": 1, "attributes": {"vendor": {"nvidia": [ODD]} | ODD} | ODD} | ODD,
} | ODD
VOLUME = {"size": "1Gi", "attributes": {"class": "x", "persistent": False} | ODD} | ODD
SERVICE = {
    "image": "a:1",
    "credentials": ODD,
    "dependencies": [ODD],
    "expose": [{"port": 1, "to": [ODD], "http_options": ODD} | ODD],
    "params": {"storage": {"*": ODD}, "permissions": ODD} | ODD,
} | ODD
DOCUMENT = {
    "version": "2.0",
    "services": {"*": SERVICE},
    "endpoints": {"*": ODD},
    "reclamation": ODD,
    "profiles": {
        "compute": {"*": {"resources": RESOURCES | {"storage": VOLUME}} | ODD},
        "placement": {"*": {"pricing": {"*": ODD}, "signedBy": ODD} | ODD},
    }
    | ODD,
    "deployment": {"*": {"*": ODD}},
} | ODD


def known() -> dict[str, tuple[str, ...]]:
    """Path -> keys that the schema knows there."""
    listed = {**DOCUMENT}
    found = [*schema.check(listed)]
    return {
        "/".join("-" if isinstance(step, int) else step for step in steps(finding.path)): finding.known
        for finding in found
        if finding.key == "odd" and finding.known
    }


@pytest.mark.parametrize("path", known())
def test_every_key_of_the_schema_has_a_line(path: str) -> None:
    prefix = f"{path}/" if path else ""

    assert [key for key in known()[path] if prefix + key not in reference.KEYS] == []


def test_every_mapping_of_the_schema_is_asked() -> None:
    assert len(known()) >= 24


def test_no_line_is_about_a_key_that_the_schema_refuses() -> None:
    allowed = known()
    refused = []
    for path in reference.KEYS:
        parent, _, key = path.rpartition("/")
        if key not in ("*", "-") and parent in allowed and key not in allowed[parent]:
            refused.append(path)

    assert refused == []


def test_values_and_names_are_of_keys_that_have_a_line() -> None:
    assert [path for path in reference.VALUES if path.removesuffix("/-") not in reference.KEYS] == []
    assert reference.NAMES.keys() <= reference.KEYS.keys()


def test_a_line_is_short_and_ends_a_sentence() -> None:
    assert [doc for doc in reference.KEYS.values() if len(doc) > 100] == []
