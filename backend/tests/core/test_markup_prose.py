"""What a page says, in plain text: for search, lists and reading times."""

import pytest

from app.core.markup import ContentFormat, Renderer
from app.core.markup.prose import (
    LONGEST_EXCERPT,
    WORDS_PER_MINUTE,
    count_words,
    reading_minutes,
)

RENDERER = Renderer()


def text(content: str, content_format: ContentFormat = ContentFormat.MARKDOWN) -> str:
    return RENDERER.render(content, content_format).text


def excerpt(content: str, content_format: ContentFormat = ContentFormat.MARKDOWN) -> str:
    return RENDERER.render(content, content_format).excerpt


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ""),
        ("# A\n\nb *c* `d`", "A\nb c d"),
        ("- one\n- two", "one\ntwo"),
        ("|a|b|\n|-|-|\n|c|d|", "a\nb\nc\nd"),
        ("```python\nx = 1\n    y\n```", "x = 1\ny"),
        ("a  \nb", "a\nb"),
        ("&lt;b&gt; &amp; &nbsp; caf&eacute;", "<b> & café"),
        ("a **b**c", "a bc"),
        ("![not text](/a.png) text", "text"),
        ("<div>a</div><div>b</div>", "a\nb"),
    ],
)
def test_the_text_has_no_markup_and_a_line_for_each_block(content: str, words: str) -> None:
    assert text(content) == words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("# Title\n\nFirst *one*.\n\nSecond.", "First one. Second."),
        ("```\ncode\n```\n\n|a|\n|-|\n|b|\n\nProse.", "Prose."),
        ("> Quoted\n\nProse.", "Quoted Prose."),
        ("Run `make`.", "Run make."),
        ("- a list\n- alone", "a list alone"),
        ("# Only a heading", ""),
        ("Tom &amp; Jerry", "Tom & Jerry"),
    ],
)
def test_the_excerpt_is_the_beginning_of_the_prose(content: str, words: str) -> None:
    assert excerpt(content) == words


def test_the_excerpt_of_html_without_paragraphs_is_its_text() -> None:
    assert excerpt("<h1>T</h1><div>one</div>two", ContentFormat.HTML) == "one two"
    assert excerpt("<figure><img src=/a>x<figcaption>c</figcaption></figure>y") == "y"


def test_a_long_excerpt_ends_after_a_whole_word() -> None:
    words = excerpt("word, " * 100)
    assert words.endswith("word…")
    assert LONGEST_EXCERPT - 10 < len(words) <= LONGEST_EXCERPT


def test_a_long_excerpt_without_spaces_is_cut_anyway() -> None:
    words = excerpt("漢" * 400)
    assert words == "漢" * (LONGEST_EXCERPT - 1) + "…"


@pytest.mark.parametrize("length", [LONGEST_EXCERPT - 1, LONGEST_EXCERPT])
def test_an_excerpt_that_fits_is_not_cut(length: int) -> None:
    assert excerpt("x" * length) == "x" * length


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("", 0),
        ("one", 1),
        ("it's a well-known fact — really", 5),
        ("हिन्दी में लिखा", 3),
        ("한국어 문장", 2),
        ("我喜欢编程。", 5),
        ("カタカナ と ひらがな", 9),
        ("使用 Python 编程", 5),
        ("用Python写", 3),
        ("สวัสดีชาวโลก", 3),
        ("1,000.50 €", 1),
        ("*** --- ...", 0),
    ],
)
def test_words_are_counted_in_any_script(words: str, count: int) -> None:
    assert count_words(words) == count


@pytest.mark.parametrize(
    ("words", "minutes"),
    [(0, 1), (WORDS_PER_MINUTE, 1), (2 * WORDS_PER_MINUTE, 2), (10 * WORDS_PER_MINUTE, 10)],
)
def test_reading_takes_a_minute_at_least(words: int, minutes: int) -> None:
    assert reading_minutes(words) == minutes


def test_a_page_says_how_long_it_takes() -> None:
    rendering = RENDERER.render("word " * 3 * WORDS_PER_MINUTE, ContentFormat.MARKDOWN)
    assert (rendering.word_count, rendering.reading_minutes) == (3 * WORDS_PER_MINUTE, 3)
