"""What people start from has to work as it is."""

from __future__ import annotations

import re

import pytest

import akash_nb as akash
from akash_nb.errors import InvalidInputError
from akash_nb.money import PriceModel
from akash_nb.sdl import SCAFFOLDS, resources, scaffold
from akash_nb.sdl import compile as compile_sdl
from akash_nb.sdl import scaffolds as package
from mock_server import MockConsole


def test_there_is_a_file_for_every_scaffold_and_no_other() -> None:
    files = package.FOLDER.glob("*.yaml")
    assert {path.stem for path in files} == set(SCAFFOLDS)


@pytest.mark.parametrize("name", SCAFFOLDS)
def test_a_scaffold_is_without_errors_and_warnings(name: str) -> None:
    got = compile_sdl(scaffold(name))
    assert (got.errors, got.warnings) == ((), ())


@pytest.mark.parametrize("name", SCAFFOLDS)
def test_a_scaffold_is_commented_and_its_ceiling_is_reasonable(name: str) -> None:
    text = scaffold(name)
    assert text.startswith("# ")
    assert len(re.findall(r"(?:^|\s)# ", text)) >= 4
    hours = [group.usd_per_hour(PriceModel()) for group in resources(compile_sdl(text))]
    assert all(hour is not None and hour < (6 if name == "gpu" else 1) for hour in hours)


@pytest.mark.parametrize("name", SCAFFOLDS)
def test_a_scaffold_gets_bids_on_the_simulated_market(name: str) -> None:
    with akash.connect(mock=MockConsole(seed=7)) as session:
        deployment = session.deploy(scaffold(name), deposit_usd=5)
        assert len(deployment.wait_for_bids().open) >= 2
        deployment.close()


def test_an_unknown_scaffold_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(InvalidInputError, match="web, gpu, multi-service, ip-lease, persistent-storage"):
        scaffold("../../secret")
