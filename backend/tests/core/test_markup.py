"""From Markdown, or imported HTML, to a page."""

import pytest

from app.core.markup import ContentFormat, Heading, Renderer, Rendering
from app.core.markup.anchors import LONGEST_TITLE, MOST_HEADINGS
from app.core.markup.footnotes import MOST_BACKLINKS, MOST_LINKED
from app.core.markup.highlighting import LONGEST_BLOCK, LONGEST_TOTAL, MOST_LINES

RENDERER = Renderer(video_hosts=["video.example"])


def render(markdown: str) -> Rendering:
    return RENDERER.render(markdown, ContentFormat.MARKDOWN)


def page(markdown: str) -> str:
    return render(markdown).html


def html_page(html: str) -> str:
    return RENDERER.render(html, ContentFormat.HTML).html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("", ""),
        ("two\n\nparagraphs", "<p>two</p>\n<p>paragraphs</p>\n"),
        (
            "*soft* **loud** `code`",
            "<p><em>soft</em> <strong>loud</strong> <code>code</code></p>\n",
        ),
        ("~~gone~~", "<p><del>gone</del></p>\n"),
        ("![alt](/a.png 'T')", '<p><img src="/a.png" alt="alt" title="T"></p>\n'),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>\n"),
        ("3. three", '<ol start="3">\n<li>three</li>\n</ol>\n'),
        ("a < b & c > d", "<p>a &lt; b &amp; c &gt; d</p>\n"),
        ("{{ liquid }} {% raw %}", "<p>{{ liquid }} {% raw %}</p>\n"),
        ("line  \nbreak", "<p>line<br>\nbreak</p>\n"),
    ],
)
def test_markdown_becomes_html(markdown: str, html: str) -> None:
    assert page(markdown) == html


def test_a_table_keeps_its_columns_alignment_without_a_style() -> None:
    html = page("| a | b | c | d |\n|:--|:-:|--:|---|\n| 1 | 2 | 3 | 4 |")
    assert '<th align="left">a</th><th align="center">b</th><th align="right">c</th><th>d' in html
    assert '<td align="left">1</td><td align="center">2</td><td align="right">3</td><td>4' in html
    assert "style" not in html


def test_a_task_list_has_checkboxes_that_nobody_can_press() -> None:
    html = page("- [x] done\n- [ ] open\n\n  with more\n- none")
    done = '<input type="checkbox" disabled="" checked="">'
    assert html.count('<li class="task-list-item">') == 2
    assert done in html
    assert '<input type="checkbox" disabled="">' in html
    assert html.count("<li>") == 1


@pytest.mark.parametrize("begin", ["", " ", "<p>", "\n<p>\n", "<img> <img>\n<p>"])
def test_a_task_begins_with_its_checkbox(begin: str) -> None:
    assert html_page(f"<ul><li>{begin}<input type=checkbox>").count("task-list-item") == 1
    assert html_page(f"<ul><li>{begin}x <input type=checkbox>").count("task-list-item") == 0


class TestFootnotes:
    def test_a_mention_and_its_note_lead_to_each_other(self) -> None:
        html = page("Said[^why].\n\n[^why]: Because.\n\nAfter.")
        assert html == (
            '<p>Said<sup class="footnote-reference" id="at-footnote-1-ref">'
            '<a href="#at-footnote-1" role="doc-noteref">1</a></sup>.</p>\n\n<p>After.</p>\n'
            '<section class="footnotes" role="doc-endnotes">'
            '<div class="footnote-definition" id="at-footnote-1">'
            '<sup class="footnote-definition-label">1</sup>\n<p>Because. '
            '<a href="#at-footnote-1-ref" class="footnote-backref" role="doc-backlink">↩</a></p>\n'
            "</div></section>"
        )

    def test_a_note_leads_back_to_each_mention(self) -> None:
        html = page("One[^1] two[^1].\n\n[^1]: Note.")
        assert 'id="at-footnote-1-ref-2"' in html
        assert 'href="#at-footnote-1-ref"' in html
        assert 'href="#at-footnote-1-ref-2"' in html

    def test_a_note_mentioned_very_often_leads_back_to_the_first_mentions(self) -> None:
        html = page("x[^1] " * (MOST_BACKLINKS + 5) + "\n\n[^1]: Note.")
        assert html.count("doc-backlink") == html.count('id="at-footnote-1-ref') == MOST_BACKLINKS
        assert html.count("doc-noteref") == MOST_BACKLINKS + 5

    def test_beyond_the_thousandth_mentions_are_mere_numbers(self) -> None:
        mentions = "".join(f"x[^{n}] " for n in range(MOST_LINKED))
        notes = "".join(f"[^{n}]: Note.\n\n" for n in [*range(MOST_LINKED), "z"])
        html = page(f"{mentions}y[^9] z[^z]\n\n{notes}")
        assert html.count("doc-noteref") == html.count("doc-backlink") == MOST_LINKED
        assert "y<sup>10</sup> z<sup>1001</sup></p>" in html
        assert f'id="at-footnote-{MOST_LINKED}"' in html
        assert html.endswith("<div><sup>1001</sup>\n<p>Note.</p>\n</div></section>")

    def test_any_note_that_a_link_leads_to_has_its_id(self) -> None:
        html = page("".join(f"[^{n}]: Note.\n\n" for n in range(MOST_LINKED + 9)) + "x[^1005]")
        target = html.partition('"doc-noteref"')[0].rpartition('href="#')[2].partition('"')[0]
        assert f'id="{target}"' in html

    def test_notes_stand_at_the_end_in_the_order_of_their_numbers(self) -> None:
        html = page("A[^a] b[^b].\n\n[^b]: Second.\n\n[^a]: First.\n\nThe end.")
        places = [html.index(words) for words in ("The end.", "footnotes", "First.", "Second.")]
        assert places == sorted(places)

    def test_the_back_link_follows_a_note_that_ends_with_code(self) -> None:
        html = page("A[^1]\n\n[^1]: Note:\n\n    ```\n    x\n    ```\n")
        assert "</code></pre>" in html
        assert html.index("</code></pre>") < html.index("footnote-backref")

    def test_a_mention_of_no_note_is_text(self) -> None:
        assert page("A[^1]") == "<p>A[^1]</p>\n"

    def test_notes_are_text_but_their_marks_are_not(self) -> None:
        rendering = render("Said[^1].\n\n[^1]: Because.")
        assert rendering.text == "Said.\nBecause."
        assert rendering.excerpt == "Said."

    @pytest.mark.parametrize(
        "html",
        [
            '<div class="footnote-definition"></div>',
            '<div class="footnote-definition">',
            '<div class="footnote-definition"><sup>x</sup></div>',
            '<sup class="footnote-reference">',
            '<sup class="footnote-reference"><a href="#1">',
            '<sup class="footnote-reference"><a>99999999999</a></sup>',
            "[^1]\n\n" + '<div class="footnote-definition"><sup>1</sup></div>' * 2,
        ],
    )
    def test_what_only_looks_like_a_note_does_no_harm(self, html: str) -> None:
        assert page(html)
        ids = [part.split('"')[0] for part in page(html).split(' id="')[1:]]
        assert len(ids) == len(set(ids))


class TestCode:
    def test_a_known_language_gets_classes_and_no_style(self) -> None:
        html = page("```python\nx = 1 < 2\n```")
        assert html == (
            '<pre class="highlight"><code class="language-python"><span class="n">x</span> '
            '<span class="o">=</span> <span class="mi">1</span> <span class="o">&lt;</span> '
            '<span class="mi">2</span>\n</code></pre>\n'
        )

    @pytest.mark.parametrize("info", ["rust", "JavaScript", "c++", "sh {.numbers} title=x"])
    def test_languages_are_known_by_their_usual_names(self, info: str) -> None:
        assert '<pre class="highlight">' in page(f"```{info}\nlet x = 1;\n```")

    def test_an_unknown_language_stays_plain(self) -> None:
        html = page("```brainmelt\n<x>\n```")
        assert html == '<pre><code class="language-brainmelt">&lt;x&gt;\n</code></pre>\n'

    def test_code_without_a_language_stays_plain(self) -> None:
        assert (
            page("```\nx\n```\n\n    y")
            == "<pre><code>x\n</code></pre>\n<pre><code>y</code></pre>\n"
        )

    def test_code_in_imported_html_is_highlighted_too(self) -> None:
        assert '<span class="mi">1</span>' in html_page(
            "<pre><code class='hljs language-python'>1</code></pre>"
        )

    def test_code_with_markup_inside_is_left_alone(self) -> None:
        html = '<pre><code class="language-python">x = <mark>1</mark></code></pre>'
        assert html_page(html) == html

    @pytest.mark.parametrize(
        "html",
        [
            '<pre>a</pre><code class="language-python">x = 1</code><p>b</p>',
            '<pre>a <code class="language-python">x = 1</code></pre>',
            '<code class="language-python">x = 1</code>',
        ],
    )
    def test_code_that_is_no_block_stays_plain(self, html: str) -> None:
        assert html_page(html) == html

    @pytest.mark.parametrize(
        "code", ["x = 'long'\n" * (LONGEST_BLOCK // 11 + 1), "1\n" * (MOST_LINES + 1)]
    )
    def test_a_long_block_stays_plain(self, code: str) -> None:
        assert "<span" not in page(f"```python\n{code}```")

    def test_after_much_code_the_rest_stays_plain(self) -> None:
        block = f"```python\nx = {'1' * (LONGEST_BLOCK - 5)}\n```\n\n"
        html = page(block * (LONGEST_TOTAL // LONGEST_BLOCK + 3))
        assert html.count('<pre class="highlight">') == LONGEST_TOTAL // LONGEST_BLOCK
        assert html.count("<pre>") == 3

    @pytest.mark.parametrize("language", ["python", "js", "html", "bash", "yaml", "sql", "diff"])
    def test_highlighting_changes_no_character(self, language: str) -> None:
        code = "\n\n  a: 'b' < \"c\" & d\n\t#x\n\n<?php $x ?> é \U0001f600\n\n"
        with_colours = render(f"~~~{language}\n{code}~~~").text
        assert with_colours == render(f"~~~\n{code}~~~").text


class TestHeadings:
    def test_each_has_an_id_made_from_its_words(self) -> None:
        assert page("## Hello, *World* & `co`") == (
            '<h2 id="at-hello-world-co">Hello, <em>World</em> &amp; <code>co</code></h2>\n'
        )

    def test_the_table_of_contents_is_nested(self) -> None:
        toc = render("# A\n## B\n### C\n## D\n# E").toc
        assert _outline(toc) == [("A", [("B", [("C", [])]), ("D", [])]), ("E", [])]
        assert toc[0]["children"][0] == {
            "id": "at-b",
            "title": "B",
            "level": 2,
            "children": [{"id": "at-c", "title": "C", "level": 3, "children": []}],
        }

    def test_skipped_levels_nest_below_what_is_there(self) -> None:
        toc = render("### A\n###### B\n#### C\n# D\n#### E\n## F").toc
        assert _outline(toc) == [("A", [("B", []), ("C", [])]), ("D", [("E", []), ("F", [])])]

    def test_equal_headings_get_different_ids(self) -> None:
        assert _ids(render("# A\n# A\n# A 2\n# A").toc) == ["at-a", "at-a-2", "at-a-2-2", "at-a-3"]

    @pytest.mark.parametrize(
        ("title", "id_"),
        [
            ("Über uns", "at-uber-uns"),
            ("東京", "at-dong-jing"),
            ("Привет, мир", "at-privet-mir"),
            ("!!!", "at-section"),
            ("\U0001f600", "at-section"),
            ("2026", "at-article-2026"),
        ],
    )
    def test_any_script_gives_an_id(self, title: str, id_: str) -> None:
        toc = render(f"# {title}").toc
        assert (_ids(toc), toc[0]["title"]) == ([id_], title)

    def test_a_heading_without_words_is_not_in_the_table_of_contents(self) -> None:
        rendering = render("# ![](/x.png)\n\n# A")
        assert _ids(rendering.toc) == ["at-a"]
        assert '<h1 id="at-section">' in rendering.html

    def test_an_authors_id_is_kept_behind_the_prefix(self) -> None:
        html = '<h2 id="intro">Hello</h2><p id="intro">twice</p><h2>Intro</h2>'
        rendering = RENDERER.render(html, ContentFormat.HTML)
        assert _ids(rendering.toc) == ["at-intro", "at-intro-2"]
        assert "<p>twice</p>" in rendering.html

    def test_links_find_headings_and_ids_by_the_name_an_author_knows(self) -> None:
        html = page('[up](#hello) [there](#%C3%A9) [top](#top)\n\n# Hello\n\n<p id="é">x</p>')
        for link in ('href="#at-hello"', 'href="#at-é"', 'href="#top"'):
            assert link in html

    def test_a_heading_within_a_heading_is_part_of_it(self) -> None:
        toc = RENDERER.render("<h1>A <div><h2>B</h2></div></h1>", ContentFormat.HTML).toc
        assert _outline(toc) == [("A B", [])]

    def test_a_long_heading_has_a_short_title(self) -> None:
        (heading,) = render("# " + "word " * 100).toc
        assert len(heading["title"]) <= LONGEST_TITLE

    def test_a_page_of_nothing_but_headings_lists_the_first(self) -> None:
        assert len(render("# A\n" * (MOST_HEADINGS + 5)).toc) == MOST_HEADINGS


def _outline(toc: list[Heading]) -> list[tuple[str, object]]:
    return [(heading["title"], _outline(heading["children"])) for heading in toc]


def _ids(toc: list[Heading]) -> list[str]:
    return [heading["id"] for heading in toc]


async def test_rendering_off_the_event_loop_gives_the_same() -> None:
    assert await RENDERER.render_async("# A", ContentFormat.MARKDOWN) == render("# A")


def test_a_closed_renderer_still_renders_for_commands() -> None:
    renderer = Renderer()
    renderer.close()
    assert renderer.render("a", ContentFormat.MARKDOWN).text == "a"
