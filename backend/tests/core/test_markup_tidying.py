"""What is tidy already is copied as it stands: faster than tag by tag, and no different."""

import pyromark
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.markup import tidying
from app.core.markup.addresses import Hosts
from app.core.markup.cleaning import Cleaner
from app.core.markup.tidying import DEEPEST, tidy
from tests.core.test_markup_limits import FRAGMENTS

CLEANER = Cleaner(Hosts.of([], []))
OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
)
EVERYTHING = """\
# A *title*

Words, **strong *and* not**, ~~gone~~, `code`, [a *link*](/a?b&c "Title"), ![a picture](/b.png),\\
a note[^1].

- one
- [x] two

3. three
   > four

|a|b|
|:-|-|
|*c*|`d`|

```python
x = 1
```

[^1]: A note.
"""


def tag_by_tag(markup: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tidying, "_TIDY_BLOCKS", tidying._TIDY_TEXT)
        patch.setattr(tidying, "_TIDY_LINE", tidying._TIDY_TEXT)
        return tidy(markup)


def is_no_different(markup: str) -> bool:
    return CLEANER.clean(tidy(markup)) == CLEANER.clean(tag_by_tag(markup))


def test_what_markdown_makes_is_copied() -> None:
    markup = pyromark.html(EVERYTHING, options=OPTIONS)
    before_the_note = markup[: markup.index("<div")]
    assert tidy(before_the_note) == before_the_note
    assert is_no_different(markup)


START_TAGS = [
    '<a href="/x">', "<a>", "<p>", "<h1>", "<h2>", "<em>", "<strong>", "<code>", "<del>", "<b>",
    "<ul>", "<ol>", '<ol start="3">', "<li>", "<blockquote>", "<div>", "<pre>", "<table>",
    "<thead>", "<tbody>", "<tr>", '<th style="text-align: left">', "<td>", "<dl>", "<dd>",
    '<code class="language-c">', '<sup class="footnote-reference">', "<ruby>", "<rt>", "<caption>",
]  # fmt: skip
LEAVES = [
    "x", "\n", "&amp;", "<br />", '<img src="/a.png" alt="b" />', "<hr />", "</p>", "<p>", "<a>",
    '<input disabled="" type="checkbox"/>', "<!-- -->", "<", "<iframe src=/>", "</em>", "</ul>",
]  # fmt: skip


def _element(start: str, within: str) -> str:
    name = start.strip("<>").split()[0]
    return f"{start}{within}</{name}>"


MARKUP = st.recursive(
    st.sampled_from(LEAVES),
    lambda within: st.lists(
        st.builds(_element, st.sampled_from(START_TAGS), within) | within, max_size=4
    ).map("".join),
    max_leaves=30,
)


@pytest.mark.parametrize(
    "markup",
    [
        "<p><p>x</p></p>",
        '<a href="/x"><em><a href="/y">x</a></em>z</a>',
        "<table><em>x</em></table>",
        f"{'<div>' * DEEPEST}<em>{'</div>' * DEEPEST}<em>x</em>y",
        "<td><table><tbody><tr><td>x</td>y</tr></tbody></table>",
    ],
)
def test_elements_are_not_copied_to_where_they_may_not_stand(markup: str) -> None:
    assert is_no_different(markup)


@settings(max_examples=400, deadline=None)
@given(markup=MARKUP)
def test_elements_in_any_element_are_copied_only_where_they_may_stand(markup: str) -> None:
    assert is_no_different(markup)


@settings(max_examples=200, deadline=None)
@given(soup=st.lists(st.sampled_from([*FRAGMENTS, *START_TAGS, *LEAVES]), max_size=30).map("".join))
def test_a_soup_of_tags_is_no_different(soup: str) -> None:
    assert is_no_different(soup)


@pytest.mark.parametrize("depth", range(DEEPEST - 12, DEEPEST + 3))
def test_nothing_is_copied_to_where_it_is_too_deep(depth: int) -> None:
    markup = pyromark.html(EVERYTHING, options=OPTIONS)
    assert is_no_different(f"{'<div>' * depth}{markup}{'</div>' * depth}{markup}")
