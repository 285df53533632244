"""Who somebody is: signing in, and knowing them again."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import release_connection
from app.core.errors import Unauthenticated
from app.core.passwords import PasswordHasher
from app.core.tokens import AccessToken, TokenSigner
from app.features.auth.errors import BadLogin, InactiveUser, UserNotFound
from app.features.auth.repository import AccountRepository
from app.features.auth.rules import check_password
from app.models import User


async def hash_password(
    password: str, *, email: str, username: str | None, passwords: PasswordHasher
) -> str:
    """Return the hash of a password that this account may have; raise WeakPassword.

    It takes long, and may wait in a queue: hold no connection meanwhile.
    """
    check_password(password, email=email, username=username)
    return await passwords.hash(password)


class AuthService:
    """Accounts as identities, over one session."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session
        self._accounts = AccountRepository(session)

    async def sign_in(
        self,
        login: str,
        password: str,
        *,
        passwords: PasswordHasher,
        tokens: TokenSigner,
        at: datetime,
    ) -> AccessToken:
        """Return a token for a username or e-mail and its password.

        Raises BadLogin in the same words and time whether or not the account exists, and
        InactiveUser only to whoever knows the password.
        """
        account = await self._accounts.by_login(login)
        await release_connection(self._session)
        verdict = await passwords.verify(password, account.password_hash if account else None)
        if account is None or not verdict.valid:
            raise BadLogin
        if not account.is_active:
            raise InactiveUser
        if verdict.replacement:
            await self._accounts.replace_hash(account, verdict.replacement)
        return tokens.issue(account.id, at)

    async def identify(self, token: str, *, tokens: TokenSigner, at: datetime) -> User:
        """Return the account that a token names; raise Unauthenticated for a bad one."""
        account = await self.active(tokens.read(token, at))
        if account is None:
            raise Unauthenticated
        return account

    async def active(self, account_id: int | None) -> User | None:
        """Return the account with this id, unless it is gone or has been switched off."""
        account = await self._accounts.by_id(account_id) if account_id is not None else None
        return account if account and account.is_active else None

    async def find_by_login(self, login: str) -> User:
        """Return the account with this username or e-mail; raise UserNotFound."""
        account = await self._accounts.by_login(login)
        if account is None:
            raise UserNotFound(f"No account has the username or e-mail {login}")
        return account

    async def find(self, ref: str) -> User:
        """Return the account with this id or username; raise UserNotFound."""
        account = await self._accounts.by_ref(ref)
        if account is None:
            raise UserNotFound
        return account
