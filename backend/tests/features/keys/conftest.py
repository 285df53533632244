"""Somebody who makes keys, and machines that use them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest

from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory

KEYS = "/api/v1/auth/keys"

MakeKey = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def owner(make: Factory) -> User:
    """An author."""
    return await make.user(username="anna")


@pytest.fixture
def as_owner(owner: User, sign_in: SignIn) -> dict[str, str]:
    """The author's headers, just signed in."""
    return sign_in(owner)


@pytest.fixture
def make_key(client: httpx.AsyncClient, owner: User, sign_in: SignIn) -> MakeKey:
    """Makes a key with these scopes, as its owner."""

    async def post(
        *scopes: str,
        of: User | None = None,
        **body: Any,  # noqa: ANN401 - of any field
    ) -> dict[str, Any]:
        wanted = {"name": "A machine", "scopes": list(scopes) or ["articles:read"], **body}
        answer = await client.post(KEYS, headers=sign_in(of or owner), json=wanted)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return post


def bearing(key: dict[str, Any] | str) -> dict[str, str]:
    """Return the headers of a machine with this key."""
    return {"Authorization": f"Bearer {key if isinstance(key, str) else key['key']}"}


def codes(answers: Sequence[httpx.Response]) -> list[tuple[int, str | None]]:
    """Return the statuses of answers, and the codes of those that are problems."""
    return [(each.status_code, _code(each)) for each in answers]


def _code(answer: httpx.Response) -> str | None:
    code: str | None = answer.json()["code"] if answer.status_code >= 400 else None
    return code
