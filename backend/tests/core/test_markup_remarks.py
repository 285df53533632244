"""Remarks: the small part of Markdown that readers may use, and nothing that acts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyromark import Markdown

from app.core.markup import Renderer, names_in
from app.core.markup.remarks import MOST_NAMES, without_html
from tests.core.test_markup_is_inert import VECTORS, complaints

RENDERER = Renderer(own_hosts=["own.example"])
FOREIGN = "noopener noreferrer nofollow ugc"
MARKDOWN = Markdown()
PIECES = [
    "<pre>", "</div>", "<b c='", "'>", "<!D", "<?", "<!--", "-->", "<", ">", "\\", "`", "```", "\n",
    "\n\n", "    ", "- ", "[e](", ")", "f",
]  # fmt: skip
TAG = re.compile(r"<([a-z0-9]+)((?: [a-z-]+=\"[^\"]*\")*)>")
TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "li", "ol", "p", "pre", "span", "strong", "ul",
}  # fmt: skip
ATTRIBUTES = {"class", "href", "rel", "start", "title"}


def held(markup: str) -> tuple[set[str], set[str]]:
    """Return which tags and which attributes are in clean markup."""
    tags = TAG.findall(markup)
    names = {name for _, given in tags for name in re.findall(r' ([a-z-]+)="', given)}
    return {tag for tag, _ in tags}, names


def is_narrow(markup: str) -> bool:
    tags, attributes = held(markup)
    return tags <= TAGS and attributes <= ATTRIBUTES


def html(content: str) -> str:
    return RENDERER.render_remark(content).html.strip()


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("One\n\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ("a  \nb", "<p>a<br>\nb</p>"),
        ("```\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"),
    ],
)
def test_what_a_remark_may_hold(content: str, shown: str) -> None:
    assert html(content) == shown


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("# A title", "<p>A title</p>"),
        ("A title\n===", "<p>A title</p>"),
        ("a ![a picture](/b.jpg)", "<p>a a picture</p>"),
        ("---", ""),
        ("| a |\n|---|\n| b |", "<p>| a |\n|---|\n| b |</p>"),
        ("- [x] done", "<ul>\n<li>[x] done</li>\n</ul>"),
    ],
)
def test_of_what_a_remark_may_not_hold_the_words_stay(content: str, shown: str) -> None:
    assert html(content) == shown


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>"),
        ("<div>\n*a*\n</div>", "<p>&lt;div&gt;\n<em>a</em>\n&lt;/div&gt;</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("- é\n  <i>y</i>", "<ul>\n<li>é\n&lt;i&gt;y&lt;/i&gt;</li>\n</ul>"),
        ("`<b>` <!-- a -->", "<p><code>&lt;b&gt;</code> &lt;!-- a --&gt;</p>"),
        (r"<div>\<pre>a", "<p>&lt;div&gt;&lt;pre&gt;a</p>"),
        (r"<?\\<script>a</script>", r"<p>&lt;?\&lt;script&gt;a&lt;/script&gt;</p>"),
        ("a <!B\n<pre>c", "<p>a &lt;!B\n&lt;pre&gt;c</p>"),
    ],
)
def test_html_is_shown_as_it_is_typed(content: str, shown: str) -> None:
    assert html(content) == shown


@pytest.mark.parametrize(
    ("content", "address", "rel"),
    [
        ("[a](https://b.example/c)", "https://b.example/c", FOREIGN),
        ("https://b.example", "https://b.example", FOREIGN),
        ("<https://b.example>", "https://b.example", FOREIGN),
        ("[a](https://own.example/c)", "https://own.example/c", "nofollow ugc"),
        ("[a](/c)", "/c", "nofollow ugc"),
        ("[a](mailto:a@b.example)", "mailto:a@b.example", "nofollow ugc"),
    ],
)
def test_every_link_says_that_a_reader_has_set_it(content: str, address: str, rel: str) -> None:
    assert f'<a href="{address}" rel="{rel}">' in html(content)
    assert RENDERER.render_remark(content).links == 1


def test_what_is_no_link_any_more_is_not_counted() -> None:
    remark = RENDERER.render_remark("[a](javascript:alert(1)) `https://b.example` <c@d.example>")
    assert "javascript" not in remark.html
    assert remark.links == 1


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("@anna", ["anna"]),
        ("Hi @anna, @Bert.x. (@c_d) and **@e-f**!", ["anna", "Bert.x", "c_d", "e-f"]),
        ("@anna @ANNA", ["anna"]),
        ("`@anna`\n\n    @bert", []),
        ("anna@b.example https://b.example/@anna @@anna x/@anna", []),
        ("@ @a @" + "a" * 51, []),
        ("[@anna](/a) > @bert", ["anna", "bert"]),
        (" ".join(f"@n{at}" for at in range(20)), [f"n{at}" for at in range(MOST_NAMES)]),
    ],
)
def test_names_are_found_in_words_and_not_in_code(content: str, names: list[str]) -> None:
    assert names_in(html(content)) == names


@pytest.mark.parametrize("vector", VECTORS)
def test_no_attack_survives(vector: str) -> None:
    shown = html(vector)
    assert complaints(shown) == set()
    assert is_narrow(shown)


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_no_tag_that_is_typed_acts(content: str) -> None:
    """Neither does one that is there only because others are words."""
    events = MARKDOWN.events(without_html(content, MARKDOWN))
    assert [each for each in events if "Html" in each or "InlineHtml" in each] == []


@given(st.text(alphabet=st.sampled_from("<>/\"'=`*_-[]()!#&;:\\\n abdeimnopsxé@"), max_size=200))
def test_nothing_that_is_typed_does_harm(content: str) -> None:
    shown = html(content)
    assert complaints(shown) == set()
    assert is_narrow(shown)
