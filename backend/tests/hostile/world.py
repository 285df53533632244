"""The small world in which the document's examples are true."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from starlette.types import ASGIApp

from app.core.db import Sessions
from app.models import Article, Preview, Revision, Role, User, WorkingCopy
from tests.factories import Factory, MovableClock
from tests.hostile.document import Operation, operations

# Whoever registers must not be Anna, because she has an account already.
NEW_ACCOUNT = {"email": "somebody.new@example.com"}


@dataclass(frozen=True, slots=True)
class World:
    """Anna, her article with all that belongs to it, others, and what can be done."""

    author: User
    admin: User
    article: Article
    operations: list[Operation]


class WorldMaker:
    """Makes the world; ids cannot be chosen, so they are put into the examples."""

    def __init__(
        self, app: ASGIApp, make: Factory, sessions: Sessions, clock: MovableClock
    ) -> None:
        self._app = app
        self._make = make
        self._sessions = sessions
        self._clock = clock

    async def world(self, **article: object) -> World:
        """Make the world; the fields are for Anna's article."""
        make = self._make
        author = await make.user(email="anna@example.com", username="anna")
        series = await make.series(author, slug="a-year-on-the-water")
        placed: dict[str, Any] = {"series_id": series.id, "series_position": 1, **article}
        river = await make.article(author, slug="down-the-river", tags=["rivers"], **placed)
        await make.tag("streams")
        await self._remember(river)
        await make.article(author, slug="the-old-lock", deleted_at=self._clock())
        admin = await make.user(Role.ADMIN)
        await make.user(Role.ADMIN)
        fields: Mapping[str, Mapping[str, Any]] = {
            "users_create": NEW_ACCOUNT,
            "auth_register": NEW_ACCOUNT,
            "series_order": {"articles": [river.id]},
        }
        paths = {
            "users_update": {"user_id": str(author.id)},
            "articles_undelete": {"ref": "the-old-lock"},
        }
        known = operations(self._app, paths, fields)
        return World(author, admin, river, known)

    async def _remember(self, article: Article) -> None:
        """Give the article a second version, a working copy and a preview link."""
        now, whose = self._clock(), {"editor_id": article.author_id}
        state = {**article.state(), "title": "Down the wide river"}
        rows = (
            Revision(
                article_id=article.id, version=2, made_at=now, fields=["title"],
                published=article.published, state=state, **whose,
            ),
            WorkingCopy(
                article_id=article.id, changes={"title": "Up the river"}, seen={},
                created_at=now, updated_at=now, **whose,
            ),
            Preview(
                id="8Zr1V0nLw6TkXy2P", article_id=article.id, maker_id=article.author_id,
                created_at=now, expires_at=now + timedelta(days=7),
            ),
        )  # fmt: skip
        async with self._sessions.begin() as session:
            session.add_all(rows)
            await session.execute(update(Article).values(version=2).filter_by(id=article.id))
