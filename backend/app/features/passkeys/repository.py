"""The queries for passkeys."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Passkey


class PasskeyRepository:
    """Finds and keeps passkeys."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def all_of(self, account_id: int) -> Sequence[Passkey]:
        """Return the account's passkeys, the newest first."""
        query = (
            select(Passkey)
            .where(Passkey.user_id == account_id)
            .order_by(Passkey.created_at.desc(), Passkey.id.desc())
        )
        return (await self._session.scalars(query)).all()

    async def one_of(self, account_id: int, passkey_id: int) -> Passkey | None:
        """Return one passkey of the account."""
        query = select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == account_id)
        return (await self._session.scalars(query)).one_or_none()

    async def by_credential(self, credential_id: bytes) -> Passkey | None:
        """Return the passkey that authenticators call by this id, as it is now."""
        query = (
            select(Passkey)
            .where(Passkey.credential_id == credential_id)
            .execution_options(populate_existing=True)
        )
        return (await self._session.scalars(query)).one_or_none()

    async def add(self, **values: object) -> Passkey | None:
        """Keep a new passkey; return None if there is one of the same id already."""
        statement = (
            insert(Passkey)
            .values(**values)
            .on_conflict_do_nothing(index_elements=[Passkey.credential_id])
            .returning(Passkey)
        )
        return (await self._session.scalars(statement)).one_or_none()

    async def delete(self, passkey: Passkey) -> None:
        """Forget a passkey."""
        await self._session.delete(passkey)
        await self._session.flush()
