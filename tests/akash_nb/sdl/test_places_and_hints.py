"""Each kind of problem: its message, its place in the text, and what was probably meant."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from akash_nb.sdl import Compiled, Issue

Compile = Callable[..., Compiled]


@pytest.mark.parametrize(
    ("change", "message", "place", "hint"),
    [
        pytest.param(
            ("          size: 512Mi\n        storage", "          size2: 512Mi\n        storage"),
            'Additional property "size2" is not allowed at "/profiles/compute/web/resources/memory".',
            (17, 11, 17, 16),
            "did you mean `size`?",
            id="unknown key: at the key",
        ),
        pytest.param(
            ("    image: ghcr.io/akash-network/hello-akash-world:2.1.0\n", ""),
            'Missing required field: "image" at "/services/web".',
            (3, 3, 3, 6),
            "",
            id="missing key: at what should have it",
        ),
        pytest.param(
            ("port: 3000", "port: 70000"),
            '"port" at "/services/web/expose/0" must be at most 65535.',
            (6, 15, 6, 20),
            "",
            id="wrong value: at the value",
        ),
        pytest.param(
            ("port: 3000", "port: 70000"),
            '"expose" at "/services/web" should be null.',
            (5, 5, 5, 11),
            "follows from the errors inside it",
            id="list blamed for its item",
        ),
        pytest.param(
            ('version: "2.0"', "version: 2.0"),
            '"version" should be string.',
            (1, 10, 1, 13),
            'quote it: version: "2.0"',
            id="unquoted version",
        ),
        pytest.param(
            ("    expose:", "    env:\n      - A: b\n    expose:"),
            '"0" at "/services/web/env" should be string.',
            (6, 9, 6, 10),
            "quote the line, so that YAML reads it as text and not as `key: value`",
            id="env written as a mapping",
        ),
        pytest.param(
            ("count: 1", "count: '1'"),
            '"count" at "/deployment/web/dcloud" should be integer.',
            (30, 14, 30, 17),
            "write the number without quotes: 1",
            id="quoted number",
        ),
        pytest.param(
            ("profile: web", "profile: wep"),
            'The pricing for the "wep" profile is not defined in the "dcloud" placement.',
            (22, 7, 22, 14),
            "did you mean `web`?",
            id="misspelt profile",
        ),
        pytest.param(
            ("deployment:\n  web:", "deployment:\n  wbe:"),
            'Service "web" is not defined at "/deployment" section.',
            (26, 1, 26, 11),
            "did you mean `wbe`?",
            id="misspelt service",
        ),
        pytest.param(
            ("size: 512Mi", "size: '512'"),
            '"512" is no size: expected a number and a unit, such as 512Mi or 1Gi.',
            (17, 17, 17, 22),
            "",
            id="size without unit",
        ),
        pytest.param(
            ("deployment:\n", "deployment:\n  api: {dcloud: {profile: web, count: 1}}\n"),
            'The deployment of "api" names a service that is not defined in the "services" section.',
            (27, 3, 27, 6),
            "",
            id="deployment of no service",
        ),
    ],
)
def test_an_error_is_placed_and_explained(
    compiled: Compile, change: tuple[str, str], message: str, place: tuple[int, ...], hint: str
) -> None:
    issues = {issue.message: issue for issue in compiled(change).errors}
    issue = issues[message]
    assert (issue.line, issue.column, issue.end_line, issue.end_column) == place
    assert issue.hint == hint


def test_an_issue_is_json_ready(compiled: Compile) -> None:
    (issue,) = compiled(("count: 1", "count: 0")).errors
    assert issue.to_dict() == {
        "message": '"count" at "/deployment/web/dcloud" must be at least 1.',
        "path": "/deployment/web/dcloud/count",
        "layer": "schema",
        "line": 30,
        "column": 14,
        "end_line": 30,
        "end_column": 15,
        "hint": "",
        "crashes": False,
    }
    assert str(Issue("It is wrong.", "", "yaml", 2, 3, hint="why")) == "2:3: It is wrong. (why)"


WARNINGS = [
    (("0.5", "5m"), "The network takes at least 0.01 CPU of CPU per replica; this is 0.005 CPU."),
    (("0.5", "400"), "The network takes at most 384 CPU of CPU per replica; this is 400 CPU."),
    (("size: 512Mi", "size: 1Ki"), "The network takes at least 1 MiB of memory per replica; this is 1 KiB."),
    (("storage:\n          size: 512Mi", "storage:\n          size: 1Mi"), "at least 5 MiB of storage"),
    (("size: 512Mi", "size: 512Mib"), "512Mib counts in thousands, not in 1024s."),
    (("count: 1", "count: 51"), 'Profile "web" has 51 replicas; the chain takes 50.'),
    (("- global: true", "- service: web"), "No service is exposed globally"),
    (("- global: true", "- {global: true, service: nobody}"), 'There is no service "nobody" to expose to.'),
    (("        to:\n          - global: true\n", ""), "An expose without `to` exposes nothing."),
    ((":2.1.0", ""), "has no tag"),
    ((":2.1.0", ":latest"), "The tag `latest` moves"),
    (("amount: 1000", "amount: 0"), "A price of 0 attracts no bids"),
    (("amount: 1000", "amount: .inf"), "The price is no number the chain can hold."),
    (("amount: 1000", "amount: 10000001"), "The chain takes at most 10,000,000 per block as a price."),
    (("amount: 1000", 'amount: "1.0000000000000000001"'), "The chain keeps 18 decimals of a price"),
    (("        as: 80", "        accept: [Not_A_Host]"), '"Not_A_Host" is no host name.'),
    (("        as: 80", "        accept: [a.com, a.com]"), 'The host name "a.com" is used twice.'),
    (("    expose:", '    env: ["1 A=b"]\n    expose:'), '"1 A" is no name of an environment variable.'),
    (("  compute:\n", "  compute:\n    x: {resources: {cpu: {units: 1}, memory: {size: 1Gi}, storage: []}}\n"), '"x"'),
]


@pytest.mark.parametrize(("change", "message"), WARNINGS)
def test_what_the_network_objects_to_is_a_warning(compiled: Compile, change: tuple[str, str], message: str) -> None:
    got = compiled(change)
    assert got.ok
    assert [issue.layer for issue in got.warnings if message in issue.message] == ["network"]


def test_an_sdl_that_the_network_takes_has_no_warnings(compiled: Compile) -> None:
    assert compiled().warnings == ()


def test_service_names_and_mixed_denoms_are_warned_about(edited: Callable[..., str], compiled: Compile) -> None:
    second = (
        ("services:\n", "services:\n  Api_1: {image: 'a:1'}\n"),
        ("deployment:\n", "deployment:\n  Api_1: {eu: {profile: web, count: 1}}\n"),
        (
            "    dcloud:\n      pricing",
            "    eu: {pricing: {web: {denom: uakt, amount: 5}}}\n    dcloud:\n      pricing",
        ),
    )
    messages = " ".join(issue.message for issue in compiled(*second).warnings)
    assert '"Api_1" is no service name' in messages
    assert "Prices are in uact and uakt; a deployment has one denom." in messages


def test_a_binary_looking_size_comes_with_the_size_that_was_meant(compiled: Compile) -> None:
    (issue,) = compiled(("size: 512Mi", "size: 512Mib")).warnings
    assert issue.hint == "512Mib is 512,000,000 bytes: did you mean 512Mi?"
    assert (issue.line, issue.column) == (17, 17)
