"""What the router of people asks for."""

from typing import Annotated, Literal

from fastapi import Depends, Query

from app.core.db import release_connection
from app.core.policy import Permission, Scope
from app.core.text import Line
from app.features.auth.dependencies import CurrentPerson, Enrolled
from app.features.auth.service import Authenticated, hash_password
from app.features.limits.dependencies import Limits, RegistrationLimit
from app.features.limits.rules import Charge, email_subject, mails_to_address, password_proofs
from app.features.users.rules import check_open
from app.features.users.schemas import UserCreate, UserUpdate
from app.features.users.service import UserService
from app.models import User
from app.web.problems import InvalidQuery
from app.web.session import DbSession, Parts


async def _user_service(session: DbSession) -> UserService:
    return UserService(session)


async def _may_register(known: Enrolled, parts: Parts) -> None:
    """Let everybody make an account, or, while registration is not open, only administrators."""
    if not _administers(known):
        check_open(parts.settings.registration)


def _administers(known: Authenticated | None) -> bool:
    if known is None or not known.user.may(Permission.ADMINISTER_USERS):
        return False
    return known.scopes is None or Scope.ADMIN in known.scopes


MayRegister = Annotated[None, Depends(_may_register)]


async def _profile_reader(known: Enrolled) -> User | None:
    """Return who may see more than the public profile: no key, unless it may administer."""
    if known is None or (known.scopes is not None and not _administers(known)):
        return None
    return known.user


ProfileReader = Annotated[User | None, Depends(_profile_reader)]


async def _new_password_hash(
    new: UserCreate, _: MayRegister, __: RegistrationLimit, session: DbSession, parts: Parts
) -> str:
    await release_connection(session)
    return await hash_password(
        new.password, email=new.email, username=new.username, passwords=parts.passwords
    )


async def _limited_update(changes: UserUpdate, person: CurrentPerson, limits: Limits) -> UserUpdate:
    """Count who says the account's password, and whose mailbox a new address would fill.

    A session that was stolen is no way to guess the one, nor an account one to fill the other.
    """
    given, settings, charges = changes.given(), limits.settings, []
    if "current_password" in given:
        charges.append(Charge(password_proofs(settings), f"account {person.user.id}"))
    if given.get("email", person.user.email) != person.user.email:
        charges.append(Charge(mails_to_address(settings), email_subject(given["email"])))
    if charges:
        await limits.spend(*charges)
    return changes


LimitedUpdate = Annotated[UserUpdate, Depends(_limited_update)]
# Stands before the Idempotency-Key, whose claim holds a connection until the answer.
NewPasswordHash = Annotated[str, Depends(_new_password_hash)]
Users = Annotated[UserService, Depends(_user_service)]


async def _heir(
    articles: Annotated[
        Literal["delete", "hand_over"],
        Query(description="What becomes of the articles and series that the account owns."),
    ] = "delete",
    to: Annotated[
        Annotated[str, Line(1, 100)] | None,
        Query(description="With `hand_over`: an id or a username.", examples=["bert"]),
    ] = None,
) -> str | None:
    """Return who is to have the articles, or None where they go; refuse what contradicts itself."""
    if (to is not None) != (articles == "hand_over"):
        raise InvalidQuery(
            "`articles=hand_over` needs `to`, and `to` needs it", code="heir_unclear", field="to"
        )
    return to


Heir = Annotated[str | None, Depends(_heir)]
