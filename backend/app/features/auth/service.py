"""Who somebody is: knowing accounts by their names, their sessions and their keys."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import release_connection
from app.core.errors import Unauthenticated
from app.core.keys import PREFIX, is_key
from app.core.passwords import PasswordHasher
from app.core.policy import Scope
from app.core.provenance import mark_account
from app.core.reading import Reads
from app.core.tokens import TokenSigner
from app.features.auth.errors import BadLogin, InactiveUser, UserNotFound
from app.features.auth.repository import AccountRepository, HolderRepository
from app.features.auth.rules import check_password
from app.models import LoginSession, User

RECENT = timedelta(minutes=15)


async def hash_password(
    password: str, *, email: str, username: str | None, passwords: PasswordHasher
) -> str:
    """Return the hash of a password that this account may have; raise WeakPassword.

    It takes long, and may wait in a queue: hold no connection meanwhile.
    """
    check_password(password, email=email, username=username, refuse_common=passwords.refuses_common)
    return await passwords.hash(password)


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Somebody who is known: by a session, or by a key with these scopes."""

    user: User
    session: LoginSession | None = None
    scopes: frozenset[Scope] | None = None

    @property
    def session_id(self) -> int | None:
        """Which of the account's sessions it is, if any."""
        return self.session.id if self.session else None

    def is_recent(self, at: datetime) -> bool:
        """Say whether they have proven who they are within the last minutes."""
        return self.session is not None and self.session.authenticated_at > at - RECENT


class Identification:
    """Who asks: what access tokens and keys say, and whether that is still so."""

    def __init__(self, session: AsyncSession, reads: Reads, tokens: TokenSigner) -> None:
        """Take the session of the request, what only reads, and what tokens are signed with."""
        self._session = session
        self._holders = HolderRepository(session, reads)
        self._tokens = tokens

    async def of(self, token: str, *, at: datetime) -> Authenticated:
        """Return whom an access token or a key names; raise Unauthenticated for a bad one.

        One query: a session, a key or an account that has just ended is not found by it.
        """
        by = self._by_key if token.startswith(PREFIX) else self._by_session
        known = await by(token, at)
        mark_account(self._session, known.user.id)
        return known

    async def _by_session(self, token: str, at: datetime) -> Authenticated:
        claims = self._tokens.read(token, at)
        found = await self._holders.by_session(claims.account_id, claims.session_id, at)
        if found is None:
            raise Unauthenticated
        user, session = found
        return Authenticated(user, session=session)

    async def _by_key(self, key: str, at: datetime) -> Authenticated:
        found = await self._holders.by_key(key, at) if is_key(key) else None
        if found is None:
            raise Unauthenticated
        user, known = found
        if await self._holders.note_use(known, at):
            # At once, or the key's other requests, and whoever revokes it, would wait for this one.
            await release_connection(self._session)
        # A newer release may know scopes that this one does not: they open nothing here.
        return Authenticated(user, scopes=frozenset(s for s in Scope if s in known.scopes))


class AuthService:
    """Accounts as identities, over one session."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session
        self._accounts = AccountRepository(session)

    async def check_login(self, login: str, password: str, *, passwords: PasswordHasher) -> User:
        """Return the account with this username or e-mail, if the password is its own.

        Raises BadLogin in the same words and time whether or not the account exists, and
        InactiveUser only to whoever knows the password.
        """
        account = await self._accounts.by_login(login)
        await release_connection(self._session)
        verdict = await passwords.verify(password, account.password_hash if account else None)
        if account is None or not verdict.valid:
            raise BadLogin
        if not account.is_active:
            raise InactiveUser
        if verdict.replacement and not await self._accounts.replace_hash(
            account, verdict.replacement
        ):
            return await self.check_login(login, password, passwords=passwords)
        return account

    async def lock(self, account_id: int) -> User | None:
        """Return the account as it is now; who wants to change it waits for the commit."""
        return await self._accounts.lock(account_id)

    async def keep(self, ids: Collection[int]) -> set[int]:
        """Return which of these accounts there are, and let nobody delete them before the commit.

        Everybody takes people in the order of their ids, so that nobody waits in a circle.
        """
        return await self._accounts.keep(ids)

    async def email_taken(self, email: str, *, besides: int | None = None) -> bool:
        """Say whether an account, but for `besides`, has this e-mail, whatever its case."""
        return await self._accounts.email_taken(email, besides=besides)

    async def hold(self, account: User) -> User:
        """Return the account as it is now, and let nobody change it before the commit.

        Raises BadLogin for one that is gone, or whose password has changed since it was read, or
        that has got its first second factor.
        """
        known = (account.password_hash, account.second_factor)
        current = await self._accounts.lock(account.id)
        if current is None or (current.password_hash, current.second_factor) != known:
            raise BadLogin
        return current

    async def end_sessions(self, account_id: int, *, besides: int | None = None) -> int:
        """Sign an account out everywhere, but for the session `besides`; return from how many."""
        return await self._accounts.end_sessions(account_id, besides=besides)

    async def forget_ways_in(self, account: User) -> None:
        """Take away the keys, passkeys and accounts elsewhere that open an account.

        An authenticator app stays: it opens nothing without the password.
        """
        await self._accounts.delete_ways_in(account.id)
        account.second_factor = await self._accounts.has_authenticator(account.id)

    async def active(self, account_id: int | None) -> User | None:
        """Return the account with this id, unless it is gone or has been switched off."""
        account = await self._accounts.by_id(account_id) if account_id is not None else None
        return account if account and account.is_active else None

    async def find_by_login(self, login: str) -> User:
        """Return the account with this username or e-mail; raise UserNotFound."""
        account = await self._accounts.by_login(login)
        if account is None:
            raise UserNotFound(f"No account has the username or e-mail {login}")
        return account

    async def find(self, ref: str) -> User:
        """Return the account with this id or username; raise UserNotFound."""
        account = await self._accounts.by_ref(ref)
        if account is None:
            raise UserNotFound
        return account
