"""The queries for links that prove an address."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import violated_constraint
from app.core.tokens import Purpose
from app.features.auth.errors import EmailTaken
from app.models import Proof, User


class ProofRepository:
    """Reads and writes links, and the accounts that they are about."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def add(self, proof: Proof) -> None:
        """Write a new link."""
        self._session.add(proof)
        await self._session.flush()

    async def find(self, proof_id: int, *, lock: bool = False) -> tuple[Proof, User] | None:
        """Return a link and its account as they are now, if there is one.

        Locked, the account comes before its links, as everywhere.
        """
        users = select(User).join(Proof, Proof.user_id == User.id).where(Proof.id == proof_id)
        proofs = select(Proof).where(Proof.id == proof_id)
        if lock:
            users = users.with_for_update(of=User, key_share=True)
            proofs = proofs.with_for_update()
        fresh: dict[str, Any] = {"execution_options": {"populate_existing": True}}
        user = (await self._session.scalars(users, **fresh)).one_or_none()
        proof = (await self._session.scalars(proofs, **fresh)).one_or_none()
        return (proof, user) if proof and user else None

    async def newest(self, user_id: int, purpose: Purpose) -> Proof | None:
        """Return the last link that an account has been sent for a purpose."""
        query = select(Proof).where(Proof.user_id == user_id, Proof.purpose == purpose)
        newest = query.order_by(Proof.id.desc()).limit(1)
        return (await self._session.scalars(newest)).one_or_none()

    async def withdraw(self, user_id: int) -> None:
        """Delete the unused links of an account, but for those that only verify its address."""
        opens = Proof.purpose != Purpose.VERIFY_EMAIL
        unused = delete(Proof).where(Proof.user_id == user_id, Proof.used_at.is_(None), opens)
        await self._session.execute(unused, execution_options={"synchronize_session": False})

    async def save(self) -> None:
        """Write what has changed; raise EmailTaken, after which the transaction is over."""
        try:
            await self._session.flush()
        except IntegrityError as error:
            if "email" in violated_constraint(error):
                raise EmailTaken from None
            raise
