"""What was found is marked, and nothing of a text can become anything but text."""

from html.parser import HTMLParser

import pytest
from typing_extensions import override

from app.features.search import schemas
from app.models import User
from tests.factories import Factory
from tests.features.search.conftest import Ask

HOSTILE = [
    "<script>river()</script>",
    "<mark>river</mark> </mark><b>",
    "<img src=x onerror=river>",
    "river &lt;script&gt; &amp;lt; &#60;b&#62;",
    "\"river\" 'onclick=' `x`",
    "</p><svg/onload=alert(1)> river",
    "<river <river> river>",
    "river <!-- river --> <![CDATA[river]]>",
    "javascript:alert('river') <a href=javascript:river>",
    "\x01river\x02 \x03 \x04b\x05 river",
    "\x04script\x05river\x04/script\x05",
    "a < b river > c & d",
    "StartSel=<b>, river, FragmentDelimiter=<i>",
    "river\u2028<b\u00a0onx=1>",
]


class Parts(HTMLParser):
    """Collects the elements and the text of some HTML."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, object]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, attrs))

    @override
    def handle_data(self, data: str) -> None:
        self.text += data

    @override
    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", data))

    @override
    def handle_decl(self, decl: str) -> None:
        self.elements.append(("declaration", decl))

    @override
    def unknown_decl(self, data: str) -> None:
        self.elements.append(("declaration", data))


@pytest.mark.parametrize("text", HOSTILE)
async def test_only_marks_survive(make: Factory, author: User, search: Ask, text: str) -> None:
    await make.article(author, title=f"T {text}", content=f"C {text}")
    [hit] = await search("river")
    plain = text.translate(dict.fromkeys(map(ord, schemas.UNWANTED), " "))
    whole = " ".join(plain.split())
    for html in (hit["title_html"], *hit["fragments"]):
        parts = Parts(html)
        assert set(map(str, parts.elements)) == {"('mark', [])"}
        assert html.count("<mark>") == html.count("</mark>") >= 1
        assert " ".join(parts.text.split()).removeprefix("T ") in whole
    assert " ".join(Parts(hit["title_html"]).text.split()) == f"T {whole}"


async def test_a_title_is_marked_and_a_text_shown_around_its_marks(
    make: Factory, author: User, search: Ask
) -> None:
    far = "and further " * 60
    content = f"{far} the Rivers meet {far} another river {far}"
    await make.article(author, title="Rivers & Río", content=content)
    [hit] = await search("river or rio")
    assert hit["title_html"] == "<mark>Rivers</mark> &amp; <mark>Río</mark>"
    assert len(hit["fragments"]) == 2
    assert "further the <mark>Rivers</mark> meet and" in hit["fragments"][0]
    assert all(len(fragment) < 300 for fragment in hit["fragments"])


async def test_what_is_found_elsewhere_has_no_fragments(
    make: Factory, author: User, search: Ask
) -> None:
    await make.article(author, title="T", content="Quiet.", tags=["river"])
    [hit] = await search("river")
    assert (hit["title_html"], hit["fragments"]) == ("T", [])


async def test_an_article_that_is_not_rendered_yet_is_found_by_its_source(
    make: Factory, author: User, search: Ask
) -> None:
    article = await make.article(author, content="The *river* is quiet.", plain_text="")
    [hit] = await search("river")
    assert hit["id"] == article.id
