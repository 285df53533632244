"""What front matter says of an article, by whatever name: rules, without a file and a database."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.policy import Role
from app.features.portability.errors import CannotImport
from app.features.portability.rules import (
    allowed,
    article_fields,
    as_slugs,
    forgetting,
    old_path,
    understand,
)
from app.features.portability.schemas import Document, Reading
from app.models import User

BODY = "A body of some length.\n"


def read(front_matter: dict[str, Any], body: str = BODY) -> Reading:
    return understand(Document("river.md", "river", False, front_matter, body, "digest"))


@pytest.mark.parametrize(
    ("front_matter", "excerpt"),
    [
        ({"description": "About a river"}, "About a river"),
        ({"summary": "About a river"}, "About a river"),
        ({"excerpt": "About a river"}, "About a river"),
        ({"description": "For machines", "excerpt": "For people"}, "For people"),
        ({"description": " ", "excerpt": ["x", "y"]}, None),
        ({"excerpt": False}, None),
        ({"extra": {"summary": "About a river"}}, "About a river"),
    ],
)
def test_where_an_excerpt_comes_from(front_matter: dict[str, Any], excerpt: str | None) -> None:
    assert read(front_matter).more.get("excerpt") == excerpt


@pytest.mark.parametrize(
    ("front_matter", "cover", "alt"),
    [
        ({"image": "/images/river.jpg"}, "/images/river.jpg", None),
        ({"cover": "/a.jpg", "cover_alt": "A river"}, "/a.jpg", "A river"),
        ({"coverImage": "/a.jpg", "coverImageAlt": "A river"}, "/a.jpg", "A river"),
        ({"image": {"path": "/a.jpg", "alt": "A river"}}, "/a.jpg", "A river"),
        ({"image": {"src": "/a.jpg"}}, "/a.jpg", None),
        ({"cover": {"image": "/a.jpg", "alt": "A river"}}, "/a.jpg", "A river"),
        ({"featured_image": "/a.jpg"}, "/a.jpg", None),
        ({"thumbnail": "https://example.com/a.jpg"}, "https://example.com/a.jpg", None),
        ({"hero": {"url": "/a.jpg", "alt": "A river"}}, "/a.jpg", "A river"),
        ({"images": ["/a.jpg"]}, "/a.jpg", None),
        ({"image": "/the river.jpg"}, "/the%20river.jpg", None),
        ({"image": "", "thumbnail": "/a.jpg"}, "/a.jpg", None),
    ],
)
def test_where_a_cover_comes_from(
    front_matter: dict[str, Any], cover: str, alt: str | None
) -> None:
    more = read(front_matter).more
    assert (more["cover"], more.get("cover_alt")) == (cover, alt)


@pytest.mark.parametrize(
    ("front_matter", "series", "position"),
    [
        ({"series": "A year"}, "A year", None),
        ({"series": ["A year"], "series_weight": 3}, "A year", 3),
        ({"series": "A year", "part": "2"}, "A year", 2),
        ({"series": {"name": "A year", "order": 4}}, "A year", 4),
        ({"series": {"title": "A year"}, "order": 0}, "A year", 0),
        ({"series": "A year", "part": "two"}, "A year", None),
        ({"order": 5}, None, None),
    ],
)
def test_where_a_series_comes_from(
    front_matter: dict[str, Any], series: str | None, position: int | None
) -> None:
    more = read(front_matter).more
    assert (more.get("series"), more.get("series_position")) == (series, position)


@pytest.mark.parametrize(
    ("front_matter", "meta"),
    [
        ({"meta_title": "T", "meta_description": "D"}, {"title": "T", "description": "D"}),
        ({"seo": {"title": "T", "description": "D"}}, {"title": "T", "description": "D"}),
        ({"seo_title": "T", "og_image": "/a.jpg"}, {"title": "T", "og_image": "/a.jpg"}),
        ({"description": "D", "excerpt": "E"}, {"description": "D"}),
        ({"twitter": {"card": "summary"}}, {"twitter_card": "summary"}),
        ({"robots": "noindex"}, {"robots": "noindex,follow"}),
        ({"robots": "noindex, nofollow"}, {"robots": "noindex,nofollow"}),
        ({"noindex": True}, {"robots": "noindex,follow"}),
        ({"noindex": False}, None),
    ],
)
def test_what_search_engines_are_told(
    front_matter: dict[str, Any], meta: dict[str, str] | None
) -> None:
    assert read(front_matter).more.get("meta") == meta


@pytest.mark.parametrize(
    ("front_matter", "name", "value"),
    [
        ({"lang": "pt_br"}, "locale", "pt_br"),
        ({"language": "de"}, "locale", "de"),
        ({"canonicalUrl": "https://example.com/a"}, "canonical_url", "https://example.com/a"),
        ({"canonical": "https://example.com/a"}, "canonical_url", "https://example.com/a"),
        ({"featured": True}, "featured", True),
        ({"sticky": "yes"}, "pinned", True),
        ({"pin": False}, "pinned", False),
        ({"comments": False}, "comments", "closed"),
        ({"comments": "off"}, "comments", "closed"),
        ({"disableComments": True}, "comments", "closed"),
        ({"params": {"comments": "Closed"}}, "comments", "closed"),
        ({"comments": "moderated"}, "comments", "moderated"),
        ({"comment_status": "open"}, "comments", "open"),
    ],
)
def test_what_else_it_says(front_matter: dict[str, Any], name: str, value: object) -> None:
    reading = read(front_matter)
    assert reading.more == {name: value}
    assert not reading.dropped


@pytest.mark.parametrize("front_matter", [{"comments": True}, {"disableComments": False}])
def test_that_people_may_comment_leaves_it_to_the_site(front_matter: dict[str, Any]) -> None:
    reading = read(front_matter)
    assert (reading.more, dict(reading.dropped)) == ({}, {})


def test_what_nobody_takes_is_counted_by_the_name_that_it_has() -> None:
    reading = read({
        "translationKey": "river", "image": {"path": "/a.jpg", "width": 12}, "featured": "perhaps",
        "cover": "/b.jpg", "extra": {"math": True},
    })  # fmt: skip
    assert reading.dropped == {
        "front matter: translationKey": 1,
        "front matter: image.width": 1,
        "front matter: featured": 1,
        "front matter: cover": 1,
        "front matter: extra.math": 1,
    }


# What an article can have


def test_a_reading_becomes_the_fields_of_an_article() -> None:
    fields = article_fields(read({"title": "A river", "lang": "en-GB", "date": "2018-01-02"}))
    assert fields == {
        "title": "A river",
        "content": BODY,
        "tags": [],
        "published": True,
        "published_at": datetime(2018, 1, 2, tzinfo=UTC),
        "locale": "en-GB",
    }


def test_what_no_article_can_have_is_left_out_and_counted() -> None:
    reading = read({
        "image": "river.jpg", "lang": "klingon!", "canonical": "/a", "excerpt": "x" * 1001,
        "series": "s" * 201, "comments": "sometimes", "meta_title": "x" * 201,
        "og_title": "A river", "robots": "perhaps",
    })  # fmt: skip
    assert article_fields(reading).keys() - {"title", "content", "tags", "published"} == {"meta"}
    assert article_fields(reading)["meta"] == {"og_title": "A river"}
    assert {name.partition(" ")[0] for name in reading.dropped} == {
        "cover", "locale", "canonical_url", "excerpt", "series", "comments", "meta.title",
        "meta.robots",
    }  # fmt: skip


def test_a_place_beyond_the_last_is_left_out() -> None:
    reading = read({"series": "A year", "part": 10**30})
    assert "series_position" not in article_fields(reading)
    assert reading.dropped == {"series_position that no article can have": 1}


@pytest.mark.parametrize(
    ("front_matter", "body", "reason"),
    [
        ({"title": "x" * 201}, BODY, "title: "),
        ({}, "short", "content: "),
        ({}, "\x07" * 10, "cont"),
    ],
)
def test_without_a_title_or_a_text_it_would_be_another_article(
    front_matter: dict[str, Any], body: str, reason: str
) -> None:
    with pytest.raises(CannotImport, match=reason):
        article_fields(read(front_matter, body))


@pytest.mark.parametrize(("role", "may"), [(Role.AUTHOR, False), (Role.EDITOR, True)])
def test_only_the_posts_of_editors_are_featured(role: Role, may: bool) -> None:
    reading = read({"featured": True, "pinned": False})
    fields = allowed(article_fields(reading), User(role=role), reading.dropped)
    assert ("featured" in fields, "pinned" in fields) == (may, may)
    dropped = {} if may else {"featured, which only editors decide": 1}
    assert reading.dropped == dropped


def test_what_a_file_no_longer_says_is_forgotten() -> None:
    before = read({
        "excerpt": "x", "cover": "/a.jpg", "series": "A year", "part": 2, "pinned": True,
        "lang": "de", "meta_title": "x", "og_title": "y",
    })  # fmt: skip
    now = article_fields(read({"cover": "/b.jpg", "og_title": "z"}))
    assert forgetting(before, now) == {
        **now,
        "excerpt": None,
        "series": None,
        "pinned": False,
        "meta": {"title": None, "og_title": "z"},
    }


def test_what_it_never_said_is_not_its_affair() -> None:
    now = article_fields(read({}))
    assert forgetting(read({}), now) == now


# Old addresses


@pytest.mark.parametrize(
    ("front_matter", "addresses"),
    [
        ({"aliases": ["/a/b/", "/c.html"]}, ["/a/b/", "/c.html"]),
        ({"redirect_from": "/2018/river/"}, ["/2018/river/"]),
        ({"alias": "old-river"}, ["old-river"]),
        ({"aliases": ["Old River", "2018", "feed"]}, ["/Old River", "/2018", "/feed"]),
        ({"permalink": "/2018/river.html"}, ["/2018/river.html"]),
        ({"url": "river"}, ["/river"]),
        ({"permalink": "https://old.example.com/river?x=1#y"}, ["/river"]),
        ({"permalink": "/:year/:title/"}, []),
        ({"permalink": "pretty"}, []),
        ({"aliases": ["/a/", "/a/", "//a//"]}, ["/a/"]),
    ],
)
def test_where_old_addresses_come_from(front_matter: dict[str, Any], addresses: list[str]) -> None:
    assert read(front_matter).addresses == addresses


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("/%C3%BCber", "/über"),
        ("/u\N{COMBINING DIAERESIS}ber", "/über"),
        ("/a%20b", "/a b"),
        ("/100%25", "/100%25"),
        ("/a%3Fb%23c%2Fd", "/a%3Fb%23c%2Fd"),
        ("/?p=12", ""),
        ("/", ""),
        ("/a%0Ab", ""),
        ("/a%00", ""),
        ("/%FF", ""),
        ("http://[x", ""),
        ("/" + "ü" * 1000, ""),
    ],
)
def test_a_path_is_kept_in_one_way(written: str, kept: str) -> None:
    assert old_path(written) == kept


def test_aliases_that_are_no_addresses_are_counted() -> None:
    reading = read({"aliases": ["/", {"a": "b"}, None, *(f"/{number}" for number in range(103))]})
    assert len(reading.addresses) == 100
    assert reading.dropped == {"alias that is no path": 3, "alias beyond the first 100": 3}


def test_a_path_of_an_article_in_galley_is_a_slug() -> None:
    addresses = ["/articles/old-river", "/articles/Old", "/articles/", "/x/old-river", "older"]
    assert as_slugs(addresses, "/articles/{slug}") == [
        "old-river", "/articles/Old", "/articles/", "/x/old-river", "older",
    ]  # fmt: skip
    assert as_slugs(["/a/b.html", "b"], "/a/{slug}.html") == ["b"]
