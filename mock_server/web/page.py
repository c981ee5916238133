"""The API page: an OpenAPI document as plain HTML that loads nothing from anywhere and runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 1rem; }
h2 { margin-top: 3rem; text-transform: capitalize; }
nav ul { columns: 18rem; list-style: none; padding: 0; font-size: 0.875rem; }
nav li, td code, td:last-child { overflow-wrap: anywhere; }
section { border: 1px solid var(--line); border-radius: 0.5rem; padding: 0 1rem 1rem; margin: 1rem 0; }
section h3 { font-size: 1rem; overflow-wrap: anywhere; }
section > p > code:last-child { color: light-dark(#666, #aaa); font-size: 0.875rem; }
code, h3 { font-family: ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.5rem; border-top: 1px solid var(--line); }
thead th { border: 0; }
b.method { padding: 0.125rem 0.5rem; border-radius: 0.25rem; background: var(--soft); }
.POST { color: light-dark(#05603a, #6ce9a6); } .DELETE { color: light-dark(#b42318, #fda29b); }
.PUT, .PATCH { color: light-dark(#93370d, #fec84b); } .GET { color: light-dark(#175cd3, #84caff); }
"""


def page(document: dict[str, Any]) -> str:
    """The whole page: every operation with its parameters, the fields of its body and its answers."""
    info = document["info"]
    groups: dict[str, list[tuple[str, str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    links = "".join(_link(*entry) for entries in groups.values() for entry in entries)
    parts = "".join(
        f"<h2>{escape(tag)}</h2>{''.join(_section(*entry) for entry in entries)}" for tag, entries in groups.items()
    )
    title = f"{escape(info['title'])} {escape(info['version'])}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>{escape(info['description'])} "
        f'The same as OpenAPI: <a href="/v1/doc">/v1/doc</a>.</p><nav><ul>{links}</ul></nav>{parts}</body></html>'
    )


def _link(method: str, path: str, operation: Any) -> str:
    return f'<li><a href="#{escape(operation["operationId"])}">{method} {escape(path)}</a></li>'


def _section(method: str, path: str, operation: Any) -> str:
    key = " With <code>x-api-key</code>." if operation["security"] else ""
    status = next(iter(operation["responses"]))
    head = f'<h3><b class="method {method}">{method}</b> {escape(path)}</h3>'
    name = escape(operation["operationId"])
    about = f"<p>{escape(operation['summary'])}{key} Answers {status}. <code>{name}</code></p>"
    return f'<section id="{name}">{head}{about}{_table(_rows(operation))}</section>'


def _rows(operation: Any) -> Iterator[tuple[str, str, str, Any]]:
    """Where a value goes, its name, whether it must be there, and its schema."""
    for parameter in operation["parameters"]:
        must = "required" if parameter["required"] else ""
        yield parameter["in"], parameter["name"], must, parameter["schema"]
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        if "properties" not in schema:
            yield "body", "", "required", schema
        yield from (("body", *field) for field in _fields(schema))


def _fields(schema: Any, prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    """The fields of a body at any depth, as `data.leases[].provider`; of alternatives, those of each."""
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _fields(option, prefix)
    if "items" in schema:
        yield from _fields(schema["items"], f"{prefix}[]")
    for name, inner in schema.get("properties", {}).items():
        place = f"{prefix}.{name}" if prefix else name
        yield place, "required" if name in schema.get("required", ()) else "", inner
        yield from _fields(inner, place)


def _table(rows: Iterable[tuple[str, str, str, Any]]) -> str:
    cells = "".join(
        f"<tr><td>{where}</td><td><code>{escape(name)}</code></td><td>{must}</td><td>{escape(kind_of(schema))}</td></tr>"
        for where, name, must, schema in rows
    )
    head = "<thead><tr><th>in</th><th>name</th><th></th><th>value</th></tr></thead>"
    return f"<table>{head}<tbody>{cells}</tbody></table>" if cells else ""


def kind_of(schema: Any) -> str:
    """A schema in a few words: `number, at least 5, at most 10000`."""
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "enum" in schema:
        return "one of " + ", ".join(f'"{value}"' for value in schema["enum"])
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return " or ".join(dict.fromkeys(kind_of(option) for option in options))
    said = [f"list of {kind_of(schema['items'])}" if "items" in schema else str(schema.get("type", "anything"))]
    said += (f"{words} {schema[keyword]}" for keyword, words in _BOUNDS.items() if keyword in schema)
    about = schema.get("description")
    if about is None and "pattern" in schema:
        said.append(f"like {schema['pattern']}")
    return ", ".join(said) + (f". {about}" if about else "")


_BOUNDS = {
    "format": "format",
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "multipleOf": "in steps of",
    "minLength": "characters at least",
    "maxLength": "characters at most",
    "minItems": "entries at least",
    "maxItems": "entries at most",
    "default": "usually",
}
