"""Writing looks at what it changes and little else, however many people and articles there are."""

from collections.abc import Awaitable, Callable, Mapping

import httpx
import pytest

from app.core.db import Sessions
from app.core.services import Services
from app.models import LoginSession, User
from tests.factories import EARLY_2026
from tests.scale.conftest import endless
from tests.scale.plans import Node, collected

# The blog is built in the first test.
pytestmark = pytest.mark.timeout(600)

ARTICLES = "/api/v1/articles"
MOST_ROWS = 1_000
NEW = {"title": "By somebody new", "content": "We set out.", "tags": ["Topic 1", "A new one"]}
REMARK = {"content": "Well said."}

Sent = Callable[[httpx.AsyncClient, int], Awaitable[httpx.Response]]

# In this order: each finds what those before it have left.
WRITES: Mapping[str, Sent] = {
    "create": lambda client, _: client.post(ARTICLES, json=NEW),
    "publish": lambda client, id_: client.patch(f"{ARTICLES}/{id_}", json={"published": True}),
    "read": lambda client, id_: client.get(f"{ARTICLES}/{id_}"),
    "list": lambda client, _: client.get(f"{ARTICLES}?author=newcomer"),
    "rename": lambda client, id_: client.patch(f"{ARTICLES}/{id_}", json={"title": "Another"}),
    "retag": lambda client, id_: client.patch(f"{ARTICLES}/{id_}", json={"tags": ["Topic 2"]}),
    "comment": lambda client, id_: client.post(f"{ARTICLES}/{id_}/comments", json=REMARK),
    "read what was said": lambda client, id_: client.get(f"{ARTICLES}/{id_}/comments"),
    "like": lambda client, id_: client.put(f"{ARTICLES}/{id_}/favorite"),
    "list what one likes": lambda client, _: client.get(f"{ARTICLES}?favorited_by=newcomer"),
    "follow": lambda client, _: client.put("/api/v1/users/person1/follow"),
    "look at the feed": lambda client, _: client.get("/api/v1/feed"),
    "put into the bin": lambda client, id_: client.delete(f"{ARTICLES}/{id_}"),
}


@pytest.fixture
async def newcomer(large_tables: frozenset[str], sessions: Sessions) -> LoginSession:
    """The session of somebody who came after the statistics were gathered."""
    async with sessions.begin() as session:
        user = User(
            email="newcomer@example.com", username="newcomer", role="author", password_hash="!",
            **dict.fromkeys(("email_verified_at", "created_at", "updated_at"), EARLY_2026),
        )  # fmt: skip
        session.add(user)
        await session.flush()
        own = endless(user)
        session.add(own)
    return own


async def test_what_somebody_new_writes(
    client: httpx.AsyncClient,
    services: Services,
    newcomer: LoginSession,
    large_tables: frozenset[str],
) -> None:
    token = services.tokens.issue(newcomer.user_id, newcomer.id, EARLY_2026)
    client.headers["Authorization"] = f"Bearer {token.value}"
    id_ = 0
    too_many: dict[str, list[Node]] = {}
    for name, send in WRITES.items():
        with collected() as plans:
            answer = await send(client, id_)
        assert answer.is_success, answer.text
        id_ = id_ or answer.json()["id"]
        too_many[name] = [fault for plan in plans for fault in plan.faults(large_tables, MOST_ROWS)]
    assert {name: faults for name, faults in too_many.items() if faults} == {}
