"""Passkeys: registering them, signing in with them, and keeping them in order."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.db import Sessions, apart, release_connection
from app.core.errors import GalleyError
from app.features.audit.schemas import Event
from app.features.audit.service import AuditService
from app.features.auth.errors import InactiveUser, UserNotFound
from app.features.auth.service import AuthService
from app.features.factors.errors import ChallengeGone
from app.features.factors.schemas import ChallengePurpose, Factor
from app.features.factors.service import Challenges, Enrolment
from app.features.passkeys.adapters.ceremonies import (
    Ceremonies,
    Refused,
    challenge_of,
    credential_id,
)
from app.features.passkeys.errors import (
    PasskeyNotAccepted,
    PasskeyNotFound,
    PasskeyRefused,
    PasskeyTaken,
    RegistrationGone,
    TooManyPasskeys,
)
from app.features.passkeys.repository import PasskeyRepository
from app.features.passkeys.rules import counts_up, relying_party
from app.features.passkeys.schemas import (
    CreationOptions,
    NewCredential,
    Registered,
    RequestOptions,
    SignedCredential,
)
from app.models import Passkey, User

MOST_PASSKEYS = 20

Check = Callable[[Passkey], None]


class PasskeyService:
    """Passkeys, over one session. One of them is two factors: a device, and who unlocks it."""

    def __init__(self, session: AsyncSession, settings: Settings) -> None:
        """Take the session of the request or job, and the process's settings."""
        self._session = session
        self._settings = settings
        self._audit = AuditService(session)
        self._accounts = AuthService(session)
        self._ceremonies = Ceremonies(relying_party(settings))
        self._challenges = Challenges(session)
        self._enrolment = Enrolment(session, settings)
        self._passkeys = PasskeyRepository(session)

    async def creation_options(self, user: User, *, at: datetime) -> CreationOptions:
        """Return what a browser needs to make a passkey; raise TooManyPasskeys."""
        known = await self._passkeys.all_of(user.id)
        _check_room(known)
        purpose = ChallengePurpose.REGISTER_PASSKEY
        challenge = await self._challenges.make(purpose, account_id=user.id, at=at)
        return self._ceremonies.creation_options(user, challenge, known)

    async def register(
        self, name: str, credential: NewCredential, *, owner: User, session_id: int, at: datetime
    ) -> Registered:
        """Keep a passkey that was made with our options.

        Raises PasskeyNotAccepted, RegistrationGone, PasskeyTaken and TooManyPasskeys.
        """
        owner = await self._enrolment.lock(owner.id)
        try:
            challenge = challenge_of(credential)
            key = self._ceremonies.verify_new(credential, challenge)
        except Refused:
            raise PasskeyNotAccepted from None
        purpose = ChallengePurpose.REGISTER_PASSKEY
        if not await self._challenges.take(challenge, purpose, account_id=owner.id, at=at):
            raise RegistrationGone
        _check_room(await self._passkeys.all_of(owner.id))
        passkey = await self._passkeys.add(
            user_id=owner.id,
            name=name,
            credential_id=key.credential_id,
            public_key=key.public_key,
            sign_count=key.sign_count,
            transports=key.transports,
            created_at=at,
        )
        if passkey is None:
            raise PasskeyTaken
        is_first = await self._enrolment.note_added(
            owner, Factor.PASSKEY, session_id=session_id, at=at
        )
        codes = await self._enrolment.new_codes(owner, at=at) if is_first else None
        return Registered(passkey, codes)

    async def all_of(self, user: User) -> Sequence[Passkey]:
        """Return the account's passkeys, the newest first."""
        return await self._passkeys.all_of(user.id)

    async def read(self, user: User, passkey_id: int) -> Passkey:
        """Return one of the account's passkeys; raise PasskeyNotFound."""
        passkey = await self._passkeys.one_of(user.id, passkey_id)
        if passkey is None:
            raise PasskeyNotFound
        return passkey

    async def rename(self, user: User, passkey_id: int, name: str, *, check: Check) -> Passkey:
        """Give one of the account's passkeys another name; raise PasskeyNotFound."""
        await self._enrolment.lock(user.id)
        passkey = await self.read(user, passkey_id)
        check(passkey)
        passkey.name = name
        return passkey

    async def remove(self, user: User, passkey_id: int, *, check: Check, at: datetime) -> None:
        """Forget one of the account's passkeys; raise PasskeyNotFound or RequiredByRole."""
        owner = await self._enrolment.lock(user.id)
        passkey = await self.read(owner, passkey_id)
        check(passkey)
        await self._passkeys.delete(passkey)
        await self._enrolment.note_removed(owner, Factor.PASSKEY, at=at)

    async def request_options(self, *, at: datetime) -> RequestOptions:
        """Return what a browser needs to sign somebody in, whoever it turns out to be."""
        purpose = ChallengePurpose.SIGN_IN_WITH_PASSKEY
        challenge = await self._challenges.make(purpose, account_id=None, at=at)
        return self._ceremonies.request_options(challenge)

    async def sign_in(
        self, credential: SignedCredential, *, sessions: Sessions, at: datetime
    ) -> User:
        """Return whose passkey has answered our challenge.

        Raises PasskeyRefused and ChallengeGone. The challenge is used up, the counter kept and a
        failure audited whatever becomes of the request, in a transaction of its own; the request's
        own session must not have changed anything yet.
        """
        await release_connection(self._session)
        async with apart(sessions, like=self._session) as own:
            outcome = await PasskeyService(own, self._settings).attempt(credential, at=at)
        if isinstance(outcome, GalleyError):
            raise outcome
        user = await self._accounts.active(outcome)
        if user is None:
            raise InactiveUser
        return user

    async def attempt(self, credential: SignedCredential, *, at: datetime) -> int | GalleyError:
        """Use up a challenge: return whose passkey answers it, or what to refuse it with.

        What it has written is to be committed either way.
        """
        try:
            challenge, signer = challenge_of(credential), credential_id(credential)
        except Refused:
            return PasskeyRefused()
        purpose = ChallengePurpose.SIGN_IN_WITH_PASSKEY
        if not await self._challenges.take(challenge, purpose, account_id=None, at=at):
            return ChallengeGone()
        passkey = await self._locked(signer)
        if passkey is None:
            return PasskeyRefused()
        trouble = self._use(passkey, credential, challenge, at)
        if trouble:
            self._note_failure(passkey, trouble, at)
            return PasskeyRefused()
        return passkey.user_id

    async def _locked(self, signer: bytes) -> Passkey | None:
        """Return a passkey that nobody else uses or removes meanwhile."""
        passkey = await self._passkeys.by_credential(signer)
        if passkey is None:
            return None
        try:
            await self._enrolment.lock(passkey.user_id)
        except UserNotFound:  # The account has been deleted a moment ago.
            return None
        return await self._passkeys.by_credential(signer)

    def _use(
        self, passkey: Passkey, credential: SignedCredential, challenge: str, at: datetime
    ) -> str:
        """Keep what a good signature says of its passkey; of a bad one, say what is wrong."""
        try:
            count = self._ceremonies.verify_signed(credential, challenge, passkey)
        except Refused:
            return "signature"
        if not counts_up(passkey.sign_count, count):
            return "counter"
        passkey.sign_count, passkey.last_used_at = count, at
        return ""

    def _note_failure(self, passkey: Passkey, trouble: str, at: datetime) -> None:
        self._audit.record(
            Event.FACTOR_FAILED,
            at=at,
            subject_id=passkey.user_id,
            method=Factor.PASSKEY,
            passkey_id=passkey.id,
            trouble=trouble,
        )


def _check_room(known: Sequence[Passkey]) -> None:
    if len(known) >= MOST_PASSKEYS:
        raise TooManyPasskeys(f"An account has room for {MOST_PASSKEYS} passkeys")
