"""Signing in with an OpenID provider, and linking accounts to it.

Somebody leaves for the provider with a visit: a row that names them by the hash of a secret in the
address (`state`) and of another one in the browser (a cookie). They come back with a code; the
visit is taken, which only one can do, the code is exchanged, and what the provider says is checked.
An account is linked only by somebody who has just signed in to it, and only to an identity whose
confirmed address is the account's own: an address alone opens no account that somebody else made.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import apart, release_connection
from app.core.errors import GalleyError
from app.core.policy import Role
from app.core.sealing import secret_hash
from app.core.services import Services
from app.features.audit.schemas import Event
from app.features.audit.service import AuditService
from app.features.auth.errors import EmailTaken, InactiveUser
from app.features.auth.service import AuthService
from app.features.factors.service import FactorService
from app.features.oidc.errors import (
    AccountExists,
    AddressDiffers,
    AddressUnproven,
    IdentityNotFound,
    IdentityTaken,
    LastWayIn,
    VisitUnknown,
)
from app.features.oidc.repository import IdentityRepository, VisitRepository
from app.features.oidc.rules import NO_PASSWORD, person_of, same_address
from app.features.oidc.schemas import Answer, Person, Trip
from app.features.sessions.service import Opened, SessionService
from app.features.users.errors import RegistrationClosed
from app.features.users.schemas import UserCreate
from app.features.users.service import UserService
from app.models import Identity, ProviderVisit, User

VISIT = timedelta(minutes=10)


class Provider(Protocol):
    """Signs people in for us."""

    async def departure(self, trip: Trip, *, at: datetime) -> str:
        """Return the address to send a browser to; raise ProviderUnavailable."""

    async def claims(self, answer: Answer, trip: Trip, *, at: datetime) -> Mapping[str, Any]:
        """Return what the provider says of who has come back with this answer, verified.

        Raises ProviderRefused, BadAnswer or ProviderUnavailable.
        """

    @property
    def issuer(self) -> str:
        """What the provider calls itself."""


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a browser goes, and the secret that it is known by when it comes back."""

    url: str
    browser: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody is back: signed in, asked for a second factor, linked, or told what went wrong."""

    return_to: str
    opened: Opened | None = None
    challenge: str | None = None
    methods: Sequence[str] = ()
    error: str | None = None


class OidcService:
    """The rules of signing in with the provider, over one session."""

    def __init__(self, session: AsyncSession, services: Services, provider: Provider) -> None:
        """Take the session of the request, the process's parts, and the provider."""
        self._session = session
        self._services = services
        self._settings = services.settings
        self._provider = provider
        self._accounts = AuthService(session)
        self._identities = IdentityRepository(session)
        self._sessions = SessionService(session, services.settings)
        self._audit = AuditService(session)

    async def depart(self, return_to: str, *, at: datetime, user: User | None = None) -> Departure:
        """Send somebody to the provider, to sign in or, as `user`, to link their account.

        Raises ProviderUnavailable.
        """
        trip = Trip(*(secrets.token_urlsafe(32) for _ in range(3)))
        browser = secrets.token_urlsafe(32)
        await release_connection(self._session)
        url = await self._provider.departure(trip, at=at)
        await VisitRepository(self._session).add(
            ProviderVisit(
                state_hash=secret_hash(trip.state),
                browser_hash=secret_hash(browser),
                nonce=trip.nonce,
                code_verifier=trip.code_verifier,
                return_to=return_to,
                user_id=user.id if user else None,
                created_at=at,
                expires_at=at + VISIT,
            )
        )
        return Departure(url, browser)

    async def arrive(self, answer: Answer, *, browser: str, at: datetime) -> Arrival:
        """Receive a browser that comes back from the provider; raise VisitUnknown.

        Whatever else is refused is said in the arrival, leaves nothing but a line in the audit log,
        and the visit is over all the same.
        """
        visit = await self._take(answer.state, browser, at)
        try:
            person = await self._person(answer, visit, at)
            async with self._session.begin_nested():
                return await self._receive(person, visit, at)
        except GalleyError as refusal:
            self._audit.record(
                Event.SIGN_IN_FAILED,
                at=at,
                subject_id=visit.user_id,
                method="oidc",
                reason=refusal.code,
            )
            return Arrival(visit.return_to, error=refusal.code)

    async def _take(self, state: str, browser: str, at: datetime) -> ProviderVisit:
        """Take the visit in a transaction that stays: whatever comes of it, it was the only try."""
        await release_connection(self._session)
        async with apart(self._services.sessions, like=self._session) as own:
            hashes = secret_hash(state), secret_hash(browser)
            visit = await VisitRepository(own).take(*hashes, at)
        if visit is None:
            raise VisitUnknown
        return visit

    async def _person(self, answer: Answer, visit: ProviderVisit, at: datetime) -> Person:
        """Ask the provider who has come back; no connection is held meanwhile."""
        trip = Trip(answer.state, visit.nonce, visit.code_verifier)
        claims = await self._provider.claims(answer, trip, at=at)
        return person_of(self._provider.issuer, claims)

    async def _receive(self, person: Person, visit: ProviderVisit, at: datetime) -> Arrival:
        identity = await self._identities.find(person.issuer, person.subject)
        if visit.user_id is not None:
            await self._link(person, identity, visit.user_id, at)
            return Arrival(visit.return_to)
        if identity is None:
            user = await self._register(person, at)
        else:
            user = await self._known(identity, person, at)
        return await self._admit(user, visit.return_to, at)

    async def _known(self, identity: Identity, person: Person, at: datetime) -> User:
        user = await self._accounts.lock(identity.user_id)
        if user is None:
            raise VisitUnknown
        identity.last_used_at = at
        identity.email = person.email or identity.email
        return user

    async def _admit(self, user: User, return_to: str, at: datetime) -> Arrival:
        self._sessions.check_allowed(user)
        if user.second_factor:
            factors = FactorService(self._session, self._settings, self._services.sealer)
            challenge = await factors.challenge(user, method="oidc", at=at)
            methods = await factors.methods(user)
            return Arrival(return_to, challenge=challenge, methods=methods)
        opened = await self._sessions.open(
            user, method="oidc", second_factor=False, tokens=self._services.tokens, at=at
        )
        return Arrival(return_to, opened=opened)

    async def _register(self, person: Person, at: datetime) -> User:
        """Make an account without a password; raise as UserService.register does, and more."""
        if person.email is None:
            raise AddressUnproven
        if await self._accounts.email_taken(person.email):
            raise AccountExists
        if self._settings.registration != "open":
            raise RegistrationClosed
        unusable = secrets.token_urlsafe(32)
        new = UserCreate(email=person.email, password=unusable, full_name=person.name)
        role = Role(self._settings.default_role)
        try:
            user = await UserService(self._session).register(
                new, password_hash=NO_PASSWORD + unusable, role=role, at=at
            )
        except EmailTaken:
            raise AccountExists from None
        user.email_verified_at = at
        await self._add_identity(user, person, used_at=at, at=at)
        return user

    async def _link(
        self, person: Person, identity: Identity | None, user_id: int, at: datetime
    ) -> None:
        user = await self._accounts.lock(user_id)
        if user is None or not user.is_active:
            raise InactiveUser
        if identity is not None and identity.user_id != user.id:
            raise IdentityTaken
        if person.email is None:
            raise AddressUnproven
        if not same_address(person.email, user.email):
            raise AddressDiffers
        if identity is None:
            await self._add_identity(user, person, used_at=None, at=at)

    async def _add_identity(
        self, user: User, person: Person, *, used_at: datetime | None, at: datetime
    ) -> None:
        identity = Identity(
            user_id=user.id,
            issuer=person.issuer,
            subject=person.subject,
            email=person.email,
            created_at=at,
            last_used_at=used_at,
        )
        await self._identities.add(identity)
        self._audit.record(
            Event.IDENTITY_LINKED,
            at=at,
            subject_id=user.id,
            actor_id=user.id,
            identity_id=identity.id,
        )


class IdentityService:
    """Who an account is elsewhere, over one session."""

    def __init__(self, session: AsyncSession, issuer: str) -> None:
        """Take the session of the request, and the provider that people sign in with, or ''."""
        self._session = session
        self._issuer = issuer
        self._accounts = AuthService(session)
        self._identities = IdentityRepository(session)

    async def all_of(self, user: User) -> Sequence[Identity]:
        """Return the account's identities, the newest first."""
        return await self._identities.all_of(user.id)

    async def unlink(self, user: User, identity_id: int, *, at: datetime) -> None:
        """Take an identity away; raise IdentityNotFound or LastWayIn. Sessions go on."""
        locked = await self._accounts.lock(user.id)
        identity = await self._identities.delete(user.id, identity_id)
        if locked is None or identity is None:
            raise IdentityNotFound
        has_password = not locked.password_hash.startswith(NO_PASSWORD)
        if not has_password and not await self._identities.can_sign_in_otherwise(
            user.id, self._issuer
        ):
            raise LastWayIn
        AuditService(self._session).record(
            Event.IDENTITY_UNLINKED, at=at, subject_id=user.id, identity_id=identity_id
        )
