"""What the database refuses, said in the words of the domain.

Somebody may take a name between our look and our insert; then only the unique index notices.
"""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.auth.errors import EmailTaken
from app.features.users.errors import UsernameTaken
from app.features.users.repository import UserRepository
from app.models import User
from tests.factories import EARLY_2026, Factory


def _bert(**fields: object) -> User:
    values = {
        "email": "bert@example.com",
        "username": "bert",
        "password_hash": "",
        "role": "author",
        "created_at": EARLY_2026,
        "updated_at": EARLY_2026,
    }
    return User(**{**values, **fields})


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"email": "ANNA@example.com"}, EmailTaken),
        ({"username": "ANNA"}, UsernameTaken),
        ({"role": "owner"}, IntegrityError),
    ],
)
async def test_a_refused_account_leaves_the_transaction_usable(
    session: AsyncSession, make: Factory, fields: dict[str, str], error: type[Exception]
) -> None:
    await make.user(username="anna", email="anna@example.com")
    users = UserRepository(session)
    with pytest.raises(error):
        await users.save(_bert(**fields))
    await users.save(_bert())
    assert await users.username_taken("BERT")
