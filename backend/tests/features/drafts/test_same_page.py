"""A working copy shows the page of its article, but for what it changes."""

from typing import Any

import httpx
import pytest

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory

WISH = "include=mine,next,previous,related"
CHANGED = {"cover", "seo", "working_copy"}


@pytest.fixture
async def author(make: Factory) -> User:
    """Who writes."""
    return await make.user(Role.AUTHOR, username="anna")


async def test_the_two_ways_to_a_page_say_the_same(
    client: httpx.AsyncClient, make: Factory, author: User, sign_in: SignIn
) -> None:
    headers, bert = sign_in(author), await make.user(username="bert")
    series = await make.series(author, slug="journey")
    around: dict[str, Any] = {"tags": ["boats", "lakes"], "series_id": series.id}
    await make.article(author, series_position=1, **around)
    article = await make.article(
        author, series_position=2, translation_group=7, with_authors=[bert], **around
    )
    await make.article(author, series_position=3, **around)
    await make.article(author, locale="fr", translation_group=7)
    path = f"/api/v1/articles/{article.id}"
    kept = await client.patch(f"{path}?draft=true", headers=headers, json={"cover": "/river.jpg"})
    assert kept.status_code == 200

    published = (await client.get(f"{path}?{WISH}", headers=headers)).json()
    draft = (await client.get(f"{path}?{WISH}&draft=true", headers=headers)).json()

    assert published.keys() == draft.keys()
    differing = {name for name in draft if draft[name] != published[name]}
    assert differing <= CHANGED
    assert draft["cover"] == "/river.jpg"
    assert (len(draft["related"]), len(draft["translations"])) == (2, 1)
