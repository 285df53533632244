"""HTML, whether imported or within Markdown: one policy says what a page may hold."""

import pytest

from app.core.markup import ContentFormat, Renderer

RENDERER = Renderer(video_hosts=["video.example"], own_hosts=["own.example"])


def page(markdown: str) -> str:
    return RENDERER.render(markdown, ContentFormat.MARKDOWN).html


def html_page(html: str) -> str:
    return RENDERER.render(html, ContentFormat.HTML).html


class TestHtml:
    @pytest.mark.parametrize(
        "html",
        [
            '<figure><img src="/a.png" alt="A" width="640" height="480" loading="lazy"></figure>',
            "<figure><p>x</p><figcaption>So <cite>it</cite> is</figcaption></figure>",
            '<details open=""><summary>More</summary><p>text</p></details>',
            "<p><kbd>Ctrl</kbd> H<sub>2</sub>O x<sup>2</sup> <mark>m</mark> <s>s</s></p>",
            '<p lang="he" dir="rtl"><abbr title="Hypertext">HT</abbr></p>',
            '<a href="/book"><div><h2 id="at-a">A</h2></div></a>',
            '<table><caption>C</caption><colgroup><col span="2"></colgroup></table>',
            '<table><tbody><tr><td colspan="2">x</td><th scope="row">y</th></tr></tbody></table>',
            '<blockquote cite="https://a.example/"><p>said</p></blockquote>',
            '<p class="align-center">middle</p>',
            "<dl><dt>term</dt><dd>meaning</dd></dl><hr><p>a<br>b</p>",
            "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
            '<p title="&lt;&gt;">a &lt;&gt; b &lt;<em>c</em>&gt;</p>',
        ],
    )
    def test_what_a_page_may_hold_stays_as_it_is(self, html: str) -> None:
        assert html_page(html) == html

    def test_html_within_markdown_obeys_the_same_policy(self) -> None:
        html = '<figure><img src="/a.png" alt="A"><script>x</script></figure>'
        assert page(html) == html_page(html) == '<figure><img src="/a.png" alt="A"></figure>'

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("<article><p>x</p></article>", "<p>x</p>"),
            ("<!-- hidden -->x", "x"),
            ("<p style='text-align:center;color:red'>x</p>", '<p align="center">x</p>'),
            ("<p style='color:red'>x</p>", "<p>x</p>"),
            ("<p class='align-left wide'>x</p>", '<p class="align-left">x</p>'),
            ("<img src='data:x' alt='x'>", ""),
            ("<input type=text value=x>", ""),
            ("<img src=/a width=100vw height=2>", '<img src="/a" height="2">'),
            ("<title>x</title>y<script>z</script>", "y"),
            ("<p>a<title>b", "<p>ab</p>"),
            ("a &#1;&#xFFFE;&#8; b", "a  b"),
            ("<p>1 < 2 <3", "<p>1 &lt; 2 &lt;3</p>"),
            ("a <b and", "a &lt;b and"),
            ("<!doctype html><?pi?></ x>a", "a"),
            ("a<!b", "a&lt;!b"),
            ("a<!-- b", "a"),
            ("a<!-->b<!--->c<!-- --!>d", "abcd"),
            ("<td>x</td>", "x"),
            (
                "<table><b>x</b><tr><td>y</table>",
                "x<table><tbody><tr><td>y</td></tr></tbody></table>",
            ),
            ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
            ("<dl><dt>a<dd>b</dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
            ("<p>a<p>b<div>c</div>", "<p>a</p><p>b</p><div>c</div>"),
            ("<p><b>a<p>b</b>", "<p><b>a</b></p><p>b</p>"),
            ("<a href=/x>a<a href=/y>b</a>", '<a href="/x">a</a><a href="/y">b</a>'),
            ("<h1>a<h2>b</h2>", '<h1 id="at-a">a</h1><h2 id="at-b">b</h2>'),
            ("<ruby>a<rt>b<rt>c</ruby>", "<ruby>a<rt>b</rt><rt>c</rt></ruby>"),
            ("<b><i>x</b></i>", "<b><i>x</i></b>"),
        ],
    )
    def test_what_it_may_not_hold_is_left_out(self, given: str, kept: str) -> None:
        assert html_page(given) == kept

    @pytest.mark.parametrize(
        "html",
        [
            f"<{tag} title=' {attribute}='></{tag}>"
            for tag in ("a", "code", "div", "h1", "p", "sup")
            for attribute in ("class", "href", "id", "src", "style", "type")
        ],
    )
    def test_a_title_that_looks_like_an_attribute_is_a_title(self, html: str) -> None:
        assert html_page(html).replace(' id="at-section"', "") == html.replace("'", '"')

    @pytest.mark.parametrize("tag", ["img", "input", "iframe"])
    def test_nor_does_it_stand_for_an_address(self, tag: str) -> None:
        assert html_page(f"<{tag} title=' src='><{tag} title=' type='>") == ""

    def test_a_title_makes_no_note_and_no_language(self) -> None:
        html = '<pre><code title="language-python" class="language-x">1</code></pre>'
        assert html_page(html) == html
        assert page('<sup title="footnote-reference"><a href="/x">1</a></sup>').count("at-") == 0

    @pytest.mark.parametrize("content_format", ContentFormat)
    def test_rendering_a_page_again_changes_nothing(self, content_format: ContentFormat) -> None:
        first = RENDERER.render(
            "# A\n\n[up](#a) https://a.example[^1]\n\n- [x] b\n\n```python\nx = 1\n```\n\n"
            "|a|\n|:-|\n|b|\n\n[^1]: Note\n\n<iframe src='https://video.example/'></iframe>",
            content_format,
        )
        assert RENDERER.render(first.html, ContentFormat.HTML) == first
