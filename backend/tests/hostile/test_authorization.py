"""Who may do what. The tables are the specification; every operation of the document is in one."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.types import ASGIApp

from app.models import Role, User
from tests.conftest import SignIn
from tests.factories import Factory
from tests.hostile.conftest import FIELDS
from tests.hostile.document import Operation, operations

# "author" owns what is asked for; "other" is an author of other articles.
EVERYWHERE = """
                     anonymous reader other author editor admin
    auth_login             200    200   200    200    200   200
    auth_register          201    201   201    201    201   201
    users_create           201    201   201    201    201   201
    users_list             401    403   403    403    403   200
    users_read             200    200   200    200    200   200
    users_update           401    403   403    403    403   200
    users_me               401    200   200    200    200   200
    users_update_me        401    200   200    200    200   200
    users_delete_me        401    204   204    204    204   204
    users_articles_list    200    200   200    200    200   200
    articles_list          200    200   200    200    200   200
    articles_create        401    403   201    201    201   201
    articles_read          200    200   200    200    200   200
    articles_update        401    403   403    200    200   200
    articles_delete        401    403   403    204    204   204
    index                  200    200   200    200    200   200
    health                 200    200   200    200    200   200
    health_live            200    200   200    200    200   200
    health_ready           200    200   200    200    200   200
"""

ON_A_DRAFT = """
                     anonymous reader other author editor admin
    articles_read          404    404   404    200    200   200
    articles_update        401    404   404    200    200   200
    articles_delete        401    404   404    204    204   204
"""


People = dict[str, User]


def _expected(table: str) -> dict[str, dict[str, int]]:
    heading, *rows = (line.split() for line in table.strip().splitlines())
    return {name: dict(zip(heading, map(int, row), strict=True)) for name, *row in rows}


@pytest.fixture
async def people(make: Factory) -> People:
    """One of each; nobody in it is anonymous."""
    await make.user(Role.ADMIN)
    return {
        "reader": await make.user(Role.READER),
        "other": await make.user(Role.AUTHOR),
        "author": await make.user(Role.AUTHOR, email="anna@example.com", username="anna"),
        "editor": await make.user(Role.EDITOR),
        "admin": await make.user(Role.ADMIN),
    }


class Sweep:
    """Does what the document's examples say, as each person, and takes it back."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        connection: AsyncConnection,
        people: People,
        sign_in: SignIn,
    ) -> None:
        self._client = client
        self._connection = connection
        self._people = people
        self._sign_in = sign_in

    async def statuses(self, operation: Operation) -> dict[str, int]:
        """Return what each person is answered."""
        return {
            "anonymous": await self._status(operation, {}),
            **{
                name: await self._status(operation, self._sign_in(person))
                for name, person in self._people.items()
            },
        }

    async def _status(self, operation: Operation, signed_in: dict[str, str]) -> int:
        ask = operation.ask()
        headers = {name.decode(): value.decode() for name, value in ask.headers} | signed_in
        async with self._connection.begin_nested() as savepoint:
            answer = await self._client.request(
                ask.method, ask.path.decode(), headers=headers, content=ask.body
            )
            await savepoint.rollback()
        return answer.status_code


@pytest.fixture
def sweep(
    client: httpx.AsyncClient,
    connection: AsyncConnection,
    people: People,
    sign_in: SignIn,
) -> Sweep:
    """The way to ask for everybody."""
    return Sweep(client, connection, people, sign_in)


async def test_every_operation_serves_whom_the_table_says(
    app: ASGIApp, make: Factory, people: People, sweep: Sweep
) -> None:
    author = people["author"]
    await make.article(author, slug="down-the-river")
    answered = {
        each.id: await sweep.statuses(each)
        for each in operations(app, {"user_id": str(author.id)}, FIELDS)
    }
    assert answered == _expected(EVERYWHERE)


async def test_a_draft_exists_only_for_its_author_and_editors(
    app: ASGIApp, make: Factory, people: People, sweep: Sweep
) -> None:
    author = people["author"]
    await make.draft(author, slug="down-the-river")
    expected = _expected(ON_A_DRAFT)
    concerned = [
        each for each in operations(app, {"user_id": str(author.id)}, FIELDS) if each.id in expected
    ]
    assert {each.id: await sweep.statuses(each) for each in concerned} == expected
