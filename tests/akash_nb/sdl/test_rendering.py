from __future__ import annotations

from collections.abc import Callable

from akash_nb.sdl import Compiled, Issue, render, render_html

Compile = Callable[..., Compiled]


def test_an_issue_shows_its_line_a_caret_and_the_hint(compiled: Compile) -> None:
    got = compiled(("          size: 512Mi\n        storage", "          size2: 512Mi\n        storage"))
    assert render(got).split("\n\n")[1] == "\n".join(
        [
            'error: Additional property "size2" is not allowed at "/profiles/compute/web/resources/memory".',
            "   --> line 17, column 11, at /profiles/compute/web/resources/memory",
            "17 |           size2: 512Mi",
            "   |           ^^^^^",
            "   = hint: did you mean `size`?",
        ]
    )


def test_without_issues_nothing_is_rendered(compiled: Compile) -> None:
    assert render(compiled()) == render_html(compiled()) == ""


def test_colour_is_only_there_when_asked_for(compiled: Compile) -> None:
    got = compiled(("count: 1", "count: 0"))
    assert "\033" not in render(got)
    assert "\033[31merror\033[0m" in render(got, color=True)


def test_what_the_text_contains_reaches_neither_terminal_nor_page_as_code() -> None:
    text = "<script>alert(1)</script>\033[2J: x"
    issue = Issue("<b>\033[2J</b>", "/<i>", "network", 1, 1, 1, 9, hint="<script>")
    assert "\033" not in render([issue], text)
    page = render_html([issue], text)
    assert "\033" not in page
    assert "<script" not in page
    assert page.startswith('<ul class="akash-issues"><li class="akash-warning"><strong>&lt;b&gt;')
    assert "<mark>&lt;script&gt;</mark>" in page


def test_a_long_line_is_cut_around_the_place() -> None:
    text = "a" * 5000 + "X" + "b" * 5000
    shown = render([Issue("Here.", "", "yaml", 1, 5001, 1, 5002)], text).split("\n")
    assert shown[2][shown[3].index("^")] == "X"
    assert len(shown[2]) < 200


def test_an_issue_beyond_the_text_is_still_shown() -> None:
    assert "line 9" in render([Issue("Gone.", "", "yaml", 9, 9, 9, 9)], "a: b")
