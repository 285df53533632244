"""Accounts as people: making, reading, changing and deleting them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import release_connection
from app.core.paging import Page, Slice
from app.core.passwords import PasswordHasher
from app.features.auth.errors import UserNotFound
from app.features.auth.rules import check_password
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
        role: Role,
        passwords: PasswordHasher,
        at: datetime,
    ) -> User:
        """Make an account; raise EmailTaken, UsernameTaken or WeakPassword."""
        check_password(new.password, email=new.email, username=new.username)
        user = User(
            email=new.email,
            full_name=new.full_name,
            password_hash=await passwords.hash(new.password),
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
        """Change one's own account; `check` sees it locked, and may raise to leave it as it is."""
        given = changes.given()
        current_password = given.pop("current_password", None)
        new_email = given.get("email", user.email) != user.email
        if new_email or "password" in given:
            await release_connection(self._session)
            verdict = await passwords.verify(current_password or "", user.password_hash)
            if not verdict.valid:
                raise WrongCurrentPassword
        return await self._change(user, given, passwords=passwords, at=at, check=check)

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
        keeps_power = given.get("role", Role.ADMIN) == Role.ADMIN and given.get("is_active", True)
        if not keeps_power:
            await self._refuse_to_lose_the_last_administrator(user_id)
        user = await self._locked(user_id)
        return await self._change(user, given, passwords=passwords, at=at, check=check)

    async def delete(self, user: User, *, check: Check) -> None:
        """Delete an account and all that belongs to it; raise LastAdministrator."""
        await self._refuse_to_lose_the_last_administrator(user.id)
        locked = await self._locked(user.id)
        check(locked)
        await self._users.delete(locked)

    async def _refuse_to_lose_the_last_administrator(self, user_id: int) -> None:
        if list(await self._users.lock_active_administrators()) == [user_id]:
            raise LastAdministrator

    async def _locked(self, user_id: int) -> User:
        user = await self._users.lock(user_id)
        if user is None:
            raise UserNotFound
        return user

    async def _change(
        self,
        user: User,
        given: dict[str, Any],
        *,
        passwords: PasswordHasher,
        at: datetime,
        check: Check,
    ) -> User:
        if "password" in given:
            email, username = given.get("email", user.email), given.get("username", user.username)
            password = given.pop("password")
            check_password(password, email=email, username=username)
            given["password_hash"] = await passwords.hash(password)
        locked = await self._locked(user.id)
        check(locked)
        if "email" in given and await self._users.email_taken(given["email"], besides=user.id):
            raise EmailTaken
        if "username" in given and await self._users.username_taken(
            given["username"], besides=user.id
        ):
            raise UsernameTaken
        changed = {name for name, value in given.items() if getattr(locked, name) != value}
        if changed:
            for name in changed:
                setattr(locked, name, given[name])
            locked.touch(at)
            await self._users.save(locked)
        return locked
