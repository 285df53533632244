"""What each field of an article may hold, and what it may refer to."""

from typing import Any

import httpx
import pytest

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory
from tests.features.writing.conftest import ARTICLES, NEW, Change, Write

LONG_URL = "https://example.com/" + "x" * 1980
GOOD: list[dict[str, Any]] = [
    {"title": "x" * 200},
    {"excerpt": "x" * 1000},
    {"cover": "/images/river.jpg"},
    {"cover": "https://example.com/river.jpg"},
    {"cover": LONG_URL},
    {"cover_alt": "x" * 500},
    {"canonical_url": "https://example.com/first"},
    {"canonical_url": LONG_URL},
    {"locale": "pt-BR"},
    {"locale": "zh-Hant"},
    {"comments": "open"},
    {"comments": "moderated"},
    {"comments": "members"},
    {"comments": "closed"},
]
NULLABLE = ["excerpt", "cover", "cover_alt", "canonical_url"]
BAD: list[tuple[str, Any]] = [
    ("excerpt", ""), ("excerpt", "x" * 1001), ("excerpt", 7),
    ("content_format", "docx"), ("content_format", None), ("content_format", 1),
    ("cover", "river.jpg"), ("cover", "javascript:alert(1)"), ("cover", "//example.com/x.jpg"),
    ("cover", "data:image/png;base64,AA"), ("cover", "/a b"), ("cover", LONG_URL + "x"),
    ("cover", ""),
    ("cover_alt", ""), ("cover_alt", "x" * 501),
    ("canonical_url", "/first"), ("canonical_url", "ftp://example.com"),
    ("canonical_url", LONG_URL + "x"), ("canonical_url", "javascript:alert(1)"),
    ("locale", "english"), ("locale", ""), ("locale", None), ("locale", "x" * 36),
    ("locale", "en_\u00e9"),
    ("authors", []), ("authors", None), ("authors", [""]), ("authors", ["x"] * 21),
    ("authors", "anna"), ("authors", [1]), ("authors", ["nobody"]), ("authors", ["999999999"]),
    ("authors", ["9" * 40]),
    ("series", "nothing"), ("series", ""), ("series", 999_999_999), ("series", "9" * 40),
    ("series_position", -1), ("series_position", 10_001), ("series_position", "1"),
    ("series_position", True), ("series_position", 2**64),
    ("translation_of", "nothing"), ("translation_of", ""), ("translation_of", 999_999_999),
    ("translation_of", "9" * 40), ("translation_of", "\x00"),
    ("featured", None), ("featured", "true"), ("pinned", None), ("pinned", 1),
    ("note", ""), ("note", "x" * 501),
    ("meta", None), ("meta", []), ("meta", {"unknown": "x"}), ("meta", {"title": ""}),
    ("meta", {"title": "x" * 201}), ("meta", {"description": "x" * 501}),
    ("meta", {"robots": "none"}), ("meta", {"og_image": "x.jpg"}),
    ("meta", {"twitter_card": "player"}), ("meta", {"twitter_image": "javascript:1"}),
    ("translation_group", 7), ("status", "published"), ("content_html", "<p>"),
    ("comments", "everybody"), ("comments", ""), ("comments", False), ("comments", ["open"]),
    ("has_own_comments", False), ("favorites_count", 1), ("comments_count", 1),
    ("deleted_at", None), ("working_copy", None),
]  # fmt: skip


@pytest.mark.parametrize("given", GOOD, ids=lambda given: str(given)[:40])
async def test_a_field_is_written_and_changed(
    write: Write, change: Change, given: dict[str, Any]
) -> None:
    (name,) = given
    made = await write(**given)
    assert made[name] == given[name]
    other = await write()
    changed = await change(other["id"], **given)
    assert (changed[name], changed["version"]) == (given[name], 2)
    assert (await change(other["id"], **given))["version"] == 2


@pytest.mark.parametrize("name", NULLABLE)
async def test_null_clears_a_field(write: Write, change: Change, name: str) -> None:
    value = "https://example.com/x"
    made = await write(**{name: value})
    assert made[name] == value
    cleared = await change(made["id"], **{name: None})
    assert cleared[name] == ("We set out at five." if name == "excerpt" else None)


@pytest.mark.parametrize(
    ("name", "value"), BAD, ids=[f"{name}={str(value)[:25]!r}" for name, value in BAD]
)
async def test_what_breaks_a_rule_is_refused_in_its_field(
    client: httpx.AsyncClient, as_author: dict[str, str], write: Write, name: str, value: object
) -> None:
    article = await write()
    for answer in (
        await client.post(ARTICLES, headers=as_author, json={**NEW, name: value}),
        await client.patch(f"{ARTICLES}/{article['id']}", headers=as_author, json={name: value}),
    ):
        assert answer.status_code == 422
        assert {tuple(each["loc"][:2]) for each in answer.json()["errors"]} == {("body", name)}
    again = await client.get(f"{ARTICLES}/{article['id']}", headers=as_author)
    assert again.json()["version"] == 1


async def test_without_its_own_policy_the_sites_is_in_force(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, write: Write, change: Change
) -> None:
    article = await write()
    assert (article["comments"], article["has_own_comments"]) == ("open", False)
    own = await change(article["id"], comments="closed")
    assert (own["comments"], own["has_own_comments"]) == ("closed", True)
    await client.patch(
        "/api/v1/site",
        headers=sign_in(await make.user(Role.ADMIN)),
        json={"comments": "moderated"},
    )
    none = await change(article["id"], comments=None)
    assert (none["comments"], none["has_own_comments"]) == ("moderated", False)


async def test_a_given_excerpt_wins_over_the_one_that_is_made(write: Write) -> None:
    made = await write(excerpt="In short. ")
    assert (made["excerpt"], made["has_own_excerpt"]) == ("In short.", True)


async def test_a_locale_is_written_in_its_usual_spelling(write: Write) -> None:
    assert (await write(locale="PT-br"))["locale"] == "pt-BR"


async def test_the_locale_is_the_sites_unless_it_is_given(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, write: Write
) -> None:
    as_admin = sign_in(await make.user(Role.ADMIN))
    assert (await write())["locale"] == "en"
    await client.patch("/api/v1/site", headers=as_admin, json={"locale": "de"})
    in_german = await write()
    assert in_german["locale"] == "de"
    first = f"{ARTICLES}/{in_german['id']}/revisions/1"
    assert (await client.get(first, headers=as_admin)).json()["state"]["locale"] == "de"
    assert (await write(locale="fr"))["locale"] == "fr"


async def test_meta_is_merged_and_null_clears(write: Write, change: Change) -> None:
    article = await write(meta={"title": "Short", "og_title": "Shared"})
    set_ = {name: value for name, value in article["meta"].items() if value}
    assert set_ == {"title": "Short", "og_title": "Shared"}
    changed = await change(article["id"], meta={"og_title": None, "robots": "noindex,follow"})
    set_ = {name: value for name, value in changed["meta"].items() if value}
    assert set_ == {"title": "Short", "robots": "noindex,follow"}
    for nothing in ({}, {"title": "Short"}, {"og_title": None}):
        assert (await change(article["id"], meta=nothing))["version"] == 2


async def test_an_article_takes_its_place_in_a_series(
    make: Factory, author: User, write: Write, change: Change
) -> None:
    series = await make.series(author, slug="journey", title="Journey")
    first = await write(series="journey")
    second = await write(series=str(series.id))
    third = await write(series="journey", series_position=10)
    last = await write(series="journey")
    places = [each["series"]["position"] for each in (first, second, third, last)]
    assert places == [1, 2, 10, 11]
    assert first["series"]["slug"] == "journey"
    moved = await change(first["id"], series_position=5)
    assert moved["series"]["position"] == 5
    assert (await change(first["id"], series="journey"))["version"] == 2
    to_the_end = await change(first["id"], series_position=None)
    assert to_the_end["series"]["position"] == 12
    assert (await change(first["id"], series=None))["series"] is None
    assert (await change(first["id"], series="journey"))["series"]["position"] == 12


async def test_a_place_without_a_series_is_none(write: Write, change: Change) -> None:
    article = await write(series_position=3)
    assert article["series"] is None
    assert (await change(article["id"], series_position=7))["version"] == 1


async def test_an_article_goes_into_ones_own_series_only(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    as_editor: dict[str, str],
    make: Factory,
    write: Write,
) -> None:
    await make.series(await make.user(), slug="theirs")
    address = f"{ARTICLES}/{(await write())['id']}"
    refused = await client.patch(address, headers=as_author, json={"series": "theirs"})
    assert (refused.status_code, refused.json()["code"]) == (422, "series_not_found")
    assert refused.json()["errors"][0]["loc"] == ["body", "series"]
    allowed = await client.patch(address, headers=as_editor, json={"series": "theirs"})
    assert allowed.json()["series"]["slug"] == "theirs"
