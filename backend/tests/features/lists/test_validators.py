"""The ETag of a list: another one after every change that it shows, and the same until then."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, NamedTuple

import httpx
import pytest

from app.core.config import Settings
from app.core.db import Sessions
from app.core.policy import Role
from app.core.reading import Reads, open_reads
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock

Headers = dict[str, str]

API = "/api/v1"
ARTICLES = f"{API}/articles"
DAY = timedelta(days=1)
EVERYTHING = f"{ARTICLES}?include=author,content,mine,series,tags"
LISTS = [
    ARTICLES,
    EVERYTHING,
    f"{ARTICLES}?tag=rivers",
    f"{ARTICLES}?author=anna&series=journey&locale=en",
    f"{ARTICLES}?favorited_by=rita&fields=title",
    f"{ARTICLES}?sort=title&limit=1",
    f"{ARTICLES}?q=boats",
    f"{ARTICLES}?status=all&total=true",
    f"{API}/users/anna/articles",
]


class Write(NamedTuple):
    """A request that changes something, and whose it is."""

    who: str
    method: str
    path: str
    body: dict[str, Any] | None = None


NEW = {"title": "The lake", "content": "All about boats.", "published": True}
SEEN = [
    Write("anna", "PATCH", "/articles/river", {"title": "The wide river"}),
    Write("anna", "PATCH", "/articles/river", {"content": "No boats any more."}),
    Write("anna", "PATCH", "/articles/river", {"cover": "/river.jpg"}),
    Write("anna", "PATCH", "/articles/river", {"tags": ["rivers", "lakes"]}),
    Write("emma", "PATCH", "/articles/river", {"pinned": True}),
    Write("anna", "PATCH", "/articles/river?draft=true", {"title": "Wider"}),
    Write("anna", "POST", "/articles/river/publish"),
    Write("emma", "PATCH", "/tags/rivers", {"name": "Streams"}),
    Write("emma", "PATCH", "/series/journey", {"title": "A longer journey"}),
    Write("anna", "PATCH", "/users/me", {"full_name": "Livia"}),
    Write("rita", "PUT", "/articles/river/favorite"),
    Write("rita", "POST", "/articles/river/comments", {"content": "Hear, hear"}),
    Write("rita", "DELETE", "/articles/river/favorite"),
    Write("anna", "PATCH", "/articles/river", {"published": False}),
    Write("anna", "PATCH", "/articles/river", {"published": True}),
    Write("anna", "DELETE", "/articles/river"),
    Write("anna", "POST", "/articles/river/undelete"),
    Write("anna", "POST", "/articles", NEW),
    Write("anna", "PATCH", "/articles/draft", {"published": True}),
]
# Every second one of these prepares the one after it, which nobody can see either.
UNSEEN = [
    Write("anna", "PATCH", "/articles/draft", {"note": "Sadder", "title": "Sad boats"}),
    Write("anna", "PATCH", "/articles/draft", {"tags": ["rivers"], "content": "All about boats."}),
    Write("anna", "PATCH", "/articles/river?draft=true", {"title": "Wider"}),
    Write("anna", "DELETE", "/articles/river/draft"),
    Write("anna", "DELETE", "/articles/draft"),
    Write("anna", "POST", "/articles/draft/undelete"),
    Write("anna", "POST", "/articles", {**NEW, "published": False, "tags": ["rivers"]}),
    Write("rita", "PUT", "/articles/river/bookmark"),
    Write("rita", "PUT", "/users/anna/follow"),
    Write("rita", "PUT", "/tags/rivers/follow"),
]


@pytest.fixture
def sessions(committing_sessions: Sessions) -> Sessions:
    """Commit: what is changed is counted at the end of a transaction."""
    return committing_sessions


@pytest.fixture
async def reads(settings: Settings) -> AsyncIterator[Reads]:
    """Read as production does."""
    async with open_reads(settings) as reads:
        yield reads


@pytest.fixture
async def people(make: Factory, author: User, sign_in: SignIn) -> dict[str, Headers]:
    """An author with two articles and a draft; an editor; a reader."""
    emma = await make.user(Role.EDITOR, username="emma")
    rita = await make.user(Role.READER, username="rita")
    series = await make.series(author, slug="journey")
    values: dict[str, Any] = {"tags": ["rivers"], "series_id": series.id, "series_position": 1}
    await make.article(author, slug="river", title="The river", content="Boats", **values)
    await make.article(author, slug="other", title="Another", content="Boats", **values)
    await make.draft(author, slug="draft")
    return {"anna": sign_in(author), "emma": sign_in(emma), "rita": sign_in(rita)}


@pytest.fixture
async def _liked(client: httpx.AsyncClient, people: dict[str, Headers]) -> None:
    answer = await client.put(f"{ARTICLES}/other/favorite", headers=people["rita"])
    assert answer.status_code == 200


async def change(
    client: httpx.AsyncClient, people: dict[str, Headers], write: Write
) -> httpx.Response:
    answer = await client.request(
        write.method, f"{API}{write.path}", headers=people[write.who], json=write.body
    )
    assert answer.is_success, answer.text
    return answer


async def etag(client: httpx.AsyncClient, address: str) -> str:
    answer = await client.get(address)
    assert answer.status_code == 200
    assert answer.json() != []
    return answer.headers["ETag"]


async def is_known(client: httpx.AsyncClient, address: str, *tags: str) -> bool:
    """Say whether a client that has these answers need not be sent another one."""
    answer = await client.get(address, headers=[("If-None-Match", tag) for tag in tags])
    assert (answer.status_code == 304) == (answer.content == b"")
    return answer.status_code == 304


@pytest.mark.usefixtures("_liked")
async def test_it_is_another_one_after_every_change_that_is_shown(
    client: httpx.AsyncClient, people: dict[str, Headers]
) -> None:
    tags = [await etag(client, EVERYTHING)]
    for write in SEEN:
        if "draft=true" in write.path:
            await change(client, people, write)
            assert await is_known(client, EVERYTHING, tags[-1]), write
            continue
        await change(client, people, write)
        assert not await is_known(client, EVERYTHING, tags[-1]), write
        tags.append(await etag(client, EVERYTHING))
        assert await is_known(client, EVERYTHING, tags[-1]), write
    assert len(set(tags)) == len(tags) == len(SEEN)


@pytest.mark.usefixtures("_liked")
async def test_it_stays_the_same_when_nothing_that_is_shown_has_changed(
    client: httpx.AsyncClient, people: dict[str, Headers], clock: MovableClock
) -> None:
    tags = {address: await etag(client, address) for address in LISTS}
    for write in UNSEEN:
        await change(client, people, write)
        clock.move(timedelta(seconds=1))
        for address in LISTS:
            assert await is_known(client, address, tags[address]), (write, address)
    clock.move(DAY)
    assert {address: await etag(client, address) for address in LISTS} == tags


@pytest.mark.usefixtures("_liked")
async def test_a_list_of_any_kind_is_another_one_after_a_change(
    client: httpx.AsyncClient, people: dict[str, Headers]
) -> None:
    for title in ("Wider", "Still wider"):
        tags = {address: await etag(client, address) for address in LISTS}
        assert len(set(tags.values())) == len(LISTS)
        await change(client, people, Write("anna", "PATCH", "/articles/other", {"title": title}))
        for address in LISTS:
            assert not await is_known(client, address, tags[address]), address


async def test_an_article_whose_time_has_come_makes_it_another_one_with_nothing_written(
    client: httpx.AsyncClient, make: Factory, author: User, people: dict[str, Headers],
    clock: MovableClock,
) -> None:  # fmt: skip
    for days in (1, 2):
        await make.article(author, tags=["rivers"], published_at=clock() + days * DAY)
    lists = [ARTICLES, f"{ARTICLES}?tag=rivers", f"{ARTICLES}?author=anna&sort=title"]
    for count in (2, 3, 4):
        tags = {address: await etag(client, address) for address in lists}
        clock.move(DAY - timedelta(microseconds=1))
        for address, tag in tags.items():
            assert await is_known(client, address, tag)
            assert len((await client.get(address)).json()) == count
        clock.move(timedelta(microseconds=1))
        for address, tag in tags.items():
            assert await is_known(client, address, tag) == (count == 4)


async def test_counts_matter_to_those_lists_alone_that_depend_on_them(
    client: httpx.AsyncClient, people: dict[str, Headers]
) -> None:
    await change(client, people, Write("rita", "PUT", "/articles/other/favorite"))
    shown, liked = f"{ARTICLES}?fields=favorites_count", f"{ARTICLES}?favorited_by=rita&fields=id"
    plain = f"{ARTICLES}?fields=title&include=tags"
    tags = {address: await etag(client, address) for address in (shown, liked, plain)}
    await change(client, people, Write("rita", "PUT", "/articles/river/favorite"))
    assert await is_known(client, plain, tags[plain])
    for address in (shown, liked):
        assert not await is_known(client, address, tags[address])


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("address", LISTS[:2])
async def test_a_client_may_name_it_in_every_way_of_the_rfc(
    client: httpx.AsyncClient, address: str
) -> None:
    tag = await etag(client, address)
    strong = tag.removeprefix("W/")
    assert tag.startswith('W/"')
    for known in (tag, strong, "*", f'"other", {tag}', f'W/{strong}  , "other"'):
        assert await is_known(client, address, known), known
    assert await is_known(client, address, '"one"', '"two", "three"', tag)
    for unknown in ('"other"', strong.strip('"'), 'W/""', "", ",", f'"{strong}"'):
        assert not await is_known(client, address, unknown), unknown


@pytest.mark.usefixtures("people")
async def test_it_is_a_lists_own(client: httpx.AsyncClient) -> None:
    """A shape has its own, so that an answer of another release is not taken for this one's."""
    shapes = ["", "fields=title", "fields=title,slug", "include=", "include=series", "total=true"]
    tags = [await etag(client, f"{ARTICLES}?{shape}") for shape in shapes[:-1]]
    assert len(set(tags)) == len(tags)


@pytest.mark.usefixtures("people")
async def test_a_304_says_who_may_keep_the_answer_as_the_answer_does(
    client: httpx.AsyncClient,
) -> None:
    first = await client.get(EVERYTHING)
    again = await client.get(EVERYTHING, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary", "X-Accel-Expires"):
        assert again.headers[name] == first.headers[name], name
    assert not {"Content-Type", "Content-Length", "Link"} & {name.title() for name in again.headers}


async def test_whoever_is_signed_in_is_never_told_that_nobodys_answer_is_theirs(
    client: httpx.AsyncClient, people: dict[str, Headers]
) -> None:
    for address in LISTS:
        anybodys = await client.get(address)
        for headers in people.values():
            known = {**headers, "If-None-Match": anybodys.headers["ETag"]}
            answer = await client.get(address, headers=known)
            if answer.content != b"[]" and anybodys.content != b"[]":
                assert answer.status_code == 200
            own = {**headers, "If-None-Match": answer.headers["ETag"]}
            again = await client.get(address, headers=own)
            assert (again.status_code, again.headers["Cache-Control"]) == (
                304,
                "private, no-store",
            )


async def test_of_nothing_the_bytes_tell(
    client: httpx.AsyncClient, people: dict[str, Headers]
) -> None:
    address = f"{ARTICLES}?tag=nothing"
    first = await client.get(address)
    assert first.json() == []
    tag = first.headers["ETag"]
    assert await is_known(client, address, tag)
    await change(client, people, Write("anna", "PATCH", "/articles/river", {"tags": ["nothing"]}))
    assert not await is_known(client, address, tag)
