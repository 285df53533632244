"""When several people want one address at once, one gets it, and no address leads astray."""

from typing import Any

import httpx
import pytest

from app.core.db import Sessions
from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory
from tests.races.crowd import ARTICLES, NEW, ROUNDS, assert_consistent, at_once, patch, statuses


@pytest.fixture
async def author(make: Factory) -> User:
    """Who writes."""
    return await make.user()


@pytest.fixture
async def editor(make: Factory) -> User:
    """Who writes along."""
    return await make.user(Role.EDITOR)


@pytest.fixture
def as_author(author: User, sign_in: SignIn) -> dict[str, str]:
    """The author's headers."""
    return sign_in(author)


@pytest.fixture
def as_editor(editor: User, sign_in: SignIn) -> dict[str, str]:
    """The editor's headers."""
    return sign_in(editor)


@pytest.fixture(autouse=True)
async def _all_is_well(sessions: Sessions) -> Any:  # noqa: ANN401 - a generator
    """Afterwards everything still fits together."""
    yield
    await assert_consistent(sessions)


async def test_of_two_who_rename_to_one_slug_one_gets_it(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    for number in range(ROUNDS):
        ids = [(await make.article(author)).id for _ in range(2)]
        wanted = f"wanted-{number}"
        answers = await at_once(*(patch(client, id_, as_author, slug=wanted) for id_ in ids))
        assert statuses(answers) == {200: 1, 400: 1}
        loser = next(answer for answer in answers if answer.status_code == 400)
        assert loser.json()["code"] == "slug_taken"
        winner = next(answer for answer in answers if answer.status_code == 200).json()
        assert (await client.get(f"{ARTICLES}/{wanted}")).json()["id"] == winner["id"]


async def test_a_slug_that_is_left_is_not_taken_by_another(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    for number in range(ROUNDS):
        mover = await make.article(author, slug=f"a-{number}")
        other = await make.article(author)
        moved, taken = await at_once(
            patch(client, mover.id, as_author, slug=f"b-{number}"),
            patch(client, other.id, as_author, slug=f"a-{number}"),
        )
        assert (moved.status_code, taken.status_code) == (200, 400)
        old = await client.get(f"{ARTICLES}/a-{number}")
        assert (old.status_code, old.json()["id"]) == (308, mover.id)


async def test_two_cannot_swap_their_slugs(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    for number in range(ROUNDS):
        slugs = [f"left-{number}", f"right-{number}"]
        left, right = [await make.article(author, slug=slug) for slug in slugs]
        answers = await at_once(
            patch(client, left.id, as_author, slug=slugs[1]),
            patch(client, right.id, as_author, slug=slugs[0]),
        )
        assert statuses(answers) == {400: 2}


async def test_a_title_and_a_choice_of_the_same_slug_both_find_a_place(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    for number in range(ROUNDS):
        article = await make.article(author)
        new = {**NEW, "title": f"Wanted {number}"}
        renamed, *written = await at_once(
            patch(client, article.id, as_author, slug=f"wanted-{number}"),
            *(client.post(ARTICLES, headers=as_author, json=new) for _ in range(3)),
        )
        assert statuses(written) == {201: 3}
        assert renamed.status_code in {200, 400}
        assert len({answer.json()["slug"] for answer in written}) == 3


async def test_of_those_who_want_a_slug_from_the_bin_one_gets_it_or_it_comes_back(
    client: httpx.AsyncClient, make: Factory, author: User, as_author: dict[str, str]
) -> None:
    for number in range(ROUNDS):
        slug = f"wanted-{number}"
        binned = await make.article(author, slug=slug)
        await client.delete(f"{ARTICLES}/{binned.id}", headers=as_author)
        others = [(await make.article(author)).id for _ in range(3)]
        back, *renamed = await at_once(
            client.post(f"{ARTICLES}/{binned.id}/undelete", headers=as_author),
            *(patch(client, id_, as_author, slug=slug) for id_ in others),
        )
        assert back.status_code == 200
        winners = [each for each in (back, *renamed) if each.json().get("slug") == slug]
        assert len(winners) == 1
        found = await client.get(f"{ARTICLES}/{slug}")
        assert (found.status_code, found.json()["id"]) == (200, winners[0].json()["id"])
        there = await client.get(f"{ARTICLES}/{back.json()['slug']}")
        assert there.json()["id"] == binned.id


async def test_renaming_into_the_bin_while_a_tag_is_merged_is_no_deadlock(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_author: dict[str, str],
    as_editor: dict[str, str],
) -> None:
    await make.tag("target")
    for number in range(ROUNDS):
        slug, tag = f"wanted-{number}", f"tag-{number}"
        binned = await make.article(author, slug=slug, tags=[tag])
        article = await make.article(author, tags=[tag])
        await client.delete(f"{ARTICLES}/{binned.id}", headers=as_author)
        merge = client.post(f"/api/v1/tags/{tag}/merge", headers=as_editor, json={"into": "target"})
        renamed, merged = await at_once(patch(client, article.id, as_author, slug=slug), merge)
        assert (renamed.status_code, merged.status_code) == (200, 200)
        await _remember_merge(client, article.id, binned.id, as_author)


async def _remember_merge(
    client: httpx.AsyncClient, id_: int, binned_id: int, headers: dict[str, str]
) -> None:
    """Write new versions, because an editor's merge of tags makes none."""
    assert (await patch(client, id_, headers, title="Afterwards")).status_code == 200
    await client.post(f"{ARTICLES}/{binned_id}/undelete", headers=headers)
