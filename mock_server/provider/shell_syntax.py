"""How a line of the simulated shell is read: words, redirections, pipelines, and what joins them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

#: A word in pieces: (text, whether `$` counts in it).
Word = list[tuple[str, bool]]

_OPERATOR = re.compile(r"&&|\|\||[;\n|]|&>|[0-9]?(?:>>|>&|>|<)")
_JOINTS = (";", "&&", "||", "|")


@dataclass(slots=True)
class Redirect:
    """`2>> file`: the stream's number (0 for input), how (`>`, `>>`, `<`, `>&`, `&>`), and where to."""

    stream: int
    how: str
    target: Word


@dataclass(slots=True)
class Command:
    """One command of a pipeline."""

    words: list[Word] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)


#: What joins it to the step before (`;`, `&&`, `||`), and commands with a pipe between.
Step = tuple[str, list[Command]]


def parse(script: str) -> list[Step]:
    """The steps of a script.

    Raises:
        ValueError: A quote is left open, an operator stands where none can, or something is not simulated.
    """
    steps: list[Step] = []
    joint, pipeline, command, operator = ";", list[Command](), Command(), ""
    for part in [*_tokens(script), ";"]:
        if isinstance(part, list):
            if operator:
                command.redirects.append(_redirect(operator, part))
            else:
                command.words.append(part)
            operator = ""
            continue
        if operator:
            raise ValueError(f'unexpected "{part}"')
        if part not in _JOINTS:
            operator = part
            continue
        is_empty = not command.words and not command.redirects
        if is_empty and (pipeline or part != ";"):
            raise ValueError(f'unexpected "{part}"')
        if not is_empty:
            pipeline.append(command)
        command = Command()
        if part != "|":
            steps += [(joint, pipeline)] if pipeline else []
            joint, pipeline = part, []
    return steps


def _redirect(operator: str, target: Word) -> Redirect:
    how = operator.lstrip("0123456789")
    number = operator[: -len(how)]
    return Redirect(int(number) if number else 0 if how == "<" else 1, how, target)


def _tokens(script: str) -> list[str | Word]:
    tokens: list[str | Word] = []
    word: Word = []
    at = 0
    while at < len(script):
        char = script[at]
        operator = _OPERATOR.match(script, at)
        if char in " \t" or (operator and not (word and char.isdigit())):
            tokens += [word] if word else []
            word = []
            if operator:
                tokens.append(";" if operator[0] == "\n" else operator[0])
            at = operator.end() if operator else at + 1
        elif char in "&`(":
            raise ValueError(f'"{char}" is not simulated')
        elif char == "#" and not word:
            at = script.find("\n", at) if "\n" in script[at:] else len(script)
        else:
            piece, at = _piece(script, at)
            word.append(piece)
    return [*tokens, word] if word else tokens


def _piece(script: str, at: int) -> tuple[tuple[str, bool], int]:
    """The next piece of a word, and where the rest begins."""
    quote = script[at]
    if quote in "'\"":
        end = script.find(quote, at + 1)
        if end < 0:
            raise ValueError("unterminated quoted string")
        return (script[at + 1 : end], quote == '"'), end + 1
    if quote == "\\":
        return (script[at + 1 : at + 2], False), at + 2
    end = at
    while end < len(script) and script[end] not in " \t\n;&|<>`('\"\\":
        end += 1
    return (script[at:end], True), end
