"""Keys for machines: making, listing and revoking them. What one opens, auth decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Unauthenticated
from app.core.keys import beginning_of, make_key
from app.core.policy import Role
from app.core.sealing import secret_hash
from app.features.audit.schemas import Event
from app.features.audit.service import AuditService
from app.features.auth.service import AuthService
from app.features.keys import rules
from app.features.keys.errors import KeyNotFound, TooManyKeys
from app.features.keys.repository import KeyRepository
from app.features.keys.schemas import KeyCreate
from app.models import ApiKey, User


@dataclass(frozen=True, slots=True)
class Made:
    """A key that has just been made, and its secret, which nobody can read again."""

    row: ApiKey
    secret: str


class KeyService:
    """The keys of accounts, over one session."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._accounts = AuthService(session)
        self._audit = AuditService(session)
        self._keys = KeyRepository(session)

    async def make(self, new: KeyCreate, *, owner: User, at: datetime) -> Made:
        """Make a key; raise ScopeAboveRole, TwoExpiries, AlreadyExpired or TooManyKeys."""
        expires_at = rules.expiry_of(new, at)
        locked = await self._accounts.lock(owner.id)
        if locked is None or not locked.is_active:
            raise Unauthenticated
        rules.check_scopes(new.scopes, Role(locked.role))
        if len(await self._keys.of(owner.id)) >= rules.MOST_KEYS:
            raise TooManyKeys(f"You have {rules.MOST_KEYS} keys; revoke some")
        secret = make_key()
        key = ApiKey(
            user_id=owner.id,
            name=new.name,
            prefix=beginning_of(secret),
            secret_hash=secret_hash(secret),
            scopes=list(new.scopes),
            created_at=at,
            expires_at=expires_at,
        )
        await self._keys.add(key)
        self._audit.record(
            Event.KEY_MADE, at=at, subject_id=owner.id, key_id=key.id, scopes=list(new.scopes)
        )
        return Made(key, secret)

    async def all_of(self, owner: User) -> Sequence[ApiKey]:
        """Return an account's keys, the newest first, those that have expired among them."""
        return await self._keys.of(owner.id)

    async def read(self, key_id: int, *, owner: User) -> ApiKey:
        """Return one key of an account; raise KeyNotFound."""
        key = await self._keys.get(key_id, owner.id)
        if key is None:
            raise KeyNotFound
        return key

    async def revoke(self, key_id: int, *, owner: User, at: datetime) -> None:
        """End a key at once; raise KeyNotFound, also for somebody else's."""
        if not await self._keys.delete(key_id, owner.id):
            raise KeyNotFound
        self._audit.record(Event.KEY_REVOKED, at=at, subject_id=owner.id, key_id=key_id)
