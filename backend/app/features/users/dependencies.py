"""What the router of people asks for."""

from typing import Annotated

from fastapi import Depends

from app.core.db import release_connection
from app.features.auth.dependencies import OptionalUser
from app.features.auth.service import hash_password
from app.features.users.errors import RegistrationClosed
from app.features.users.schemas import UserCreate
from app.features.users.service import UserService
from app.models import Role
from app.web.session import DbSession, Parts


async def _user_service(session: DbSession) -> UserService:
    return UserService(session)


async def _may_register(asking: OptionalUser, parts: Parts) -> None:
    """Let everybody make an account, or, while registration is closed, only administrators."""
    is_administrator = asking is not None and asking.has_role(Role.ADMIN)
    if parts.settings.registration == "closed" and not is_administrator:
        raise RegistrationClosed


MayRegister = Annotated[None, Depends(_may_register)]


async def _new_password_hash(
    new: UserCreate, _: MayRegister, session: DbSession, parts: Parts
) -> str:
    await release_connection(session)
    return await hash_password(
        new.password, email=new.email, username=new.username, passwords=parts.passwords
    )


# Stands before the Idempotency-Key, whose claim holds a connection until the answer.
NewPasswordHash = Annotated[str, Depends(_new_password_hash)]
Users = Annotated[UserService, Depends(_user_service)]
