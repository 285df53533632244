"""The queries for accounts as identities."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    LargeBinary,
    any_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from app.core.reading import AT, Reads, Row, Statement, argument
from app.core.rows import columns_of, loaded
from app.core.sealing import secret_hash
from app.core.text import as_id
from app.models import ApiKey, Authenticator, Challenge, Identity, LoginSession, Passkey, User

Held = TypeVar("Held", LoginSession, ApiKey)

USE_NOTED_EVERY = timedelta(minutes=1)

_ACCOUNT = columns_of(User)

# Every request that brings a token, or writes, asks these: they are made once.
_BY_SESSION = Statement.of(
    select(*_ACCOUNT, *columns_of(LoginSession))
    .join(LoginSession, LoginSession.user_id == User.id)
    .where(User.id == argument("account_id", BigInteger), User.is_active)
    .where(LoginSession.id == argument("session_id", BigInteger), LoginSession.expires_at > AT)
)
_BY_KEY = Statement.of(
    select(*_ACCOUNT, *columns_of(ApiKey))
    .join(ApiKey, ApiKey.user_id == User.id)
    .where(ApiKey.secret_hash == argument("secret_hash", LargeBinary), User.is_active)
    .where(ApiKey.expires_at.is_(None) | (ApiKey.expires_at > AT))
)
_KEPT = (
    select(User.id)
    .where(User.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
    .order_by(User.id)
    .with_for_update(read=True, key_share=True)
)


class AccountRepository:
    """Finds accounts by what they are called, and takes away what they come in by."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def by_id(self, account_id: int) -> User | None:
        """Return the account with this id, whole and as it is now."""
        return await self._session.get(User, account_id, populate_existing=True)

    async def lock(self, account_id: int) -> User | None:
        """Return the account as it is now; who wants to change it waits for the commit."""
        return await self._session.get(
            User, account_id, populate_existing=True, with_for_update={"key_share": True}
        )

    async def keep(self, ids: Collection[int]) -> set[int]:
        """Return which of these accounts there are, and let nobody delete them before the commit.

        Their own sessions may change them meanwhile.
        """
        return set(await self._session.scalars(_KEPT, {"ids": sorted(ids)}))

    async def email_taken(self, email: str, *, besides: int | None) -> bool:
        """Say whether another account has this e-mail, whatever its case."""
        same = func.lower(User.email) == func.lower(email)
        other = same if besides is None else same & (User.id != besides)
        return bool(await self._session.scalar(select(exists().where(other))))

    async def by_ref(self, ref: str) -> User | None:
        """Return the account with this id or username, whatever its case."""
        account_id = as_id(ref)
        if account_id is not None:
            return await self.by_id(account_id)
        query = select(User).where(func.lower(User.username) == func.lower(ref))
        return (await self._session.scalars(query)).one_or_none()

    async def by_login(self, login: str) -> User | None:
        """Return the account with this username or e-mail, whatever its case, as it is now."""
        lowered = func.lower(login)
        same = or_(func.lower(User.username) == lowered, func.lower(User.email) == lowered)
        query = select(User).where(same).execution_options(populate_existing=True)
        return (await self._session.scalars(query)).one_or_none()

    async def end_sessions(self, account_id: int, *, besides: int | None) -> int:
        """End the account's sessions but one, and half-done sign-ins; return how many there were.

        What waits for a second factor has shown a first one that may be good no more.
        """
        half_done = delete(Challenge).where(Challenge.user_id == account_id)
        await self._session.execute(half_done.where(Challenge.method.is_not(None)))
        ended = delete(LoginSession).where(LoginSession.user_id == account_id)
        if besides is not None:
            ended = ended.where(LoginSession.id != besides)
        ids = await self._session.scalars(ended.returning(LoginSession.id))
        return len(ids.all())

    async def delete_ways_in(self, account_id: int) -> None:
        """Delete what lets somebody in without the password."""
        for kind in (ApiKey, Identity, Passkey):
            await self._session.execute(delete(kind).where(kind.user_id == account_id))

    async def has_authenticator(self, account_id: int) -> bool:
        """Say whether the account has an authenticator app that works."""
        confirmed = (Authenticator.user_id == account_id) & Authenticator.confirmed_at.is_not(None)
        return bool(await self._session.scalar(select(exists().where(confirmed))))

    async def replace_hash(self, account: User, new: str) -> bool:
        """Store a password's new hash, unless it has changed meanwhile; say whether it was done."""
        unchanged = (User.id == account.id) & (User.password_hash == account.password_hash)
        statement = update(User).where(unchanged).values(password_hash=new).returning(User.id)
        options = {"synchronize_session": False}
        if await self._session.scalar(statement, execution_options=options) is None:
            return False
        set_committed_value(account, "password_hash", new)
        return True


class HolderRepository:
    """Finds who holds a session or a key, past the request's own transaction.

    So whoever only reads needs none. The accounts found are the session's objects all the same.
    """

    def __init__(self, session: AsyncSession, reads: Reads) -> None:
        """Take the session of the request, and what runs statements that only read."""
        self._session = session
        self._reads = reads

    async def by_session(
        self, account_id: int, session_id: int, at: datetime
    ) -> tuple[User, LoginSession] | None:
        """Return the active account and its session, unless that has ended."""
        values = {"account_id": account_id, "session_id": session_id, "at": at}
        return self._both(LoginSession, await self._reads.all(_BY_SESSION, values))

    async def by_key(self, key: str, at: datetime) -> tuple[User, ApiKey] | None:
        """Return the active account and its key, unless that has ended."""
        values = {"secret_hash": secret_hash(key), "at": at}
        return self._both(ApiKey, await self._reads.all(_BY_KEY, values))

    def _both(self, held: type[Held], rows: Sequence[Row]) -> tuple[User, Held] | None:
        if not rows:
            return None
        (row,) = rows
        account, rest = row[: len(_ACCOUNT)], row[len(_ACCOUNT) :]
        return loaded(self._session, User, account), loaded(self._session, held, rest)

    async def note_use(self, key: ApiKey, at: datetime) -> bool:
        """Write down when a key was used, once a minute at the most; say whether it was now."""
        if key.last_used_at is not None and key.last_used_at > at - USE_NOTED_EVERY:
            return False
        statement = update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=at)
        await self._session.execute(statement, execution_options={"synchronize_session": False})
        return True
