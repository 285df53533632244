"""Who may do what. The tables are the specification; every operation of the document is in one."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models import Role, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory
from tests.hostile.document import Operation
from tests.hostile.world import World, WorldMaker

# "author" owns what is asked for; "other" is an author of other articles.
EVERYWHERE = """
                         anonymous reader other author editor admin
    auth_login                 200    200   200    200    200   200
    auth_register              201    201   201    201    201   201
    users_create               201    201   201    201    201   201
    users_list                 401    403   403    403    403   200
    users_read                 200    200   200    200    200   200
    users_update               401    403   403    403    403   200
    users_me                   401    200   200    200    200   200
    users_update_me            401    200   200    200    200   200
    users_delete_me            401    204   204    204    204   204
    users_articles_list        200    200   200    200    200   200
    articles_list              200    200   200    200    200   200
    articles_create            401    403   201    201    201   201
    articles_read              200    200   200    200    200   200
    articles_update            401    403   403    200    200   200
    articles_delete            401    403   403    204    204   204
    articles_undelete          401    404   404    200    200   200
    articles_publish           401    403   403    200    200   200
    articles_discard_draft     401    403   403    204    204   204
    articles_batch             401    403   403    200    200   200
    previews_create            401    403   403    201    201   201
    previews_list              401    403   403    200    200   200
    previews_read              401    403   403    200    200   200
    previews_delete            401    403   403    204    204   204
    revisions_list             401    403   403    200    200   200
    revisions_read             401    403   403    200    200   200
    revisions_diff             401    403   403    200    200   200
    revisions_restore          401    403   403    200    200   200
    series_list                200    200   200    200    200   200
    series_create              401    403   201    201    201   201
    series_read                200    200   200    200    200   200
    series_update              401    403   403    200    200   200
    series_order               401    403   403    200    200   200
    series_delete              401    403   403    204    204   204
    tags_list                  200    200   200    200    200   200
    tags_create                401    403   403    403    201   201
    tags_read                  200    200   200    200    200   200
    tags_update                401    403   403    403    200   200
    tags_delete                401    403   403    403    204   204
    tags_merge                 401    403   403    403    200   200
    search_articles            200    200   200    200    200   200
    search_facets              200    200   200    200    200   200
    search_suggest             200    200   200    200    200   200
    archive_read               200    200   200    200    200   200
    redirects_list             200    200   200    200    200   200
    site_read                  200    200   200    200    200   200
    site_update                401    403   403    403    403   200
    index                      200    200   200    200    200   200
    health                     200    200   200    200    200   200
    health_live                200    200   200    200    200   200
    health_ready               200    200   200    200    200   200
"""

ON_A_DRAFT = """
                         anonymous reader other author editor admin
    articles_read              404    404   404    200    200   200
    articles_update            401    404   404    200    200   200
    articles_delete            401    404   404    204    204   204
    articles_publish           401    404   404    200    200   200
    articles_discard_draft     401    404   404    204    204   204
    articles_batch             401    404   404    200    200   200
    previews_create            401    404   404    201    201   201
    previews_list              401    404   404    200    200   200
    previews_read              401    404   404    200    200   200
    previews_delete            401    404   404    204    204   204
    revisions_list             401    404   404    200    200   200
    revisions_read             401    404   404    200    200   200
    revisions_diff             401    404   404    200    200   200
    revisions_restore          401    404   404    200    200   200
    series_read                404    404   404    200    200   200
    series_update              401    404   404    200    200   200
    tags_read                  404    404   404    404    200   200
"""

IN_THE_BIN = """
                         anonymous reader other author editor admin
    articles_read              404    404   404    200    200   200
    articles_update            401    404   404    404    404   404
    articles_delete            401    404   404    404    404   404
    articles_publish           401    404   404    404    404   404
    previews_create            401    404   404    404    404   404
"""


People = dict[str, User]


def _expected(table: str) -> dict[str, dict[str, int]]:
    heading, *rows = (line.split() for line in table.strip().splitlines())
    return {name: dict(zip(heading, map(int, row), strict=True)) for name, *row in rows}


async def _people(make: Factory, world: World) -> People:
    """Return one of each; nobody in it is anonymous."""
    return {
        "reader": await make.user(Role.READER),
        "other": await make.user(Role.AUTHOR),
        "author": world.author,
        "editor": await make.user(Role.EDITOR),
        "admin": world.admin,
    }


class Sweep:
    """Does what the document's examples say, as each person, and takes it back."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        connection: AsyncConnection,
        sign_in: SignIn,
    ) -> None:
        self._client = client
        self._connection = connection
        self._sign_in = sign_in

    async def statuses(self, operation: Operation, people: People) -> dict[str, int]:
        """Return what each person is answered."""
        return {
            "anonymous": await self._status(operation, {}),
            **{
                name: await self._status(operation, self._sign_in(person))
                for name, person in people.items()
            },
        }

    async def _status(self, operation: Operation, signed_in: dict[str, str]) -> int:
        ask = operation.ask()
        headers = {name.decode(): value.decode() for name, value in ask.headers} | signed_in
        async with self._connection.begin_nested() as savepoint:
            answer = await self._client.request(
                ask.method,
                f"{ask.path.decode()}?{ask.query.decode()}",
                headers=headers,
                content=ask.body,
            )
            await savepoint.rollback()
        return answer.status_code


@pytest.fixture
def sweep(client: httpx.AsyncClient, connection: AsyncConnection, sign_in: SignIn) -> Sweep:
    """The way to ask for everybody."""
    return Sweep(client, connection, sign_in)


async def _answered(make: Factory, world: World, sweep: Sweep) -> dict[str, dict[str, int]]:
    people = await _people(make, world)
    return {each.id: await sweep.statuses(each, people) for each in world.operations}


async def test_every_operation_serves_whom_the_table_says(
    make: Factory, world: World, sweep: Sweep
) -> None:
    assert await _answered(make, world, sweep) == _expected(EVERYWHERE)


@pytest.mark.parametrize(
    ("table", "article"),
    [
        (ON_A_DRAFT, {"published": False, "published_at": None}),
        (IN_THE_BIN, {"deleted_at": EARLY_2026}),
    ],
    ids=["a draft", "in the bin"],
)
async def test_what_is_not_public_exists_only_for_its_authors_and_editors(
    make: Factory, worlds: WorldMaker, sweep: Sweep, table: str, article: dict[str, Any]
) -> None:
    answered = await _answered(make, await worlds.world(**article), sweep)
    expected = _expected(table)
    assert {name: answered[name] for name in expected} == expected
