"""Checking values against OpenAPI 3.0, with jsonschema."""

from __future__ import annotations

from typing import Any

import jsonschema


def check(value: Any, schema: Any) -> None:
    """Raise `jsonschema.ValidationError` when a value does not fit."""
    jsonschema.validate(value, to_json_schema(schema), cls=jsonschema.Draft4Validator)


def to_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema draft 4, which it comes from: only `nullable` is its own."""
    if isinstance(node, list):
        return [to_json_schema(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    made = {key: to_json_schema(value) for key, value in node.items() if key not in ("nullable", "example")}
    if node.get("nullable") is True:
        return {"anyOf": [made, {"type": "null"}]} if made else {}
    return made


def check_parameters(operation: Any, path: dict[str, str], query: dict[str, str]) -> None:
    """The parameters of a request fit, and those that are required are there."""
    given = {"path": path, "query": query}
    for parameter in operation.get("parameters", []):
        text = given[parameter["in"]].get(parameter["name"])
        if text is None:
            assert not parameter.get("required"), f"{parameter['name']} is missing"
        else:
            check(_typed(text, parameter["schema"]), parameter["schema"])


def check_answer(operation: Any, status: int, kind: str, body: bytes, value: Any) -> None:
    """The status is published, and the body is of the kind and shape published for it."""
    answers = operation["responses"]
    assert str(status) in answers, f"{status} is not published, only {sorted(answers)}: {body[:300]!r}"
    content = answers[str(status)].get("content", {})
    if not content:
        assert body == b""
        return
    assert kind.split(";")[0] in content, f"{kind} is not published for {status}, only {sorted(content)}"
    if "json" in kind:
        check(value, content["application/json"]["schema"])


def body_schema(operation: Any) -> Any:
    """The schema of the body that an operation takes; None when it takes none."""
    return operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")


def _typed(text: str, schema: Any) -> Any:
    return float(text) if schema.get("type") in ("number", "integer") else text
