"""The people around tags, and a look at what articles hold of them."""

from collections.abc import Awaitable, Callable, Iterator

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.core.policy import Role
from app.features.tags.service import TagService
from app.models import Article, ArticleTag, Tag, User
from tests.conftest import SignIn
from tests.factories import Factory

NamesOf = Callable[[Article], Awaitable[list[str]]]


@pytest.fixture
async def author(make: Factory) -> User:
    """Who writes."""
    return await make.user()


@pytest.fixture
async def editor(make: Factory) -> User:
    """Who keeps the tags in order."""
    return await make.user(Role.EDITOR)


@pytest.fixture
def as_editor(editor: User, sign_in: SignIn) -> dict[str, str]:
    """The editor's headers."""
    return sign_in(editor)


@pytest.fixture
def as_author(author: User, sign_in: SignIn) -> dict[str, str]:
    """The author's headers."""
    return sign_in(author)


@pytest.fixture
def tags(session: AsyncSession) -> TagService:
    """The service, as other features have it."""
    return TagService(session)


@pytest.fixture
def names_of(session: AsyncSession) -> NamesOf:
    """Returns the names of an article's tags, about which its array and the joins must agree."""

    async def names(article: Article) -> list[str]:
        joined = (
            select(Tag.name)
            .join(ArticleTag, ArticleTag.tag_id == Tag.id)
            .where(ArticleTag.article_id == article.id)
            .order_by(ArticleTag.position)
        )
        by_joins = list(await session.scalars(joined))
        [in_array] = await session.scalars(
            select(Article.tag_names).where(Article.id == article.id)
        )
        assert in_array == by_joins
        return in_array

    return names


@pytest.fixture
def statements(connection: AsyncConnection) -> Iterator[list[str]]:
    """Every statement that the database is sent from now on."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection.sync_connection, "before_cursor_execute", note)
