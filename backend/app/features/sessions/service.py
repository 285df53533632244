"""Signing in and staying so: the ways in, sessions, and the tokens that renew them.

A refresh token works once and is replaced at every use (RFC 9700, section 4.14.2). One that
comes back later has been copied, and nobody can tell by whom: its session ends for everybody.
Within some seconds it is taken for a second tab that was as fast, and gets a token of its own.
"""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.db import apart, release_connection
from app.core.errors import GalleyError
from app.core.provenance import mark_account, provenance_of
from app.core.sealing import secret_hash
from app.core.services import Services
from app.core.tokens import AccessToken, TokenSigner
from app.features.audit.schemas import Event
from app.features.audit.service import AuditService
from app.features.auth.errors import BadLogin, EmailNotVerified, InactiveUser, KeyNotAllowed
from app.features.auth.schemas import Method
from app.features.auth.service import Authenticated, AuthService
from app.features.factors.service import FactorService
from app.features.limits.service import SignInAttempts
from app.features.passkeys.schemas import SignedCredential
from app.features.passkeys.service import PasskeyService
from app.features.sessions.errors import BadRefreshToken, SessionNotFound, TokenReused
from app.features.sessions.repository import SessionRepository
from app.models import LoginSession, RefreshToken, User

log = structlog.stdlib.get_logger("galley.sessions")

GRACE = timedelta(seconds=10)
SEEN_EVERY = timedelta(minutes=1)
MOST_SESSIONS = 100


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that has just been opened or renewed, and what its owner gets."""

    session: LoginSession
    access: AccessToken
    refresh_token: str


class SessionService:
    """The sessions of accounts, over one session of the database."""

    def __init__(self, session: AsyncSession, settings: Settings) -> None:
        """Take the session of the request or job, and how long sign-ins last."""
        self._session = session
        self._settings = settings
        self._sessions = SessionRepository(session)
        self._audit = AuditService(session)

    def check_allowed(self, user: User) -> None:
        """Raise InactiveUser or EmailNotVerified for who may not sign in."""
        if not user.is_active:
            raise InactiveUser
        if self._settings.email_verification == "sign_in" and user.email_verified_at is None:
            raise EmailNotVerified

    async def open(
        self,
        user: User,
        *,
        method: Method,
        second_factor: bool,
        tokens: TokenSigner,
        at: datetime,
    ) -> Opened:
        """Open a session for somebody who has proven who they are; raise as check_allowed does.

        Who has been switched off meanwhile, or whose password has been changed, gets none: what
        changes an account ends the sessions that it finds, and would not find this one.
        """
        user = await AuthService(self._session).hold(user)
        self.check_allowed(user)
        mark_account(self._session, user.id)
        source = provenance_of(self._session)
        opened = LoginSession(
            user_id=user.id,
            method=method,
            second_factor=second_factor,
            address=source.address,
            user_agent=source.user_agent,
            created_at=at,
            authenticated_at=at,
            last_seen_at=at,
            expires_at=self._end(at, at),
        )
        await self._sessions.add(opened)
        await self._sessions.end_oldest(user.id, kept=MOST_SESSIONS)
        self._audit.record(
            Event.SIGNED_IN, at=at, subject_id=user.id, method=method, session_id=opened.id
        )
        return await self._with_tokens(opened, tokens, at)

    async def refresh(self, token: str, *, tokens: TokenSigner, at: datetime) -> Opened:
        """Renew the session of a refresh token, and replace the token.

        Raises BadRefreshToken; for one that was used before TokenReused, upon which `end_stolen` is
        to be called in a transaction that stays, as `SignInService.renew` does.
        """
        found = await self._sessions.lock_by_token(secret_hash(token))
        if found is None:
            raise BadRefreshToken
        used, session, user = found
        if session.expires_at <= at or not user.is_active:
            raise BadRefreshToken
        mark_account(self._session, user.id)
        if used.used_at is not None and used.used_at + GRACE < at:
            raise TokenReused(session.id, user.id)
        used.used_at = used.used_at or at
        self._see(session, at)
        return await self._with_tokens(session, tokens, at)

    async def keep_alive(self, session: LoginSession, *, at: datetime) -> None:
        """Let a session last that is used with a token that its client cannot renew.

        That is written down once a minute at the most; a session that has just ended stays so.
        """
        if session.last_seen_at + SEEN_EVERY <= at:
            await self._sessions.see(
                session.id,
                provenance_of(self._session),
                last_seen_at=at,
                expires_at=self._end(session.created_at, at),
            )

    async def list(self, user: User, *, at: datetime) -> Sequence[LoginSession]:
        """Return the account's sessions, those used last first."""
        return await self._sessions.current(user.id, at)

    async def end(self, user_id: int, session_id: int, *, at: datetime) -> None:
        """End one session of an account; raise SessionNotFound."""
        if not await self._sessions.end(user_id, session_id):
            raise SessionNotFound
        self._audit.record(Event.SESSION_ENDED, at=at, subject_id=user_id, session_id=session_id)

    async def sign_out(
        self, known: Authenticated | None, token: str | None, *, at: datetime
    ) -> None:
        """End the session that somebody asks with, and that of a refresh token.

        Raises KeyNotAllowed for a key, which has no session.
        """
        if known is not None and known.session is None:
            raise KeyNotAllowed
        ended = {known.session} if known and known.session else set()
        found = await self._sessions.lock_by_token(secret_hash(token)) if token else None
        for session in ended | ({found[1]} if found else set()):
            mark_account(self._session, session.user_id)
            with suppress(SessionNotFound):  # another request was faster
                await self.end(session.user_id, session.id, at=at)

    async def end_all(self, user: User, *, at: datetime) -> None:
        """Sign an account out everywhere."""
        count = await AuthService(self._session).end_sessions(user.id)
        self._audit.record(Event.SESSIONS_ENDED, at=at, subject_id=user.id, count=count)

    async def end_stolen(self, reuse: TokenReused, *, at: datetime) -> None:
        """End the session of a token that came back, and write that down."""
        if await self._sessions.end(reuse.account_id, reuse.session_id):
            self._audit.record(
                Event.SESSION_STOLEN,
                at=at,
                subject_id=reuse.account_id,
                session_id=reuse.session_id,
            )
            log.warning(
                "refresh token used again", account=reuse.account_id, session=reuse.session_id
            )

    def _see(self, session: LoginSession, at: datetime) -> None:
        source = provenance_of(self._session)
        session.address, session.user_agent = source.address, source.user_agent
        session.last_seen_at = at
        session.expires_at = self._end(session.created_at, at)

    async def _with_tokens(
        self, session: LoginSession, tokens: TokenSigner, at: datetime
    ) -> Opened:
        token = secrets.token_urlsafe(32)
        row = RefreshToken(token_hash=secret_hash(token), session_id=session.id, created_at=at)
        await self._sessions.add(row)
        return Opened(session, tokens.issue(session.user_id, session.id, at), token)

    def _end(self, begun: datetime, at: datetime) -> datetime:
        """Return when a session ends that began then and is used now."""
        idle = at + timedelta(days=self._settings.session_idle_days)
        return min(idle, begun + timedelta(days=self._settings.session_days))


class SignInService:
    """The ways in: in which order they are counted, checked, written down and opened.

    What has to outlive a refusal is written in short transactions of its own. So the session of the
    request must not have changed anything before.
    """

    def __init__(self, session: AsyncSession, services: Services, guard: SignInAttempts) -> None:
        """Take the session of the request, the process's parts, and what counts failures."""
        self._session = session
        self._services = services
        self._guard = guard
        self._accounts = AuthService(session)
        self._factors = FactorService(session, services.settings, services.sealer)
        self._passkeys = PasskeyService(session, services.settings)
        self._sessions = SessionService(session, services.settings)

    async def sign_in_with_password(self, login: str, password: str, *, at: datetime) -> Opened:
        """Open a session for whose username or e-mail and password these are.

        Raises TooMany, BadLogin, InactiveUser and EmailNotVerified; SecondFactorRequired, with a
        challenge, when the account needs more. Each attempt counts as a failure until it is known
        to be none.
        """
        account_id = await self._guard.before(login)
        try:
            async with self._written_down(account_id, "password", at):
                user = await self._accounts.check_login(
                    login, password, passwords=self._services.passwords
                )
                self._sessions.check_allowed(user)
        except BadLogin:
            raise
        except GalleyError:
            await self._guard.undo(login)
            raise
        if user.second_factor:
            await self._guard.undo(login)
            raise await self._factors.demand(
                user, method="password", sessions=self._services.sessions, at=at
            )
        opened = await self._open(user, method="password", second_factor=False, at=at)
        await self._guard.succeeded(login)
        return opened

    async def answer_factor(self, challenge: str, code: str, *, at: datetime) -> Opened:
        """Open a session for whose challenge this is, if the code answers it.

        Raises TooMany, WrongCode and ChallengeGone, and as check_allowed does. Wrong codes count
        like wrong passwords, and also for the account from wherever they come: whoever is asked for
        one has its password already, and may have any number of challenges and addresses.
        """
        account_id = await self._factors.challenged(challenge, at=at)
        account = await self._accounts.active(account_id)
        if account is None:
            raise InactiveUser
        await self._guard.before(account.username)
        await self._guard.before_code(account.id)
        answered = await self._factors.answer(
            challenge, code, sessions=self._services.sessions, at=at
        )
        opened = await self._open(answered.user, method=answered.method, second_factor=True, at=at)
        await self._guard.answered(account.id)
        await self._guard.succeeded(account.username)
        return opened

    async def sign_in_with_passkey(self, credential: SignedCredential, *, at: datetime) -> Opened:
        """Open a session for whose passkey has signed our challenge.

        Raises PasskeyRefused and ChallengeGone, and as check_allowed does.
        """
        user = await self._passkeys.sign_in(credential, sessions=self._services.sessions, at=at)
        return await self._open(user, method="passkey", second_factor=True, at=at)

    async def renew(self, token: str, *, at: datetime) -> Opened:
        """Renew the session of a refresh token, and replace the token; raise BadRefreshToken.

        A session whose token was copied ends, and stays so although this is refused.
        """
        try:
            return await self._sessions.refresh(token, tokens=self._services.tokens, at=at)
        except TokenReused as reuse:
            await release_connection(self._session)
            async with apart(self._services.sessions, like=self._session) as own:
                await SessionService(own, self._services.settings).end_stolen(reuse, at=at)
            raise

    async def _open(
        self, user: User, *, method: Method, second_factor: bool, at: datetime
    ) -> Opened:
        async with self._written_down(user.id, method, at):
            return await self._sessions.open(
                user,
                method=method,
                second_factor=second_factor,
                tokens=self._services.tokens,
                at=at,
            )

    @asynccontextmanager
    async def _written_down(
        self, account_id: int | None, method: Method, at: datetime
    ) -> AsyncIterator[None]:
        """Have it written down, about the account that is meant, if nobody is let in.

        That takes the same work whether or not there is such an account.
        """
        try:
            yield
        except (BadLogin, InactiveUser, EmailNotVerified) as refusal:
            await release_connection(self._session)
            async with apart(self._services.sessions, like=self._session) as own:
                AuditService(own).record(
                    Event.SIGN_IN_FAILED,
                    at=at,
                    subject_id=account_id,
                    method=method,
                    reason=refusal.code,
                )
            raise
