"""The people around an article that somebody likes."""

import pytest

from app.core.policy import Role
from app.models import Article, User
from tests.conftest import SignIn
from tests.factories import Factory

Headers = dict[str, str]


@pytest.fixture
async def author(make: Factory) -> User:
    """Who has written it."""
    return await make.user()


@pytest.fixture
async def reader(make: Factory) -> User:
    """Who reads it."""
    return await make.user(Role.READER, username="rita")


@pytest.fixture
async def article(make: Factory, author: User) -> Article:
    """A public article."""
    return await make.article(author, slug="down-the-river", title="Down the river")


@pytest.fixture
def as_author(author: User, sign_in: SignIn) -> Headers:
    """The author's headers."""
    return sign_in(author)


@pytest.fixture
def as_reader(reader: User, sign_in: SignIn) -> Headers:
    """The reader's headers."""
    return sign_in(reader)


@pytest.fixture
async def as_editor(make: Factory, sign_in: SignIn) -> Headers:
    """An editor's headers."""
    return sign_in(await make.user(Role.EDITOR))
