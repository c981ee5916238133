"""Texts that are made to hurt: large, deep, exploding, or no text at all."""

from __future__ import annotations

from akash_nb.sdl import scaffold
from akash_nb.sdl.yaml_loader import MAX_VALUES

WEB = scaffold("web")


def services(count: int) -> str:
    """A valid SDL of many services; one is 22 values."""
    parts = {
        "services:\n": "  s{}: {{image: a:1, expose: [{{port: 80, to: [{{global: true}}]}}]}}\n",
        "deployment:\n": "  s{}: {{anywhere: {{profile: web, count: 1}}}}\n",
    }
    text = WEB
    for head, line in parts.items():
        text = text.replace(head, head + "".join(line.format(number) for number in range(count)))
    return text


ALIAS_BOMB = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 13)]
)
MERGE_BOMB = "a0: &a0 {k0: x, k1: x}\n" + "\n".join(
    f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}], n{i}: *a{i - 1}}}" for i in range(1, 30)
)
HOSTILE = {
    "10 MB of text": "x" * 10_000_000,
    "10 MB of SDL": WEB + "#" * 10_000_000,
    "10,000 nested lists": "[" * 10_000 + "]" * 10_000,
    "10,000 nested mappings": "{a: " * 10_000 + "}" * 10_000,
    "10,000 nested block lists": "- " * 10_000 + "x",
    "an alias bomb": ALIAS_BOMB,
    "a merge bomb": MERGE_BOMB,
    "a lone surrogate": 'version: "\ud800"',
    "half a pair": "\udc00\ud800",
    "an escaped surrogate": 'a: "\\ud83d"',
    "500 KB of quotes": "'" * 500_000,
    "500 KB of colons": ":" * 500_000,
    "500 KB of tags": "!a " * 160_000,
    "500 KB of anchors": "&a " * 160_000,
    "40,000 keys": "\n".join(f"k{n}: 1" for n in range(40_000)),
    "20,000 wrong services": "services: {" + ", ".join(f"s{n}: 1" for n in range(20_000)) + "}",
    "a very long number": "a: " + "9" * 500_000,
    "a very long size": WEB.replace("512Mi", "5" * 400_000 + "Mi"),
    "a very long key": '"' + "k" * 400_000 + '": 1',
    "U+FEFF inside": "a: \ufeff\ufeff",
    "every control character": "".join(map(chr, range(32))),
    "right to left": WEB.replace("web", "\u202ebew\u202c"),
    "as many services as are read": services((MAX_VALUES - 200) // 22),
}
