"""What the router of people asks for."""

from typing import Annotated

from fastapi import Depends

from app.features.auth.dependencies import OptionalUser
from app.features.users.errors import RegistrationClosed
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
Users = Annotated[UserService, Depends(_user_service)]
