"""Accounts as people: making, reading, changing and deleting them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import release_connection
from app.core.errors import Unauthenticated
from app.core.paging import Page, Slice
from app.core.passwords import PasswordHasher
from app.features.auth.errors import UserNotFound
from app.features.auth.service import hash_password
from app.features.users.errors import (
    EmailTaken,
    LastAdministrator,
    UsernameTaken,
    WrongCurrentPassword,
)
from app.features.users.repository import UserRepository
from app.features.users.rules import usernames_from
from app.features.users.schemas import UserAdministration, UserCreate, UserUpdate
from app.models import Role, User

Check = Callable[[User], None]


class UserService:
    """The rules of accounts, over one session."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session
        self._users = UserRepository(session)

    async def register(
        self,
        new: UserCreate,
        *,
        password_hash: str,
        role: Role,
        at: datetime,
    ) -> User:
        """Make an account; raise EmailTaken or UsernameTaken."""
        user = User(
            email=new.email,
            full_name=new.full_name,
            password_hash=password_hash,
            role=role,
            created_at=at,
            updated_at=at,
        )
        if await self._users.email_taken(new.email):
            raise EmailTaken
        if new.username:
            await self._save_as(user, new.username)
        else:
            await self._save_under_some_name(user)
        return user

    async def _save_as(self, user: User, username: str) -> None:
        if await self._users.username_taken(username):
            raise UsernameTaken
        user.username = username
        await self._users.save(user)

    async def _save_under_some_name(self, user: User) -> None:
        for username in usernames_from(user.email):
            with suppress(UsernameTaken):
                await self._save_as(user, username)
                return

    async def page(self, page: Page) -> Slice[User]:
        """Return accounts, newest first."""
        return await self._users.page(page)

    async def update(
        self,
        user: User,
        changes: UserUpdate,
        *,
        passwords: PasswordHasher,
        at: datetime,
        check: Check,
    ) -> User:
        """Change one's own account; `check` sees it locked, and may raise to leave it as it is.

        Raises WrongCurrentPassword where that is needed, also when it has just been changed.
        """
        given = changes.given()
        current_password = given.pop("current_password", None)
        known_hash = user.password_hash
        needs_proof = "password" in given or given.get("email", user.email) != user.email
        if needs_proof:
            await release_connection(self._session)
            verdict = await passwords.verify(current_password or "", known_hash)
            if not verdict.valid:
                raise WrongCurrentPassword
            given = await _with_hash(given, user, passwords)
        locked = await self._locked(user.id)
        if not locked.is_active:
            raise Unauthenticated
        if needs_proof and locked.password_hash != known_hash:
            raise WrongCurrentPassword
        return await self._change(locked, given, at=at, check=check)

    async def administer(
        self,
        user_id: int,
        changes: UserAdministration,
        *,
        passwords: PasswordHasher,
        at: datetime,
        check: Check,
    ) -> User:
        """Change any account as an administrator; raise UserNotFound or LastAdministrator."""
        given = changes.given()
        if "password" in given:
            user = _found(await self._users.get(user_id))
            await release_connection(self._session)
            given = await _with_hash(given, user, passwords)
        keeps_power = given.get("role", Role.ADMIN) == Role.ADMIN and given.get("is_active", True)
        if not keeps_power:
            await self._refuse_to_lose_the_last_administrator(user_id)
        return await self._change(await self._locked(user_id), given, at=at, check=check)

    async def delete(self, user: User, *, check: Check) -> None:
        """Delete an account and all that is only its own; raise UserNotFound, LastAdministrator.

        What it wrote with others stays theirs, the next of them its owner. That counts no version
        and makes no revision: nobody has edited those articles.
        """
        await self._refuse_to_lose_the_last_administrator(user.id)
        locked = _found(await self._users.lock_to_delete(user.id))
        check(locked)
        await self._users.hand_over_articles(locked.id)
        await self._users.delete(locked)

    async def _refuse_to_lose_the_last_administrator(self, user_id: int) -> None:
        if list(await self._users.lock_active_administrators()) == [user_id]:
            raise LastAdministrator

    async def _locked(self, user_id: int) -> User:
        return _found(await self._users.lock(user_id))

    async def _change(
        self, locked: User, given: dict[str, Any], *, at: datetime, check: Check
    ) -> User:
        check(locked)
        if "email" in given and await self._users.email_taken(given["email"], besides=locked.id):
            raise EmailTaken
        if "username" in given and await self._users.username_taken(
            given["username"], besides=locked.id
        ):
            raise UsernameTaken
        if locked.change(given, at):
            await self._users.save(locked)
        return locked


def _found(user: User | None) -> User:
    if user is None:
        raise UserNotFound
    return user


async def _with_hash(
    given: dict[str, Any], user: User, passwords: PasswordHasher
) -> dict[str, Any]:
    """Return the changes with a hash in the place of a password."""
    changes = dict(given)
    password = changes.pop("password", None)
    if password is not None:
        changes["password_hash"] = await hash_password(
            password,
            email=given.get("email", user.email),
            username=given.get("username", user.username),
            passwords=passwords,
        )
    return changes
