"""What a post of Jekyll, Hugo or Astro means: rules, without a file and without a database."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.features.portability.errors import CannotImport
from app.features.portability.rules import heading, moment, understand
from app.features.portability.schemas import Document, Reading


def post(
    front_matter: dict[str, Any] | None = None,
    body: str = "A body of some length.\n",
    name: str = "down-the-river",
    path: str = "down-the-river.md",
    in_drafts: bool = False,
) -> Reading:
    return understand(Document(path, name, in_drafts, front_matter or {}, body, "digest"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2018-01-02", "2018-01-02T00:00:00+00:00"),
        ("2018-1-2", "2018-01-02T00:00:00+00:00"),
        ("2018-01-02 11:21:40 +0100", "2018-01-02T10:21:40+00:00"),
        ("2018-01-02 11:21 -08:00", "2018-01-02T19:21:00+00:00"),
        ("2018-01-02T11:21:40.123Z", "2018-01-02T11:21:40+00:00"),
        ("2018-01-02T11:21:40", "2018-01-02T11:21:40+00:00"),
        ("2023-01-29 18:30:22 2023 -0800", "2023-01-30T02:30:22+00:00"),
        ("Jul 08 2022", "2022-07-08T00:00:00+00:00"),
        ("July 8, 2022", "2022-07-08T00:00:00+00:00"),
        ("Tue, 02 Jan 2018 11:21:40 +0100", "2018-01-02T10:21:40+00:00"),
    ],
)
def test_dates_are_read_as_people_write_them(written: str, meant: str) -> None:
    assert moment(written) == datetime.fromisoformat(meant)


@pytest.mark.parametrize(
    "written",
    ["0000-00-00", "9999-99-99", "9999-12-31 23:59 -1000", "0001-01-01 00:00 +1400",
     "2018-02-30", "2018-01-02 25:00", "2018-01-02 11:21 +9999", "soon", "12", "", "[1]"],
)  # fmt: skip
def test_what_is_no_date_is_none(written: str) -> None:
    assert moment(written) is None


@pytest.mark.parametrize(
    "name", ["date", "pubDate", "pub_date", "publishDate", "published", "pubDatetime", "created-at"]
)
def test_a_date_has_many_names(name: str) -> None:
    assert post({name: "2018-01-02"}).published_at == datetime(2018, 1, 2, tzinfo=UTC)


def test_a_date_in_the_file_name_counts_where_the_front_matter_has_none() -> None:
    reading = post(name="2018-01-02-down-the-river")
    assert reading.published_at == datetime(2018, 1, 2, tzinfo=UTC)
    assert (reading.slug, reading.title) == ("down-the-river", "Down the river")


def test_a_file_name_that_only_looks_dated_is_a_name() -> None:
    assert post(name="9999-99-99-x").published_at is None


def test_a_date_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(CannotImport, match="date: “tomorrow” is not a date"):
        post({"date": "tomorrow"})


@pytest.mark.parametrize("name", ["lastmod", "updated", "modified", "updatedDate"])
def test_the_last_change_has_many_names(name: str) -> None:
    assert post({name: "2019-01-02"}).changed_at == datetime(2019, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("front_matter", "is_published"),
    [
        ({}, True),
        ({"draft": False}, True),
        ({"draft": True}, False),
        ({"draft": "yes"}, False),
        ({"published": False}, False),
        ({"published": "no"}, False),
        ({"published": True}, True),
        ({"published": "2018-01-02"}, True),
        ({"status": "draft"}, False),
        ({"status": "publish"}, True),
        ({"draft": False, "published": False}, False),
    ],
)
def test_what_is_published(front_matter: dict[str, Any], is_published: bool) -> None:
    assert post(front_matter).published is is_published


def test_a_file_in_a_folder_of_drafts_is_a_draft() -> None:
    assert not post({"published": True}, in_drafts=True).published


def test_what_may_be_a_draft_is_not_guessed() -> None:
    with pytest.raises(CannotImport, match="draft: “perhaps” is neither true nor false"):
        post({"draft": "perhaps"})


@pytest.mark.parametrize(
    ("front_matter", "body", "title"),
    [
        ({"title": "From the front"}, "# From the body", "From the front"),
        ({"title": 2018}, "", "2018"),
        ({"title": ["a", "list"]}, "# From the body", "From the body"),
        ({"title": None}, "text\n\n# From the body ##\n", "From the body"),
        ({}, "no heading", "Down the river"),
    ],
)
def test_where_a_title_comes_from(front_matter: dict[str, Any], body: str, title: str) -> None:
    assert post(front_matter, body).title == title


def test_a_comment_in_code_is_no_heading() -> None:
    assert heading("```sh\n# a comment\n```\n\n# C#\n") == "C#"


@pytest.mark.parametrize(
    ("front_matter", "slug"),
    [
        ({"slug": "Über uns"}, "uber-uns"),
        ({"permalink": "/2018/01/02/the-river/"}, "the-river"),
        ({"url": "/posts/the-river.html"}, "the-river"),
        ({"url": "/posts/the-river/index.html"}, "the-river"),
        ({"permalink": "/:categories/:title"}, "down-the-river"),
        ({"permalink": "pretty"}, "down-the-river"),
        ({"permalink": "/{{ page.date }}/"}, "down-the-river"),
        ({"permalink": "https://old.example.com/2018/the-river"}, "the-river"),
        ({"permalink": "/"}, "down-the-river"),
        ({"slug": 2018}, "article-2018"),
        ({"slug": ["x"]}, "down-the-river"),
    ],
)
def test_where_a_slug_comes_from(front_matter: dict[str, Any], slug: str) -> None:
    assert post(front_matter).slug == slug


@pytest.mark.parametrize(
    ("front_matter", "tags"),
    [
        ({"tags": ["Rivers", "rivers", 2018, None]}, ["Rivers", "2018"]),
        ({"tags": "rivers boats"}, ["rivers", "boats"]),
        ({"tags": "open water, boats"}, ["open water", "boats"]),
        ({"category": "open water"}, ["open water"]),
        ({"tags": ["a"], "categories": ["b"]}, ["a", "b"]),
        ({"taxonomies": {"tags": ["a"], "categories": ["b"]}}, ["a", "b"]),
    ],
)
def test_tags_and_categories_become_tags(front_matter: dict[str, Any], tags: list[str]) -> None:
    assert post(front_matter).tags == tags


def test_tags_that_break_the_rules_are_counted() -> None:
    reading = post({"tags": ["x" * 51, {"name": "x"}, *(f"tag{number}" for number in range(23))]})
    assert len(reading.tags) == 20
    assert reading.dropped == {"tag that is too long or no text": 2, "tag beyond the first 20": 3}


def test_what_galley_has_no_place_for_is_counted() -> None:
    body = "{% highlight ruby %}x{% endhighlight %} {{ page.title }} {{< figure src=x >}}\n"
    reading = post({"layout": "post", "author": ["a", "b"], "sidebar": ""}, body)
    assert reading.content == body
    assert reading.dropped == {
        "front matter: layout": 1,
        "front matter: author": 1,
        "{% highlight %}": 1,
        "{{ … }}": 1,
        "{{< figure >}}": 1,
    }


def test_code_of_mdx_is_counted() -> None:
    reading = post(body="import X from './x'\n\nText about <X />\n", path="a.mdx")
    assert reading.dropped == {"MDX import or export": 1}
