"""Requests that nobody thought of, made by schemathesis from the corrected schema, against a running server."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mock_server import MOCK_API_KEY, serve
from mock_server.routes import ROUTES
from mock_server.web.describe import document
from tests.contract.overlay import NOT_PUBLISHED
from tests.contract.samples import sample
from tests.contract.scene import Scene, make_scene

#: A 5xx is a violation like any other status that is not published: the overlay has those that the contract demands.
#: Not among them: that all that fits the schema is accepted, and 405 for a method that is not there. The service is
#: stricter than its schema (a dseq of 0), and answers 404.
_CHECKS = (
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
)
#: A list of specifications that is too long is also too large (contract §1), and that is looked at first.
_CONFIG = '[checks.negative_data_rejection]\nexpected-statuses = ["400", "404", "413"]\n'
#: Requests made up per operation in the fuzzing phase; raise it to look longer.
_EXAMPLES = os.environ.get("AKASH_NB_SCHEMATHESIS_EXAMPLES", "10")


def test_no_request_finds_an_answer_that_is_not_published(
    contract: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In a process of its own: its pytest plugin and its imports are slow, its warnings are not ours."""
    scene = make_scene()
    (tmp_path / "schemathesis.toml").write_text(_CONFIG)
    (tmp_path / "openapi.json").write_text(json.dumps(with_examples(contract, scene)))
    with caplog.at_level(logging.ERROR, "mock_server"), serve(scene.console) as server:
        done = run_schemathesis(tmp_path, server.url)

    assert done.returncode == 0, done.stdout + done.stderr
    # A crash of the mock looks like the Console's own 500, which some operations may give.
    assert not caplog.records
    assert all(scene.console.count(route.name) for route in ROUTES if route.name not in NOT_PUBLISHED)


def test_the_mock_refuses_what_its_own_description_rules_out(tmp_path: Path) -> None:
    scene, described = make_scene(), document("live", scope="console")
    # A wrong `scope` is 403, and an empty one is none (contract §1).
    del described["paths"]["/v1/doc"]
    (tmp_path / "schemathesis.toml").write_text(_CONFIG)
    (tmp_path / "openapi.json").write_text(json.dumps(described))
    with serve(scene.console) as server:
        done = run_schemathesis(tmp_path, server.url, checks="negative_data_rejection,ignored_auth", phases="coverage")

    assert done.returncode == 0, done.stdout + done.stderr
    assert len({call.operation for call in scene.console.calls} - {"unknown"}) > 50


def run_schemathesis(folder: Path, url: str, **changes: str) -> subprocess.CompletedProcess[str]:
    options = {
        "url": url,
        "header": f"x-api-key: {MOCK_API_KEY}",
        "checks": ",".join(_CHECKS),
        "phases": "examples,coverage,fuzzing",
        "max-examples": _EXAMPLES,
        "suppress-health-check": "all",
        "warnings": "off",
        **changes,
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    command = [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", "--generation-deterministic"]
    return subprocess.run(
        [*command, "--continue-on-failure", "--no-color", *flags],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def with_examples(contract: Any, scene: Scene) -> Any:
    """The schema with the good request of each operation as its example, so that some requests get beyond a 404.

    Keys are the only credentials in it: schemathesis would send a bearer token beside the key, and get 400 for that.
    """
    made = deepcopy(contract)
    del made["components"]["securitySchemes"]["BearerAuth"]
    for route in ROUTES:
        if route.name not in NOT_PUBLISHED:
            operation, request = made["paths"][route.path][route.method.lower()], sample(route, scene)
            operation["security"] = [entry for entry in operation["security"] if "BearerAuth" not in entry]
            for parameter in operation.get("parameters", []):
                value = {**request.query, **request.path}.get(parameter["name"])
                if value is not None:
                    parameter["example"] = value
            if request.body is not None:
                operation["requestBody"]["content"]["application/json"]["example"] = request.body
    return made
