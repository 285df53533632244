"""Links say whether they leave the house; videos come from known hosts only."""

import pytest

from app.core.markup import ContentFormat, Renderer

RENDERER = Renderer(video_hosts=["video.example"], own_hosts=["own.example"])


def page(markdown: str) -> str:
    return RENDERER.render(markdown, ContentFormat.MARKDOWN).html


def html_page(html: str) -> str:
    return RENDERER.render(html, ContentFormat.HTML).html


class TestLinks:
    @pytest.mark.parametrize(
        ("words", "linked"),
        [
            ("https://a.example/b", "https://a.example/b"),
            ("see http://a.example.", "http://a.example"),
            ("(https://a.example/b_(c))", "https://a.example/b_(c)"),
            ("https://a.example/?b=1&c=2, then", "https://a.example/?b=1&amp;c=2"),
            ("**https://a.example**", "https://a.example"),
            ("https://a.example/'quoted'!?", "https://a.example/&#x27;quoted"),
            ("请看https://a.example/路径。谢谢", "https://a.example/路径"),
            ("https://localhost:8000/x", "https://localhost:8000/x"),
        ],
    )
    def test_a_bare_address_becomes_a_link(self, words: str, linked: str) -> None:
        assert f'<a href="{linked}" rel="noopener noreferrer">' in page(words)

    def test_a_bare_www_becomes_a_link(self) -> None:
        link = '<a href="http://www.a.example/b" rel="noopener noreferrer">www.a.example/b</a>'
        assert page("www.a.example/b") == f"<p>{link}</p>\n"

    @pytest.mark.parametrize(
        "words",
        [
            "`https://a.example`",
            "```\nhttps://a.example\n```",
            "<kbd>https://a.example</kbd>",
            "https://",
            "www.",
            "https://.example",
            "xhttps://a.example",
            "me@www.example",
            "ftp://a.example",
            "javascript://www.a.example",
            "https://" + "a." * 1000 + "example",
        ],
    )
    def test_what_is_code_or_no_address_does_not(self, words: str) -> None:
        assert "<a" not in page(words)

    def test_a_link_is_not_linked_again(self) -> None:
        assert page("[https://a.example](/b)") == '<p><a href="/b">https://a.example</a></p>\n'

    @pytest.mark.parametrize(
        ("address", "rel"),
        [
            ("https://a.example/", ' rel="noopener noreferrer"'),
            ("//a.example/", ' rel="noopener noreferrer"'),
            ("/\\a.example/", ' rel="noopener noreferrer"'),
            ("https://a.example\\@own.example/", ' rel="noopener noreferrer"'),
            ("https://[broken/", ""),
            ("https://own.example/x", ""),
            ("HTTPS://OWN.example:8443/x", ""),
            ("//own.example", ""),
            ("https://own.example.evil.example/", ' rel="noopener noreferrer"'),
            ("/x", ""),
            ("x?y=https://a.example", ""),
            ("#x", ""),
            ("mailto:me@a.example", ""),
            ("tel:+491234", ""),
        ],
    )
    def test_only_a_link_to_another_host_has_a_rel(self, address: str, rel: str) -> None:
        html = html_page(f'<a href="{address}">x</a>')
        assert html.count(" rel=") == (1 if rel else 0)
        assert rel in html

    def test_what_an_author_says_of_a_link_is_kept(self) -> None:
        assert 'rel="noopener noreferrer nofollow sponsored"' in html_page(
            '<a href="https://a.example" rel="Sponsored nofollow opener me">x</a>'
        )
        assert 'rel="nofollow"' in html_page('<a href="/a" rel="nofollow opener">x</a>')

    @pytest.mark.parametrize("scheme", ["javascript", "data", "ftp", "file", "sms"])
    def test_other_schemes_lead_nowhere(self, scheme: str) -> None:
        assert page(f"[x]({scheme}:y)") == "<p><a>x</a></p>\n"


class TestVideos:
    def test_a_video_of_an_allowed_host_is_embedded_behind_walls(self) -> None:
        html = html_page(
            '<iframe src="https://VIDEO.example/1?x=1" width="560" title="A film" allow="camera"'
            ' sandbox="allow-top-navigation" onload="x" srcdoc="y" allowfullscreen>z</iframe>'
        )
        assert html == (
            '<iframe src="https://VIDEO.example/1?x=1" width="560" title="A film" '
            'sandbox="allow-scripts allow-same-origin allow-presentation allow-popups" '
            'allow="encrypted-media; fullscreen; picture-in-picture" loading="lazy" '
            'referrerpolicy="strict-origin-when-cross-origin"></iframe>'
        )

    @pytest.mark.parametrize(
        "address",
        ["https://other.example/", "http://video.example/", "//video.example/", "/1", ""],
    )
    def test_any_other_is_left_out(self, address: str) -> None:
        assert html_page(f'a<iframe src="{address}"></iframe>b') == "ab"

    def test_our_own_host_never_embeds(self) -> None:
        renderer = Renderer(video_hosts=["Own.example"], own_hosts=["own.example"])
        page = renderer.render('<iframe src="https://own.example/"></iframe>', ContentFormat.HTML)
        assert page.html == ""
