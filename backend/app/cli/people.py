"""Commands about people."""

import secrets
import sys
from contextlib import closing
from typing import Annotated

import typer

from app.bootstrap import make_sealer
from app.cli.site import Site, run
from app.core.clock import utc_now
from app.core.passwords import PasswordHasher
from app.core.policy import Role
from app.features.auth.errors import EmailTaken, UserNotFound
from app.features.auth.service import AuthService, hash_password
from app.features.factors.service import FactorService
from app.features.users.schemas import UserAdministration, UserCreate
from app.features.users.service import UserService
from app.features.verification.service import VerificationService
from app.models import User

PROMOTE = "--promote"


def create_admin(
    email: Annotated[str, typer.Argument(help="The e-mail of the account.")],
    username: Annotated[
        str | None, typer.Option(help="Without one, it is made from the e-mail.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    promote: Annotated[
        bool, typer.Option(PROMOTE, help="If the account exists, give it the role.")
    ] = False,
) -> None:
    """Make an account for an administrator.

    The password is asked for. Where nobody can answer, one is generated and printed.
    """
    if promote and run(lambda site: _promote(site, email)):
        typer.echo(f"{email} is an administrator now; the password is as it was.")
        return
    password, is_generated = _choose_password(from_stdin=password_stdin)
    names = {"username": username} if username else {}
    new = UserCreate.model_validate({"email": email, "password": password, **names})
    admin = run(lambda site: _register_admin(site, new))
    typer.echo(f"{admin.username} <{admin.email}> is an administrator now.")
    if is_generated:
        typer.echo(f"Password: {password}")


async def _promote(site: Site, email: str) -> bool:
    """Make an existing account an active administrator; say whether there is one."""
    async with site.sessions.begin() as session:
        try:
            account = await AuthService(session).find_by_login(email)
        except UserNotFound:
            return False
        changes = UserAdministration(role=Role.ADMIN, is_active=True)
        with closing(PasswordHasher(1)) as passwords:
            await UserService(session).administer(
                account.id,
                changes,
                administrator=account,
                verification=VerificationService(session, site.settings),
                passwords=passwords,
                at=utc_now(),
                check=lambda _: None,
            )
    return True


async def _register_admin(site: Site, new: UserCreate) -> User:
    with closing(PasswordHasher(1)) as passwords:
        password_hash = await hash_password(
            new.password, email=new.email, username=new.username, passwords=passwords
        )
    async with site.sessions.begin() as session:
        try:
            return await UserService(session).register(
                new, password_hash=password_hash, role=Role.ADMIN, at=utc_now()
            )
        except EmailTaken as taken:
            raise EmailTaken(
                f"{taken.detail}; {PROMOTE} makes that account an administrator"
            ) from None


def _choose_password(*, from_stdin: bool) -> tuple[str, bool]:
    """Return a password, and whether somebody must be told."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if sys.stdin.isatty():
        answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return answer, False
    return secrets.token_urlsafe(15), True


def reset_factors(
    login: Annotated[str, typer.Argument(help="The username or e-mail of the account.")],
) -> None:
    """Take all second factors from an account whose owner has lost them."""
    username = run(lambda site: _reset_factors(site, login))
    typer.echo(f"{username} signs in with the password alone now, and can add a factor again.")


async def _reset_factors(site: Site, login: str) -> str:
    async with site.sessions.begin() as session:
        account = await AuthService(session).find_by_login(login)
        factors = FactorService(session, site.settings, make_sealer(site.settings))
        await factors.forget(account, at=utc_now())
        return account.username
