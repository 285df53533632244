"""The queries for second factors. What is kept of random secrets is their hash."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.sealing import secret_hash
from app.features.auth.schemas import Method
from app.features.factors.schemas import ChallengePurpose
from app.models import Authenticator, Challenge, Passkey, RecoveryCode

SWEPT_AT_ONCE = 20


class FactorRepository:
    """Finds and keeps authenticator apps, recovery codes and passkeys."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def has_factor(self, account_id: int) -> bool:
        """Say whether the account has a confirmed app or a passkey."""
        app = exists().where(
            Authenticator.user_id == account_id, Authenticator.confirmed_at.is_not(None)
        )
        passkey = exists().where(Passkey.user_id == account_id)
        return bool(await self._session.scalar(select(or_(app, passkey))))

    async def forget(self, account_id: int) -> None:
        """Delete everything that the account has besides its password."""
        for model in (Authenticator, RecoveryCode, Passkey):
            await self._session.execute(delete(model).where(model.user_id == account_id))

    async def authenticator(self, account_id: int) -> Authenticator | None:
        """Return the account's app, confirmed or not."""
        return await self._session.get(Authenticator, account_id, populate_existing=True)

    async def add_authenticator(self, authenticator: Authenticator) -> None:
        """Keep a new app."""
        self._session.add(authenticator)
        await self._session.flush()

    async def delete_authenticator(self, authenticator: Authenticator) -> None:
        """Forget an app."""
        await self._session.delete(authenticator)
        await self._session.flush()

    async def sealed_after(self, account_id: int, limit: int) -> Sequence[tuple[int, str]]:
        """Return the next accounts' sealed secrets, by the accounts' ids."""
        query = (
            select(Authenticator.user_id, Authenticator.sealed_secret)
            .where(Authenticator.user_id > account_id)
            .order_by(Authenticator.user_id)
            .limit(limit)
        )
        return [(row[0], row[1]) for row in await self._session.execute(query)]

    async def reseal(self, account_id: int, old: str, new: str) -> None:
        """Replace a sealed secret, unless there is another one meanwhile."""
        unchanged = (Authenticator.user_id == account_id) & (Authenticator.sealed_secret == old)
        statement = update(Authenticator).where(unchanged).values(sealed_secret=new)
        await self._session.execute(statement, execution_options={"synchronize_session": False})

    async def forget_codes(self, account_id: int) -> None:
        """Delete the account's recovery codes."""
        await self._session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == account_id))

    async def replace_codes(self, account_id: int, codes: Iterable[str], at: datetime) -> None:
        """Keep these recovery codes instead of all earlier ones."""
        await self.forget_codes(account_id)
        self._session.add_all(
            RecoveryCode(user_id=account_id, code_hash=secret_hash(code), created_at=at)
            for code in codes
        )
        await self._session.flush()

    async def spend_code(self, account_id: int, code: str) -> bool:
        """Delete a recovery code, and say whether it was there."""
        spent = (
            delete(RecoveryCode)
            .where(RecoveryCode.user_id == account_id, RecoveryCode.code_hash == secret_hash(code))
            .returning(RecoveryCode.user_id)
        )
        return (await self._session.scalars(spent)).one_or_none() is not None

    async def passkey_count(self, account_id: int) -> int:
        """Return how many passkeys the account has."""
        query = select(func.count()).where(Passkey.user_id == account_id)
        return await self._session.scalar(query) or 0

    async def codes_left(self, account_id: int) -> int:
        """Return how many recovery codes have not been used."""
        query = select(func.count()).where(RecoveryCode.user_id == account_id)
        return await self._session.scalar(query) or 0

    async def add_challenge(
        self,
        token: str,
        purpose: ChallengePurpose,
        *,
        account_id: int | None,
        method: Method | None,
        at: datetime,
        until: datetime,
    ) -> None:
        """Keep a new challenge, and delete some of those that are too old."""
        old = (
            select(Challenge.challenge_hash)
            .where(Challenge.expires_at <= at)
            .limit(SWEPT_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        await self._session.execute(delete(Challenge).where(Challenge.challenge_hash.in_(old)))
        self._session.add(
            Challenge(
                challenge_hash=secret_hash(token),
                purpose=purpose,
                user_id=account_id,
                method=method,
                created_at=at,
                expires_at=until,
            )
        )
        await self._session.flush()

    async def challenge(
        self, token: str, purpose: ChallengePurpose, at: datetime
    ) -> Challenge | None:
        """Return a challenge that can still be answered, as it is now."""
        query = (
            select(Challenge)
            .where(Challenge.challenge_hash == secret_hash(token), Challenge.purpose == purpose)
            .where(Challenge.expires_at > at)
            .execution_options(populate_existing=True)
        )
        return (await self._session.scalars(query)).one_or_none()

    async def delete_challenge(self, challenge: Challenge) -> None:
        """Forget a challenge that has been answered, or has failed too often."""
        await self._session.delete(challenge)
        await self._session.flush()

    async def take_challenge(
        self, token: str, purpose: ChallengePurpose, at: datetime, *, account_id: int | None
    ) -> bool:
        """Delete a challenge that can still be answered, and say whether it was there."""
        taken = (
            delete(Challenge)
            .where(Challenge.challenge_hash == secret_hash(token), Challenge.purpose == purpose)
            .where(Challenge.user_id.is_not_distinct_from(account_id), Challenge.expires_at > at)
            .returning(Challenge.purpose)
        )
        return (await self._session.scalars(taken)).one_or_none() is not None
