"""Text made to be slow, deep or large renders like any other: in linear time and space."""

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.markup import ContentFormat, Renderer
from app.core.markup.footnotes import MOST_LINKED
from app.core.markup.tidying import DEEPEST, tidy

LONGEST_CONTENT = 200_000
MOST_GROWTH = 11  # A page may be so many times as long as its content; tasks come to 10.

# A table within the deepest element allowed is a few elements deeper, and so is what has an end
# tag that may be left out.
DEEPEST_PAGE = 3 * DEEPEST

RENDERER = Renderer(video_hosts=["video.example"], own_hosts=["own.example"])

REPEATED = {
    "quotes": ">",
    "spaced quotes": "> ",
    "lists": "- ",
    "numbered lists": "1. ",
    "tasks": "- [x] a\n",
    "opening brackets": "[",
    "opening links": "[a](",
    "opening pictures": "![",
    "links": "[a](b)",
    "stars": "*a ",
    "crossed emphasis": "*a_ ",
    "code spans": "`a``",
    "fences": "```\n",
    "code blocks": "```python\nx=1+1\n```\n",
    "headings": "# a\n",
    "tables": "|a|\n|-|\n|b|\n\n",
    "addresses": "http://a.b ",
    "www": "www.",
    "www and a comma": "www.a.b,",
    "less than": "<",
    "comments": "<!--",
    "instructions": "<?",
    "sections of characters": "<![CDATA[",
    "tags without an end": "<a b",
    "attributes without an end": '<a b="',
    "scripts": "<script>",
    "scripts with half an end": "<script></script",
    "raw texts": "<title><textarea><xmp>",
    "divs": "<div>",
    "end tags": "</b>",
    "formats and paragraphs": "<b><p>",
    "links and paragraphs": "<a href=/x><p>",
    "lists in HTML": "<ul><li>",
    "lists in lists": "<ul>\n<li>x<ul>\n",
    "paragraphs with half a link": '<p>x <a href="/x">x',
    "cells with half a link": '<table><thead><tr><th>x <a href="/x">x',
    "definitions": "<dl><dd>",
    "tables in tables": "<table><td>",
    "headings in HTML": "<h1><div>",
    "ruby": "<ruby><rt>",
    "players": "<iframe src=https://video.example/>",
    "mentions in HTML": '<sup class="footnote-reference"><a href=#1>1</a></sup>',
    "notes in HTML": '<div class="footnote-definition">',
    "references to characters": "&#1;",
    "ideographs": "\u6f22",
    "white space": " \n",
    "backslashes": "\\",
}

ONCE = {
    "a link around paragraphs": f"<a href=/{'x' * 100_000}>" + "<p>x" * 25_000,
    "a format around paragraphs": f"<b title={'x' * 1000}>" + "</p><p>x" * 24_000,
    "a format in a table": f"<table><b title={'x' * 1000}>" + "<tr>x" * 39_000,
    "a list with a stranger": f"<ul>{'<li>x</li>' * 19_000}<hr></ul>",
    "a table with a stranger": f"<table><tbody>{'<tr><td>x</td></tr>' * 10_000}<hr></table>",
    "words like an attribute": f"<p title='{' id=' * 40_000}' id=x>",
    "addresses in an attribute": f"<p title='{'://' * 60_000}'>",
    "a task far away": f"<li>{' ' * 190_000}x<input type=checkbox>",
    "many formats": "".join(f"<b title={n}>" for n in range(100)) + "<p>x" * 49_000,
    "many attributes": "<a " + " ".join(f"x{n}=1" for n in range(22_000)) + ">",
    "many classes": f"<p class='{'alignleft ' * 19_000}'>",
    "a style of brackets": f"<p style='text-align:left;{'(' * 190_000}'>",
    "a reference to a long address": f"[a]: /{'b' * 100_000}\n\n" + "[a]" * 33_000,
    "many mentions": "[^1]: x\n\n" + "[^1]" * 49_000,
    "many notes": "".join(f"[^{n}]: x\n\n[^{n}]\n" for n in range(10_000)),
    "notes in notes": "[^1]: " * 33_000,
    "rows with cells left out": f"|{'a|' * 1000}\n|{'-|' * 1000}\n" + "|\n" * 97_000,
    "many columns": f"|{'a|' * 40_000}\n|{'-|' * 40_000}\n",
    "runs of backticks": "".join("e" + "`" * n for n in range(630)),
    "brackets and their ends": "[" * 66_000 + "a" + "](" * 66_000,
    "different headings": "".join(f"# {chr(0x4E00 + n % 20_000)}\n" for n in range(50_000)),
    "numbered headings": "".join(f"# a {n}\n" for n in range(10_000)) + "# a\n" * 10_000,
    "a long heading": "# " + "\u00e9" * 199_000,
    "an address with brackets": "http://a/" + "(" * 90_000 + ")" * 100_000,
    "an address with dots": "http://" + "a." * 95_000,
    "a tower of marks": "# a" + "&#x301;&#x316;" * 14_000,
    "one line of code": "```python\n" + "x" * 190_000,
}
CONTENTS = ONCE | {
    name: fragment * (LONGEST_CONTENT // len(fragment)) for name, fragment in REPEATED.items()
}


@pytest.mark.parametrize("content", [pytest.param(CONTENTS[name], id=name) for name in CONTENTS])
def test_the_longest_content_of_one_kind_renders(content: str) -> None:
    """Where time were quadratic, this would take minutes, and the runner would end it."""
    is_html = content.startswith("<")
    rendering = RENDERER.render(content, ContentFormat.HTML if is_html else ContentFormat.MARKDOWN)
    assert len(rendering.html) < MOST_GROWTH * LONGEST_CONTENT
    assert len(rendering.text) <= LONGEST_CONTENT


@pytest.mark.parametrize("kind", ["many mentions", "many notes", "notes in notes"])
def test_footnotes_make_no_page_large(kind: str) -> None:
    content = CONTENTS[kind]
    page = RENDERER.render(content, ContentFormat.MARKDOWN).html
    assert len(page) <= 5 * len(content)
    assert page.count("doc-noteref") <= MOST_LINKED
    assert page.count("doc-backlink") <= MOST_LINKED


FRAGMENTS = [
    "<a href=/x>", "</a>", "<b title=x>", "</b>", "<code>", "</code>", "<p>", "</p>", "<div>",
    "</div>", "<table>", "</table>", "<caption>", "<colgroup>", "<col>", "<thead>", "<tr>", "</tr>",
    "<td>", "</td>", "<th>", "<ul>", "<li>", "</ul>", "<dl>", "<dt>", "<dd>", "<h1>", "</h2>",
    "<pre>", "<blockquote>", "<details>", "<summary>", "<ruby>", "<rt>", "<rp>", "<hr>",
    "<img src=x>", "<svg>", "<select>", "<button>", "<form>", "<font>", "x", "\n\n",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@example(before="<table>", unit="<td><col>x")
@given(
    before=st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join),
    unit=st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=6).map("".join),
)
def test_no_nesting_makes_a_page_deep_or_large(before: str, unit: str) -> None:
    """Cleaning adds next to nothing to what is tidy: no element returns in a later one.

    But a heading gets an id, and a `<col>` its group.
    """
    soup = before + unit * 200
    page = RENDERER.render(soup, ContentFormat.HTML).html
    added = 100 * (soup.count("<h1") + soup.count("<col"))
    assert len(page) <= 2 * len(tidy(soup)) + added + 1000
    assert _depth(page) <= DEEPEST_PAGE


def _depth(page: str) -> int:
    deepest, left = 0, [(html5lib.parseFragment(page), 0)]
    while left:
        element, depth = left.pop()
        deepest = max(deepest, depth)
        left.extend((child, depth + 1) for child in element)
    return deepest


@pytest.mark.parametrize("content_format", ContentFormat)
def test_what_lies_too_deep_is_lifted_and_nothing_is_lost(content_format: ContentFormat) -> None:
    content = "<div>" * 300 + "deep" + "</div>" * 300 + "<p>after</p>"
    rendering = RENDERER.render(content, content_format)
    assert rendering.text == "deep\nafter"
    assert rendering.html.count("<div>") == DEEPEST
    assert rendering.html.rstrip().endswith("</div><p>after</p>")
