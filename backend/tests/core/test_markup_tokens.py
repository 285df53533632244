"""Clean markup is read by regular expressions: what must hold for that, and what they find."""

from hypothesis import given, settings

from app.core.markup.addresses import Hosts
from app.core.markup.cleaning import Cleaner
from app.core.markup.tidying import tidy
from app.core.markup.tokens import (
    GAP,
    Elements,
    StartTags,
    Token,
    close_gaps,
    read_tokens,
    split,
    start,
    texts,
    without_tags,
    write,
)
from tests.core.test_markup_is_inert import SOUP

CLEANER = Cleaner(Hosts.of(["video.example"], []))
LISTS = Elements("ol", "ul")


@settings(max_examples=300, deadline=None)
@given(soup=SOUP)
def test_clean_markup_is_texts_and_well_nested_tags(soup: str) -> None:
    markup = CLEANER.clean(tidy(soup))
    tokens = list(read_tokens(markup))
    assert write(tokens) == "".join(split(markup)) == markup
    assert "".join(texts(markup)) == without_tags(markup) == write(t for t in tokens if not t.name)
    assert not {"<", ">"} & set(without_tags(markup))
    assert GAP.source not in markup
    assert _is_well_nested(tokens)


def _is_well_nested(tokens: list[Token]) -> bool:
    opened: list[str] = []
    for token in tokens:
        if token.closing and (not opened or opened.pop() != token.name):
            return False
        if token.name and not token.closing and token.name not in {"br", "col", "hr", "img", "wbr"}:
            opened += [token.name] * (token.name != "input")
    return not opened


@settings(max_examples=200, deadline=None)
@given(soup=SOUP)
def test_cutting_around_elements_loses_nothing(soup: str) -> None:
    markup = CLEANER.clean(tidy(soup))
    pieces = list(LISTS.cut(markup))
    assert "".join(piece for piece, _ in pieces) == markup
    for piece, tag in pieces:
        assert piece.startswith(tag.source) if tag else not {"<ol", "<ul"} & set(split(piece))


def test_the_outermost_elements_are_cut_out() -> None:
    markup = "a<ul><li><ul></ul>b</li></ul><p>c</p><ol></ol>d"
    assert list(LISTS.leave_out(markup)) == ["a", "<p>c</p>", "d"]


def test_elements_can_be_told_by_their_start_tags() -> None:
    notes = Elements("div", where=lambda tag: "x" in tag.classes())
    markup = '<div>a<div class="x y">b<div>c</div></div></div><div id="x">d</div>'
    assert "".join(notes.leave_out(markup)) == '<div>a</div><div id="x">d</div>'


def test_no_name_is_mistaken_for_a_longer_one() -> None:
    def with_id(tag: Token) -> Token:
        return start(tag.name, tag.attributes | {"id": "at-1"})

    markup = '<a>x</a><abbr>a</abbr><b title="a">'
    assert StartTags("a").rewrite(markup, with_id) == markup.replace("<a>", '<a id="at-1">')
    assert list(Elements("a").leave_out(markup)) == ["", '<abbr>a</abbr><b title="a">']


def test_words_in_a_text_are_no_attribute() -> None:
    markup = '<p> id="x"</p><p title=" id=">y</p>'
    tags = list(StartTags(having=' id="').find(markup))
    assert [tag.get("id") for tag in tags] == [None]


def test_what_is_left_out_keeps_the_texts_around_it_apart() -> None:
    page = StartTags("img").rewrite("www.a.<img>example", lambda _: GAP)
    assert texts(page) == ["www.a.", "example"]
    assert close_gaps(page) == "www.a.example"
