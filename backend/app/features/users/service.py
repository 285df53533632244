"""Accounts as people: making, reading, changing and deleting them."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.db import release_connection
from app.core.errors import Unauthenticated
from app.core.paging import Page, Slice
from app.core.passwords import PasswordHasher
from app.core.policy import Role
from app.features.audit.schemas import Event
from app.features.audit.service import AuditService
from app.features.auth.errors import EmailTaken, SignInNotRecent, UserNotFound
from app.features.auth.service import Authenticated, AuthService, hash_password
from app.features.users.errors import (
    LastAdministrator,
    OwnAccount,
    UnfitHeir,
    UsernameTaken,
    WrongCurrentPassword,
)
from app.features.users.repository import UserRepository
from app.features.users.rules import changes_a_secret, may_inherit, usernames_from
from app.features.users.schemas import HandedOver, ProfileUpdate, UserAdministration, UserCreate
from app.features.verification.service import VerificationService
from app.models import User

Check = Callable[[User], None]

ENDS_SESSIONS = frozenset({"role", "is_active", "password_hash"})
OUTDATES_LINKS = frozenset({"email", "password_hash"})


class UserService:
    """The rules of accounts, over one session."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session
        self._accounts = AuthService(session)
        self._audit = AuditService(session)
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
        await self._refuse_taken(new.email)
        if new.username:
            await self._save_as(user, new.username)
        else:
            await self._save_under_some_name(user)
        self._audit.record(
            Event.ACCOUNT_CREATED, at=at, subject_id=user.id, actor_id=user.id, role=str(role)
        )
        return user

    async def sign_up(
        self, new: UserCreate, *, password_hash: str, settings: Settings, at: datetime
    ) -> User:
        """Make an account for whoever asks for one; mail a link where its address is to be proven.

        Raises EmailTaken or UsernameTaken.
        """
        role = Role(settings.default_role)
        user = await self.register(new, password_hash=password_hash, role=role, at=at)
        if settings.email_verification != "off":
            await VerificationService(self._session, settings).ask_to_verify(user, at=at)
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
        person: Authenticated,
        changes: ProfileUpdate,
        *,
        verification: VerificationService,
        passwords: PasswordHasher,
        at: datetime,
        check: Check,
        by_sign_in: bool = False,
    ) -> User:
        """Change one's own account; `check` sees it locked, and may raise to leave it as it is.

        A new e-mail has to be confirmed by the link that is mailed to it. A new password ends all
        sessions but the one that asks. Raises WrongCurrentPassword where it is needed, also when
        it has just been changed. With `by_sign_in`, for clients that know of neither, who has just
        signed in has proven enough (else SignInNotRecent), and the e-mail counts at once.
        """
        user, given = person.user, changes.given()
        known_hash, password = user.password_hash, given.pop("current_password", None) or ""
        needs_proof = changes_a_secret(given, user)
        if needs_proof:
            await self._prove(person, None if by_sign_in else password, passwords, at)
            given = await _with_hash(given, user, passwords)
        locked = await self._locked(user.id)
        if not locked.is_active:
            raise Unauthenticated
        if needs_proof and locked.password_hash != known_hash:
            raise WrongCurrentPassword
        new_email = given.pop("email", locked.email)
        changed = await self._change(locked, given, at=at, check=check)
        if "password_hash" in changed:
            await self._accounts.end_sessions(locked.id, besides=person.session_id)
            await verification.withdraw(locked)
        if new_email != locked.email:
            await self._refuse_taken(new_email, besides=locked.id)
            take = verification.take_email if by_sign_in else verification.ask_to_change
            await take(locked, new_email, at=at)
        return locked

    async def _prove(
        self, person: Authenticated, password: str | None, passwords: PasswordHasher, at: datetime
    ) -> None:
        """Check the current password or, where there cannot be one, that they just signed in."""
        await release_connection(self._session)
        if password is None:
            if not person.is_recent(at):
                raise SignInNotRecent
            return
        known = person.user.password_hash
        if not password or not (await passwords.verify(password, known)).valid:
            raise WrongCurrentPassword

    async def administer(
        self,
        user_id: int,
        changes: UserAdministration,
        *,
        administrator: User,
        verification: VerificationService,
        passwords: PasswordHasher,
        at: datetime,
        check: Check,
    ) -> User:
        """Change any account as an administrator; raise UserNotFound or LastAdministrator.

        A new role or password, and switching the account off, end its sessions; a new e-mail has
        not been proven. Raises OwnAccount for the administrator's own e-mail and password.
        """
        given = changes.given()
        if user_id == administrator.id and changes_a_secret(given, administrator):
            raise OwnAccount
        if "password" in given:
            user = _found(await self._users.get(user_id))
            await release_connection(self._session)
            given = await _with_hash(given, user, passwords)
        keeps_power = given.get("role", Role.ADMIN) == Role.ADMIN and given.get("is_active", True)
        if not keeps_power:
            await self._refuse_to_lose_the_last_administrator(user_id)
        locked = await self._locked(user_id)
        if given.get("email", locked.email) != locked.email:
            given["email_verified_at"] = None
        changed = await self._change(locked, given, at=at, check=check)
        if changed & ENDS_SESSIONS:
            await self._accounts.end_sessions(user_id)
        if changed & OUTDATES_LINKS:
            await verification.withdraw(locked)
        return locked

    async def hand_over(self, user_id: int, heir: str, *, at: datetime) -> HandedOver:
        """Give all articles and series of one account to another; UserNotFound, UnfitHeir.

        The heir takes the place of the owner; what the account wrote along, it has still. That
        counts no version and makes no revision: nobody has edited those articles.
        """
        await self._users.lock_active_administrators()
        locked = await self._locked(user_id)
        return await self._give(locked, heir, at)

    async def delete(self, user: User, *, heir: str | None, at: datetime, check: Check) -> None:
        """Delete an account; raise UserNotFound, LastAdministrator or UnfitHeir.

        What it owns goes to the heir. Without one, what it wrote alone goes with it, and what it
        wrote with others stays theirs, the next of them its owner. Neither is a new version.
        """
        await self._refuse_to_lose_the_last_administrator(user.id)
        locked = _found(await self._users.lock_to_delete(user.id))
        check(locked)
        if heir is not None:
            await self._give(locked, heir, at)
        else:
            await self._users.lock_articles(locked.id)
        await self._users.leave_articles(locked.id)
        self._audit.record(Event.ACCOUNT_DELETED, at=at, subject_id=locked.id)
        await self._users.delete(locked)

    async def _give(self, owner: User, heir_ref: str, at: datetime) -> HandedOver:
        heir = await self._heir(heir_ref, besides=owner)
        await self._users.lock_articles(owner.id)
        given = HandedOver(
            articles=await self._users.give_articles(owner.id, heir.id),
            series=await self._users.give_series(owner.id, heir.id),
        )
        self._audit.record(
            Event.ARTICLES_HANDED_OVER,
            at=at,
            subject_id=owner.id,
            to=heir.id,
            **given.model_dump(),
        )
        return given

    async def _heir(self, ref: str, *, besides: User) -> User:
        """Return whom `ref` names, to be neither deleted nor changed meanwhile; or UnfitHeir."""
        try:
            found = await self._accounts.find(ref)
        except UserNotFound:
            raise UnfitHeir from None
        heir = await self._accounts.lock(found.id)
        if heir is None or heir.id == besides.id or not may_inherit(heir):
            raise UnfitHeir
        return heir

    async def _refuse_to_lose_the_last_administrator(self, user_id: int) -> None:
        if list(await self._users.lock_active_administrators()) == [user_id]:
            raise LastAdministrator

    async def _locked(self, user_id: int) -> User:
        return _found(await self._accounts.lock(user_id))

    async def _refuse_taken(self, email: str, *, besides: int | None = None) -> None:
        if await self._accounts.email_taken(email, besides=besides):
            raise EmailTaken

    async def _change(
        self, locked: User, given: dict[str, Any], *, at: datetime, check: Check
    ) -> set[str]:
        """Make changes, and return the names of what is different now."""
        check(locked)
        if "email" in given:
            await self._refuse_taken(given["email"], besides=locked.id)
        if "username" in given and await self._users.username_taken(
            given["username"], besides=locked.id
        ):
            raise UsernameTaken
        before = {name: getattr(locked, name) for name in given}
        if locked.change(given, at):
            await self._users.save(locked)
        changed = {name for name in given if getattr(locked, name) != before[name]}
        self._note(locked, changed, before, at)
        return changed

    def _note(self, user: User, changed: set[str], before: Mapping[str, Any], at: datetime) -> None:
        """Have the audit log know what has changed: names and roles, and no other values."""
        if "password_hash" in changed:
            self._audit.record(Event.PASSWORD_CHANGED, at=at, subject_id=user.id)
        if "role" in changed:
            roles: dict[str, Any] = {"from": str(before["role"]), "to": str(user.role)}
            self._audit.record(Event.ROLE_CHANGED, at=at, subject_id=user.id, **roles)
        fields = sorted(changed - {"password_hash", "role"})
        if fields:
            state = {"is_active": user.is_active} if "is_active" in fields else {}
            self._audit.record(
                Event.ACCOUNT_CHANGED, at=at, subject_id=user.id, fields=fields, **state
            )


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
