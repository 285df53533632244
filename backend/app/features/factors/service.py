"""Second factors: authenticator apps, recovery codes, and what all kinds of them share.

Whatever changes or answers an account's factors locks the account first, so that two at once come
one after the other, and `User.second_factor` always says what is the case.
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.db import Sessions, apart, release_connection
from app.core.errors import GalleyError
from app.core.policy import Role
from app.core.sealing import Broken, Sealer
from app.features.audit.schemas import Event
from app.features.audit.service import AuditService
from app.features.auth.errors import InactiveUser, UserNotFound
from app.features.auth.schemas import Method
from app.features.auth.service import AuthService
from app.features.factors.adapters import totp
from app.features.factors.errors import (
    ChallengeGone,
    CodeNotConfirmed,
    NoSecondFactor,
    RequiredByRole,
    SecondFactorRequired,
    TotpAlreadySetUp,
    TotpNotFound,
    TotpNotStarted,
    WrongCode,
)
from app.features.factors.repository import FactorRepository
from app.features.factors.rules import compact, is_totp
from app.features.factors.schemas import (
    ChallengePurpose,
    Factor,
    FactorsRead,
    TotpSetup,
)
from app.models import Authenticator, Challenge, User

CHALLENGE_LIFETIME = timedelta(minutes=5)
MOST_FAILURES = 5
RECOVERY_CODES = 10
RESEALED_AT_ONCE = 500
MOST_RESEALED = 10_000


def _new_recovery_code() -> str:
    """Return 100 random bits as twenty characters that are hard to mistake for each other."""
    letters = base64.b32encode(secrets.token_bytes(13)).decode().lower()[:20]
    return "-".join(letters[start : start + 5] for start in range(0, 20, 5))


@dataclass(frozen=True, slots=True)
class Answered:
    """Who has shown a second factor, and by what method the first one was shown."""

    user: User
    method: Method


class Challenges:
    """What has to be answered: random, good for five minutes and once, kept as its hash."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._factors = FactorRepository(session)

    async def make(
        self,
        purpose: ChallengePurpose,
        *,
        account_id: int | None,
        at: datetime,
        method: Method | None = None,
    ) -> str:
        """Return a new challenge: 256 random bits, in base64url as browsers want them.

        One for a second factor remembers by what method the first one was shown.
        """
        token, until = secrets.token_urlsafe(32), at + CHALLENGE_LIFETIME
        await self._factors.add_challenge(
            token, purpose, account_id=account_id, method=method, at=at, until=until
        )
        return token

    async def take(
        self, challenge: str, purpose: ChallengePurpose, *, account_id: int | None, at: datetime
    ) -> bool:
        """Use a challenge up, and say whether it was one for this."""
        return await self._factors.take_challenge(challenge, purpose, at, account_id=account_id)


class Enrolment:
    """What every kind of factor shares: who has any, and what follows from the first and last."""

    def __init__(self, session: AsyncSession, settings: Settings) -> None:
        """Take the session of the request or job, and the process's settings."""
        self._accounts = AuthService(session)
        self._audit = AuditService(session)
        self._factors = FactorRepository(session)
        self._required_roles = settings.second_factor_roles

    def is_required(self, user: User) -> bool:
        """Say whether somebody's role has to have a second factor."""
        return Role(user.role) in self._required_roles

    async def lock(self, account_id: int) -> User:
        """Return an account with its factors held still; raise UserNotFound."""
        owner = await self._accounts.lock(account_id)
        if owner is None:
            raise UserNotFound
        return owner

    async def note_added(
        self, owner: User, method: Factor, *, session_id: int, at: datetime
    ) -> bool:
        """Note a new factor, and say whether it is the account's first.

        The first one signs the account out everywhere but in the session that has added it: the
        others may be somebody's who has only the password.
        """
        is_first, owner.second_factor = not owner.second_factor, True
        ended = await self._accounts.end_sessions(owner.id, besides=session_id) if is_first else 0
        self._audit.record(
            Event.FACTOR_ADDED, at=at, subject_id=owner.id, method=method, sessions_ended=ended
        )
        return is_first

    async def note_removed(self, owner: User, method: Factor, *, at: datetime) -> None:
        """Note that a factor is gone; raise RequiredByRole if the role cannot do without it.

        Recovery codes stand in for other factors, and go with the last of them.
        """
        owner.second_factor = await self._factors.has_factor(owner.id)
        if not owner.second_factor:
            if self.is_required(owner):
                raise RequiredByRole
            await self._factors.forget_codes(owner.id)
        self._audit.record(Event.FACTOR_REMOVED, at=at, subject_id=owner.id, method=method)

    async def new_codes(self, owner: User, *, at: datetime) -> list[str]:
        """Make recovery codes, and forget all earlier ones."""
        codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
        await self._factors.replace_codes(owner.id, map(compact, codes), at)
        return codes


class FactorService:
    """Authenticator apps and recovery codes, and the challenge that they answer."""

    def __init__(self, session: AsyncSession, settings: Settings, sealer: Sealer) -> None:
        """Take the session of the request or job, and the process's settings and sealer."""
        self._session = session
        self._settings = settings
        self._sealer = sealer
        self._audit = AuditService(session)
        self._accounts = AuthService(session)
        self._challenges = Challenges(session)
        self._enrolment = Enrolment(session, settings)
        self._factors = FactorRepository(session)

    async def overview(self, user: User) -> FactorsRead:
        """Return what the account has besides its password."""
        app = await self._factors.authenticator(user.id)
        return FactorsRead(
            totp_confirmed_at=app.confirmed_at if app else None,
            passkeys=await self._factors.passkey_count(user.id),
            recovery_codes_left=await self._factors.codes_left(user.id),
            required=self._enrolment.is_required(user),
        )

    async def begin_totp(self, user: User, *, at: datetime) -> TotpSetup:
        """Make the secret of an authenticator app, instead of one that was never confirmed.

        Raises TotpAlreadySetUp.
        """
        owner = await self._enrolment.lock(user.id)
        app, secret = await self._factors.authenticator(owner.id), totp.new_secret()
        if app is not None and app.confirmed_at is not None:
            raise TotpAlreadySetUp
        if app is None:
            app = Authenticator(user_id=owner.id)
        app.sealed_secret, app.created_at = self._sealer.seal(secret), at
        await self._factors.add_authenticator(app)
        uri = totp.setup_uri(secret, account=owner.username, issuer=self._settings.site_title)
        return TotpSetup(secret=secret, uri=uri, qr_svg=totp.qr_svg(uri))

    async def confirm_totp(
        self, user: User, code: str, *, session_id: int, at: datetime
    ) -> list[str]:
        """Have the new app count from now on, and return new recovery codes.

        Raises TotpNotStarted, TotpAlreadySetUp and CodeNotConfirmed.
        """
        owner = await self._enrolment.lock(user.id)
        app = await self._factors.authenticator(owner.id)
        if app is None:
            raise TotpNotStarted
        if app.confirmed_at is not None:
            raise TotpAlreadySetUp
        if not self._uses_up(app, compact(code), at):
            raise CodeNotConfirmed
        app.confirmed_at = at
        await self._enrolment.note_added(owner, Factor.TOTP, session_id=session_id, at=at)
        return await self._enrolment.new_codes(owner, at=at)

    async def remove_totp(self, user: User, *, at: datetime) -> None:
        """Forget the authenticator app; raise TotpNotFound or RequiredByRole."""
        owner = await self._enrolment.lock(user.id)
        app = await self._factors.authenticator(owner.id)
        if app is None:
            raise TotpNotFound
        was_confirmed = app.confirmed_at is not None
        await self._factors.delete_authenticator(app)
        if was_confirmed:
            await self._enrolment.note_removed(owner, Factor.TOTP, at=at)

    async def renew_codes(self, user: User, *, at: datetime) -> list[str]:
        """Make new recovery codes and forget the old ones; raise NoSecondFactor."""
        owner = await self._enrolment.lock(user.id)
        if not owner.second_factor:
            raise NoSecondFactor
        codes = await self._enrolment.new_codes(owner, at=at)
        method = Factor.RECOVERY_CODE
        self._audit.record(Event.FACTOR_ADDED, at=at, subject_id=owner.id, method=method)
        return codes

    async def forget(self, user: User, *, at: datetime) -> None:
        """Take all factors from an account whose owner has lost them, as its operator."""
        owner = await self._enrolment.lock(user.id)
        await self._factors.forget(owner.id)
        owner.second_factor = False
        self._audit.record(Event.FACTOR_REMOVED, at=at, subject_id=owner.id, method="all")

    async def methods(self, user: User) -> list[Factor]:
        """Return by what the account can show a second factor."""
        app = await self._factors.authenticator(user.id)
        has = {
            Factor.TOTP: app is not None and app.confirmed_at is not None,
            Factor.PASSKEY: bool(await self._factors.passkey_count(user.id)),
            Factor.RECOVERY_CODE: bool(await self._factors.codes_left(user.id)),
        }
        return [method for method, is_there in has.items() if is_there]

    async def challenge(self, user: User, *, method: Method, at: datetime) -> str:
        """Make a challenge for somebody who has shown the first factor by this method."""
        purpose = ChallengePurpose.SECOND_FACTOR
        return await self._challenges.make(purpose, account_id=user.id, method=method, at=at)

    async def demand(
        self, user: User, *, method: Method, sessions: Sessions, at: datetime
    ) -> SecondFactorRequired:
        """Return the refusal to raise, with a challenge that stays although it is raised.

        Raises BadLogin for an account whose password has changed since it was read.
        """
        await release_connection(self._session)
        async with apart(sessions, like=self._session) as own:
            await AuthService(own).hold(user)
            service = FactorService(own, self._settings, self._sealer)
            challenge = await service.challenge(user, method=method, at=at)
            return SecondFactorRequired(challenge, await service.methods(user))

    async def challenged(self, challenge: str, *, at: datetime) -> int:
        """Return the id of the account that a challenge is for; raise ChallengeGone.

        For limits, which have to hold for the account: it can have any number of challenges.
        """
        found = await self._factors.challenge(challenge, ChallengePurpose.SECOND_FACTOR, at)
        if found is None or found.user_id is None:
            raise ChallengeGone
        return found.user_id

    async def answer(
        self, challenge: str, code: str, *, sessions: Sessions, at: datetime
    ) -> Answered:
        """Return whose challenge it is, if a code of the app or a recovery code answers it.

        Raises WrongCode, ChallengeGone and InactiveUser. What is used up, and what has failed,
        stays so whatever becomes of the request: it is written in a transaction of its own, while
        the request's own session must not have changed anything yet.
        """
        await release_connection(self._session)
        async with apart(sessions, like=self._session) as own:
            service = FactorService(own, self._settings, self._sealer)
            outcome = await service.attempt(challenge, code, at=at)
        if isinstance(outcome, GalleyError):
            raise outcome
        user = await self._accounts.active(outcome.user_id)
        if user is None:
            raise InactiveUser
        # The table knows no other methods.
        return Answered(user, cast("Method", outcome.method))

    async def attempt(self, challenge: str, code: str, *, at: datetime) -> Challenge | GalleyError:
        """Use up a challenge and return it, or return what to refuse the code with.

        What it has written is to be committed either way.
        """
        purpose = ChallengePurpose.SECOND_FACTOR
        found = await self._factors.challenge(challenge, purpose, at)
        if found is None or found.user_id is None:
            return ChallengeGone()
        account_id = found.user_id
        await self._accounts.lock(account_id)
        # Somebody else may have answered it while this one waited for the lock.
        found = await self._factors.challenge(challenge, purpose, at)
        if found is None:
            return ChallengeGone()
        if not await self._fits(account_id, compact(code), at):
            await self._note_failure(found, account_id, at)
            return WrongCode()
        await self._factors.delete_challenge(found)
        return found

    async def _fits(self, account_id: int, code: str, at: datetime) -> bool:
        if is_totp(code):
            app = await self._factors.authenticator(account_id)
            return app is not None and app.confirmed_at is not None and self._uses_up(app, code, at)
        fits = await self._factors.spend_code(account_id, code)
        if fits:
            self._audit.record(
                Event.FACTOR_REMOVED,
                at=at,
                subject_id=account_id,
                actor_id=account_id,
                method=Factor.RECOVERY_CODE,
            )
        return fits

    def _uses_up(self, app: Authenticator, code: str, at: datetime) -> bool:
        """Say whether a code fits; if so, it and all before it fit no more."""
        try:
            secret = self._sealer.open(app.sealed_secret)
        except Broken:
            return False
        step = totp.matching_step(secret, code, at=at, after=app.last_step)
        if step is not None:
            app.last_step = step
        return step is not None

    async def _note_failure(self, challenge: Challenge, account_id: int, at: datetime) -> None:
        challenge.failures += 1
        if challenge.failures >= MOST_FAILURES:
            await self._factors.delete_challenge(challenge)
        # Whoever it was has shown only one factor: perhaps they are not the owner.
        self._audit.record(Event.FACTOR_FAILED, at=at, subject_id=account_id, method="code")

    async def reseal(self) -> int:
        """Seal with the current key what the previous one has sealed; return how many it were.

        A run changes so many at the most. Once it returns 0, the previous key is needed no more.
        """
        if not self._settings.secret_key_previous.get_secret_value():
            return 0
        current = Sealer(self._settings.secret_key.get_secret_value())
        last, renewed = 0, 0
        while renewed < MOST_RESEALED:
            rows = await self._factors.sealed_after(last, RESEALED_AT_ONCE)
            if not rows:
                break
            for account_id, sealed in rows:
                renewed += await self._resealed(account_id, sealed, current)
            last = rows[-1][0]
        return renewed

    async def _resealed(self, account_id: int, sealed: str, current: Sealer) -> bool:
        try:
            current.open(sealed)
        except Broken:
            return await self._renewed(account_id, sealed)
        return False

    async def _renewed(self, account_id: int, sealed: str) -> bool:
        try:
            new = self._sealer.renew(sealed)
        except Broken:  # Neither key has sealed it: its owner has recovery codes.
            return False
        await self._factors.reseal(account_id, sealed, new)
        return True
