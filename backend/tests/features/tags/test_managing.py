"""Making, merging and deleting tags, as editors do."""

import httpx
import pytest

from app.core.policy import Role
from app.features.tags.service import TagService
from app.models import User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory
from tests.features.tags.conftest import NamesOf

TAGS = "/api/v1/tags"


async def test_an_editor_makes_a_tag_ahead_of_its_use(
    client: httpx.AsyncClient, as_editor: dict[str, str], tags: TagService
) -> None:
    new = {"name": " Great  rivers ", "description": "All.", "colour": "#1F6F8B", "cover": "/r.jpg"}
    answer = await client.post(TAGS, headers=as_editor, json=new)
    assert answer.status_code == 201
    made = answer.json()
    assert made | new | {"name": "Great  rivers", "colour": "#1f6f8b"} == made
    assert (made["slug"], made["article_count"]) == ("great-rivers", 0)
    assert answer.headers["Location"] == f"{TAGS}/{made['id']}"
    read = await client.get(answer.headers["Location"], headers=as_editor)
    assert (read.json(), read.headers["ETag"]) == (made, answer.headers["ETag"])
    [used] = await tags.use(["GREAT  RIVERS"], at=EARLY_2026)
    assert used.id == made["id"]


async def test_one_key_makes_one_tag(client: httpx.AsyncClient, as_editor: dict[str, str]) -> None:
    headers = {**as_editor, "Idempotency-Key": "once"}
    first, second = [
        await client.post(TAGS, headers=headers, json={"name": "rivers"}) for _ in range(2)
    ]
    assert second.json() == first.json()
    assert second.headers["Idempotent-Replay"] == "true"


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ({"name": "RIVERS"}, "tag_name_taken"),
        ({"name": "Old Name"}, "tag_name_taken"),
        ({"name": "new", "slug": "rivers"}, "tag_slug_taken"),
        ({"name": "new", "slug": "old-name"}, "tag_slug_taken"),
    ],
)
async def test_a_name_or_slug_that_a_tag_has_or_had_is_refused(
    client: httpx.AsyncClient,
    as_editor: dict[str, str],
    make: Factory,
    new: dict[str, str],
    code: str,
) -> None:
    await make.tag("old name")
    await client.patch(f"{TAGS}/old-name", headers=as_editor, json={"name": "rivers"})
    other = await make.tag("other")
    for answer in (
        await client.post(TAGS, headers=as_editor, json=new),
        await client.patch(f"{TAGS}/{other.id}", headers=as_editor, json=new),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert (await client.get(f"{TAGS}/other", headers=as_editor)).json()["name"] == "other"


async def test_a_name_whose_address_is_taken_gets_another_one(
    client: httpx.AsyncClient, as_editor: dict[str, str], make: Factory
) -> None:
    await make.tag("c")
    answer = await client.post(TAGS, headers=as_editor, json={"name": "C#"})
    assert answer.json()["slug"].startswith("c-")


@pytest.mark.parametrize(
    "given",
    [
        {"name": ""},
        {"name": "x" * 51},
        {"name": None},
        {"slug": "7"},
        {"slug": "Not a slug"},
        {"slug": None},
        {"colour": "red"},
        {"colour": "#fff"},
        {"colour": "#12345g"},
        {"colour": "#123456\n"},
        {"cover": "javascript:alert(1)"},
        {"description": "x" * 2001},
        {"article_count": 7},
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: httpx.AsyncClient, as_editor: dict[str, str], make: Factory, given: dict[str, object]
) -> None:
    tag = await make.tag("other")
    for answer in (
        await client.post(TAGS, headers=as_editor, json={"name": "rivers", **given}),
        await client.patch(f"{TAGS}/{tag.id}", headers=as_editor, json=given),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR])
@pytest.mark.parametrize("ref", ["rivers", "nothing"])
async def test_others_may_change_nothing_and_learn_nothing(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, role: Role, ref: str
) -> None:
    await make.tag("rivers")
    headers = sign_in(await make.user(role))
    for method, path, body in (
        ("POST", "", {"name": "new"}),
        ("PATCH", f"/{ref}", {"name": "new"}),
        ("POST", f"/{ref}/merge", {"into": "streams"}),
        ("DELETE", f"/{ref}", None),
    ):
        answer = await client.request(method, f"{TAGS}{path}", headers=headers, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_an_editor")
        assert answer.json()["detail"] == "The user doesn't have enough privileges"


async def test_merging_gives_articles_and_names_to_the_other_tag(
    client: httpx.AsyncClient,
    as_editor: dict[str, str],
    make: Factory,
    author: User,
    names_of: NamesOf,
    tags: TagService,
) -> None:
    cases = [
        (["x", "Streams", "y"], ["x", "rivers", "y"]),
        (["Streams", "x", "rivers"], ["rivers", "x"]),
        (["rivers", "x", "Streams"], ["rivers", "x"]),
        (["rivers"], ["rivers"]),
        (["x"], ["x"]),
    ]
    articles = [await make.article(author, tags=before) for before, _ in cases]
    draft = await make.draft(author, tags=["Streams"])
    await client.patch(f"{TAGS}/streams", headers=as_editor, json={"name": "Brooks"})
    answer = await client.post(f"{TAGS}/brooks/merge", headers=as_editor, json={"into": "rivers"})
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["article_count"]) == ("rivers", 4)
    assert [await names_of(article) for article in articles] == [after for _, after in cases]
    assert await names_of(draft) == ["rivers"]
    for former in ("brooks", "streams"):
        moved = await client.get(f"{TAGS}/{former}")
        assert (moved.status_code, moved.json()["slug"]) == (308, "rivers")
    for name in ("Brooks", "STREAMS", "rivers"):
        assert [tag.name for tag in await tags.use([name], at=EARLY_2026)] == ["rivers"]


async def test_the_etag_of_a_merge_is_that_of_the_answer(
    client: httpx.AsyncClient, as_editor: dict[str, str], make: Factory, author: User
) -> None:
    await make.article(author, tags=["a", "b"])
    merged = await client.post(f"{TAGS}/a/merge", headers=as_editor, json={"into": "b"})
    read = await client.get(f"{TAGS}/b")
    assert (merged.json(), merged.headers["ETag"]) == (read.json(), read.headers["ETag"])


@pytest.mark.parametrize(
    ("into", "code"),
    [("a", "same_tag"), ("former", "same_tag"), ("nothing", "no_tag_to_merge_into")],
)
async def test_a_tag_is_merged_into_another_one_that_is_there(
    client: httpx.AsyncClient, as_editor: dict[str, str], make: Factory, into: str, code: str
) -> None:
    await make.tag("former")
    await client.patch(f"{TAGS}/former", headers=as_editor, json={"name": "a"})
    answer = await client.post(f"{TAGS}/a/merge", headers=as_editor, json={"into": into})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_deleting_takes_the_tag_from_its_articles(
    client: httpx.AsyncClient,
    as_editor: dict[str, str],
    make: Factory,
    author: User,
    names_of: NamesOf,
) -> None:
    several = await make.article(author, tags=["x", "rivers", "y"])
    only = await make.draft(author, tags=["rivers"])
    answer = await client.delete(f"{TAGS}/rivers", headers=as_editor)
    assert (answer.status_code, answer.content) == (204, b"")
    assert await names_of(several) == ["x", "y"]
    assert await names_of(only) == []
    assert (await client.get(f"{TAGS}/rivers", headers=as_editor)).status_code == 404


async def test_the_names_of_a_deleted_tag_are_free_again(
    client: httpx.AsyncClient, as_editor: dict[str, str], make: Factory
) -> None:
    await make.tag("streams")
    await client.patch(f"{TAGS}/streams", headers=as_editor, json={"name": "rivers"})
    await client.delete(f"{TAGS}/rivers", headers=as_editor)
    for name in ("rivers", "streams"):
        answer = await client.post(TAGS, headers=as_editor, json={"name": name})
        assert (answer.status_code, answer.json()["slug"]) == (201, name)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "rivers", {"name": "new"}),
        ("POST", "rivers/merge", {"into": "streams"}),
        ("DELETE", "rivers", None),
    ],
)
async def test_what_has_been_changed_since_is_left_alone(
    client: httpx.AsyncClient,
    as_editor: dict[str, str],
    make: Factory,
    method: str,
    path: str,
    body: dict[str, str] | None,
) -> None:
    await make.tag("streams")
    await make.tag("rivers")
    etag = (await client.get(f"{TAGS}/rivers", headers=as_editor)).headers["ETag"]
    colour = {"colour": "#000000"}
    changed = await client.patch(f"{TAGS}/rivers", headers=as_editor, json=colour)
    stale = {**as_editor, "If-Match": etag}
    answer = await client.request(method, f"{TAGS}/{path}", headers=stale, json=body)
    assert answer.status_code == 412
    fresh = {**as_editor, "If-Match": changed.headers["ETag"]}
    answer = await client.request(method, f"{TAGS}/{path}", headers=fresh, json=body)
    assert answer.status_code in {200, 204}


async def test_what_is_not_there_cannot_be_changed(
    client: httpx.AsyncClient, as_editor: dict[str, str], make: Factory
) -> None:
    await make.tag("streams")
    for method, path, body in (
        ("PATCH", "nothing", {"name": "new"}),
        ("POST", "nothing/merge", {"into": "streams"}),
        ("DELETE", "nothing", None),
    ):
        answer = await client.request(method, f"{TAGS}/{path}", headers=as_editor, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "tag_not_found")
