"""Proof of address: links by mail that verify an address, change it, or set a new password."""

from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.db import release_connection
from app.core.errors import Invalid, Unauthenticated
from app.core.passwords import PasswordHasher
from app.core.provenance import Provenance, mark, provenance_of
from app.core.tokens import Purpose, TokenSigner
from app.features.audit.schemas import Event
from app.features.audit.service import AuditService
from app.features.auth.errors import EmailTaken, InactiveUser, UserNotFound
from app.features.auth.service import AuthService, hash_password
from app.features.mail.schemas import Mail
from app.features.mail.service import MailService
from app.features.site.service import SiteService
from app.features.verification import rules
from app.features.verification.errors import BadLink, LinkUsedUp
from app.features.verification.repository import ProofRepository
from app.features.verification.schemas import SEARCH, SEND, Search, Sending
from app.jobs.queue import enqueue
from app.models import Proof, User

AnybodysPurpose = Literal[Purpose.VERIFY_EMAIL, Purpose.RESET_PASSWORD]


class VerificationService:
    """The rules of links by mail, over one session. Locks: an account, then its links."""

    def __init__(self, session: AsyncSession, settings: Settings) -> None:
        """Take the session of the request or job, and the settings that say where links lead."""
        self._session = session
        self._settings = settings
        self._accounts = AuthService(session)
        self._audit = AuditService(session)
        self._proofs = ProofRepository(session)
        self._site = SiteService(session, settings)

    # Asking for links

    async def ask_to_verify(self, user: User, *, at: datetime) -> None:
        """Mail an account a link that verifies its address, unless that is done already."""
        if user.email_verified_at is None:
            await self._ask(user, Purpose.VERIFY_EMAIL, user.email, at)

    async def ask_to_change(self, user: User, new_email: str, *, at: datetime) -> None:
        """Mail a link to a new address; following it makes that the account's address."""
        self._audit.record(Event.ADDRESS_CHANGE_ASKED, at=at, subject_id=user.id)
        await self._ask(user, Purpose.CHANGE_EMAIL, new_email, at)

    async def take_email(self, user: User, new_email: str, *, at: datetime) -> None:
        """Give an account a new address, for clients that cannot wait for a link to be followed.

        It has not been proven, so where the site wants that, a link is mailed to it after all.
        Else the old one is told, and links that were mailed before are good no more. Raises
        EmailTaken.
        """
        if self._settings.email_verification != "off":
            await self.ask_to_change(user, new_email, at=at)
            return
        await self._replace_email(user, new_email, verified_at=None, at=at)
        await self._proofs.withdraw(user.id)

    async def pending_email(self, user: User, *, at: datetime) -> str | None:
        """Return the address that an account will have once its link is followed, if it waits."""
        proof = await self._proofs.newest(user.id, Purpose.CHANGE_EMAIL)
        return proof.email if proof and rules.is_pending(proof, at) else None

    async def withdraw(self, user: User) -> None:
        """Take back the links that open an account: who asked for them may not have been its owner.

        To be called when its password changes.
        """
        await self._proofs.withdraw(user.id)

    async def ask_again(self, user: User | None, email: str | None, *, at: datetime) -> None:
        """Mail another link that verifies an address: a given one, or one's own.

        Raises Invalid where it is neither.
        """
        if email is not None:
            await self.ask_for(Purpose.VERIFY_EMAIL, email)
        elif user is not None:
            await self.ask_to_verify(user, at=at)
        else:
            raise Invalid("Say which `email`, or sign in", field="email")

    async def ask_for(self, purpose: AnybodysPurpose, email: str) -> None:
        """Have a worker look for the account with this address, and mail it a link.

        Here nobody looks, so neither the time nor the work says whether there is one.
        """
        source = provenance_of(self._session)
        search = Search(
            purpose=purpose,
            email=email,
            address=source.address,
            user_agent=source.user_agent,
            request_id=source.request_id,
        )
        await enqueue(self._session, SEARCH, search, key=rules.search_key(purpose, email))

    async def _ask(self, user: User, purpose: Purpose, email: str, at: datetime) -> None:
        proof = rules.new_proof(user, purpose, email, at)
        await self._proofs.add(proof)
        await enqueue(self._session, SEND, Sending(proof_id=proof.id))

    # What workers do

    async def search(self, search: Search, *, at: datetime) -> None:
        """Mail the link that was asked for, if an active account has the address."""
        mark(self._session, Provenance(search.address, search.user_agent, search.request_id))
        try:
            user = await self._accounts.find_by_login(search.email)
        except UserNotFound:
            return
        if not user.is_active:
            return
        if search.purpose == Purpose.VERIFY_EMAIL:
            await self.ask_to_verify(user, at=at)
            return
        self._audit.record(Event.PASSWORD_RESET_ASKED, at=at, subject_id=user.id)
        await self._ask(user, search.purpose, user.email, at)

    async def letter(self, proof_id: int, *, tokens: TokenSigner, at: datetime) -> Mail | None:
        """Return the mail that brings a link, or None when it would be no good any more."""
        found = await self._proofs.find(proof_id)
        if found is None:
            return None
        proof, user = found
        try:
            await self._check_good(proof, user, at)
        except (BadLink, LinkUsedUp, InactiveUser):
            return None
        left = proof.expires_at - at
        token = tokens.issue_link(Purpose(proof.purpose), proof.id, at, left)
        site = await self._site.read()
        return rules.letter(proof, token, site=site, settings=self._settings)

    # Following links

    async def verify(self, token: str, *, tokens: TokenSigner, at: datetime) -> None:
        """Write down that an account's address is its own; raise BadLink or LinkUsedUp."""
        proof_id = _read(Purpose.VERIFY_EMAIL, token, tokens, at)
        user = await self._use(proof_id, at)
        user.change({"email_verified_at": user.email_verified_at or at}, at)
        self._audit.record(Event.ADDRESS_VERIFIED, at=at, subject_id=user.id, actor_id=user.id)
        await self._proofs.save()

    async def change_email(self, token: str, *, tokens: TokenSigner, at: datetime) -> None:
        """Give an account its new address, and tell the old one.

        Raises BadLink, LinkUsedUp, and EmailTaken where another account has it by now.
        """
        proof_id = _read(Purpose.CHANGE_EMAIL, token, tokens, at)
        proof, user = await self._good(proof_id, at, lock=True)
        proof.used_at = at
        await self._replace_email(user, proof.email, verified_at=at, at=at)

    async def _replace_email(
        self, user: User, new_email: str, *, verified_at: datetime | None, at: datetime
    ) -> None:
        if await self._accounts.email_taken(new_email, besides=user.id):
            raise EmailTaken
        old = user.email
        user.change({"email": new_email, "email_verified_at": verified_at}, at)
        await self._proofs.save()
        self._audit.record(Event.ADDRESS_CHANGED, at=at, subject_id=user.id, actor_id=user.id)
        await self._tell("email-changed", old)

    async def reset_password(
        self,
        token: str,
        password: str,
        *,
        tokens: TokenSigner,
        passwords: PasswordHasher,
        at: datetime,
    ) -> None:
        """Give an account a new password and sign it out everywhere; no other link stays good.

        If that is the first proof that the address is the account's, keys, passkeys and accounts
        elsewhere go too: somebody else may have made them.

        Raises BadLink, LinkUsedUp, InactiveUser or WeakPassword. No connection is held while the
        password is hashed, so the link is looked at again afterwards, locked.
        """
        proof_id = _read(Purpose.RESET_PASSWORD, token, tokens, at)
        _, user = await self._good(proof_id, at)
        await release_connection(self._session)
        password_hash = await hash_password(
            password, email=user.email, username=user.username, passwords=passwords
        )
        user = await self._use(proof_id, at)
        is_first_proof, verified_at = user.email_verified_at is None, user.email_verified_at or at
        user.change({"password_hash": password_hash, "email_verified_at": verified_at}, at)
        if is_first_proof:  # Whoever has registered an address of somebody else's stays outside.
            await self._accounts.forget_ways_in(user)
        await self._proofs.save()
        await self._proofs.withdraw(user.id)
        await self._accounts.end_sessions(user.id)
        self._audit.record(Event.PASSWORD_RESET, at=at, subject_id=user.id, actor_id=user.id)
        await self._tell("password-changed", user.email)

    async def _use(self, proof_id: int, at: datetime) -> User:
        """Return a good link's account, locked; nobody follows the link again."""
        proof, user = await self._good(proof_id, at, lock=True)
        proof.used_at = at
        return user

    async def _good(self, proof_id: int, at: datetime, *, lock: bool = False) -> tuple[Proof, User]:
        found = await self._proofs.find(proof_id, lock=lock)
        if found is None:
            raise BadLink
        await self._check_good(*found, at)
        return found

    async def _check_good(self, proof: Proof, user: User, at: datetime) -> None:
        newest = await self._proofs.newest(user.id, Purpose(proof.purpose))
        rules.check_good(proof, user, newest_id=newest.id if newest else None, at=at)

    async def _tell(self, template: str, to: str) -> None:
        notice = rules.notice(template, to, await self._site.read())
        await MailService(self._session).post(notice)


def _read(purpose: Purpose, token: str, tokens: TokenSigner, at: datetime) -> int:
    try:
        return tokens.read_link(purpose, token, at)
    except Unauthenticated:
        raise BadLink from None
