"""The small world in which the document's examples are true."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from starlette.types import ASGIApp

from app.core.policy import Role
from app.core.sealing import secret_hash
from app.core.services import Services
from app.core.tokens import Purpose
from app.models import (
    ApiKey,
    Article,
    Comment,
    Identity,
    Invitation,
    Preview,
    Proof,
    RefreshToken,
    Revision,
    User,
    WorkingCopy,
)
from tests.factories import Factory
from tests.hostile.document import Operation, operations
from tests.hostile.factors import Factors

# Whoever registers must not be Anna, because she has an account already.
NEW_ACCOUNT = {"email": "somebody.new@example.com"}

HOUR = timedelta(hours=1)
COMMENT_OPERATIONS = (
    *(f"comments_{what}" for what in ("read", "update", "delete", "moderate", "report")),
    "replies_list",
    "comment_reports_list",
)
PASSKEY_OPERATIONS = ("passkeys_read", "passkeys_update", "passkeys_delete")
REFRESH_TOKEN = "4bX1V0nLw6TkXy2Pq4c1mZ8rJ5bD7fGs9aKeUiOoNyE"


@dataclass(frozen=True, slots=True)
class World:
    """Anna, her article with all that belongs to it, others, and what can be done."""

    author: User
    admin: User
    article: Article
    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class Belongings:
    """What belongs to Anna's account, by what operations call it."""

    paths: Mapping[str, Mapping[str, str]]
    fields: Mapping[str, Mapping[str, Any]]


class WorldMaker:
    """Makes the world; ids cannot be chosen, so they are put into the examples."""

    def __init__(self, app: ASGIApp, make: Factory, services: Services) -> None:
        self._app = app
        self._make = make
        self._services = services
        self._sessions = services.sessions
        self._clock = services.clock

    async def world(self, **article: object) -> World:
        """Make the world; the fields are for Anna's article."""
        make = self._make
        # She has a passkey, and is setting up an app; so it is Bert who signs in by his password.
        author = await make.user(email="anna@example.com", username="anna")
        await make.user(email="bert@example.com", username="bert")
        series = await make.series(author, slug="a-year-on-the-water")
        placed: dict[str, Any] = {"series_id": series.id, "series_position": 1, **article}
        river = await make.article(author, slug="down-the-river", tags=["rivers"], **placed)
        await make.tag("streams")
        await self._remember(river)
        comment_id = await self._talk(river)
        await make.article(author, slug="the-old-lock", deleted_at=self._clock())
        admin = await make.user(Role.ADMIN)
        await make.user(Role.ADMIN)
        hers = await self._belongings(author, admin)
        fields: Mapping[str, Mapping[str, Any]] = {
            "users_create": NEW_ACCOUNT,
            "auth_register": NEW_ACCOUNT,
            "invitations_create": NEW_ACCOUNT,
            "auth_login": {"username": "bert"},
            "series_order": {"articles": [river.id]},
            **hers.fields,
        }
        paths = {
            "users_update": {"user_id": str(author.id)},
            "users_hand_over": {"user_id": str(author.id)},
            "articles_undelete": {"ref": "the-old-lock"},
            **_each("comment_id", comment_id, *COMMENT_OPERATIONS),
            **hers.paths,
        }
        return World(author, admin, river, operations(self._app, paths, fields))

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

    async def _talk(self, article: Article) -> int:
        """Have the article's author say something about it, and return its id."""
        now = self._clock()
        comment = Comment(
            article_id=article.id, author_id=article.author_id, depth=1, status="visible",
            content="Otters!", content_html="<p>Otters!</p>", created_at=now, updated_at=now,
        )  # fmt: skip
        async with self._sessions.begin() as session:
            session.add(comment)
        return comment.id

    async def _belongings(self, owner: User, inviter: User) -> Belongings:
        """Give an account one of everything, and have somebody invited."""
        now, whose = self._clock(), {"user_id": owner.id, "created_at": self._clock()}
        phone = await self._make.login_session(owner, user_agent="A phone")
        key = ApiKey(
            name="CI", prefix="gly_0aB1cD", secret_hash=secret_hash("CI"), scopes=[], **whose
        )
        identity = Identity(issuer="https://accounts.example.com", subject="anna", **whose)
        invitation = Invitation(
            email="carla@example.com", role=Role.AUTHOR, inviter_id=inviter.id,
            created_at=now, expires_at=now + HOUR,
        )  # fmt: skip
        renewal = RefreshToken(
            token_hash=secret_hash(REFRESH_TOKEN), session_id=phone.id, created_at=now
        )
        factors = Factors(owner, self._services.sealer, now)
        async with self._sessions.begin() as session:
            session.add_all([key, identity, invitation, renewal])
            passkey_id = await factors.keep(session)
        paths = {
            **_each("session_id", phone.id, "sessions_delete"),
            **_each("identity_id", identity.id, "identities_delete"),
            **_each("key_id", key.id, "keys_read", "keys_delete"),
            **_each("passkey_id", passkey_id, *PASSKEY_OPERATIONS),
            **_each("invitation_id", invitation.id, "invitations_read", "invitations_delete"),
        }
        fields = {
            "invitations_accept": {"token": self._link(Purpose.INVITATION, invitation.id)},
            "auth_refresh": {"refresh_token": REFRESH_TOKEN},
            "auth_logout": {"refresh_token": REFRESH_TOKEN},
            **factors.fields(),
            **await self._letters(owner),
        }
        return Belongings(paths, fields)

    async def _letters(self, owner: User) -> Mapping[str, Mapping[str, Any]]:
        """Have links mailed to somebody; return what operations are sent who follows them."""
        now = self._clock()
        letters = {
            operation: Proof(
                user_id=owner.id, purpose=purpose, email=email,
                created_at=now, expires_at=now + timedelta(minutes=10),
            )
            for operation, purpose, email in (
                ("auth_verify_email", Purpose.VERIFY_EMAIL, owner.email),
                ("auth_change_email", Purpose.CHANGE_EMAIL, "anna@new.example.com"),
                ("auth_reset_password", Purpose.RESET_PASSWORD, owner.email),
            )
        }  # fmt: skip
        async with self._sessions.begin() as session:
            session.add_all(letters.values())
        return {
            operation: {"token": self._link(Purpose(proof.purpose), proof.id)}
            for operation, proof in letters.items()
        }

    def _link(self, purpose: Purpose, row_id: int) -> str:
        return self._services.tokens.issue_link(purpose, row_id, self._clock(), HOUR)


def _each(name: str, id_: int, *operations: str) -> dict[str, dict[str, str]]:
    return {operation: {name: str(id_)} for operation in operations}
