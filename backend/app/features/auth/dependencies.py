"""Who is asking: the aliases that routers put in their signatures."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request
from fastapi.security import OAuth2PasswordBearer
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import AfterValidator

from app.core.errors import Unauthenticated
from app.core.text import clean_line
from app.features.auth.errors import NotAnAdministrator
from app.features.auth.service import AuthService
from app.models import Role, User
from app.web.openapi import PREFIX
from app.web.session import DbSession, Now, Parts

# The OpenAPI document of an operation that serves everybody, and the signed-in better.
SIGN_IN_IS_OPTIONAL: dict[str, Any] = {"security": [{}, {"login": []}]}

# Names the scheme in the OpenAPI document; the header is read below, where a bad one is an error.
_scheme = OAuth2PasswordBearer(f"{PREFIX}/auth/login", scheme_name="login", auto_error=False)


UserRef = Annotated[
    str,
    Path(min_length=1, max_length=100, description="An id or a username.", examples=["anna"]),
    AfterValidator(clean_line),
]


async def _auth_service(session: DbSession) -> AuthService:
    return AuthService(session)


Auth = Annotated[AuthService, Depends(_auth_service)]


async def _optional_user(request: Request, auth: Auth, parts: Parts, now: Now) -> User | None:
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() != "bearer":
        return None
    user = await auth.identify(token, tokens=parts.tokens, at=now)
    request.state.account_id = user.id
    return user


OptionalUser = Annotated[User | None, Depends(_optional_user)]


async def _current_user(user: OptionalUser, _: Annotated[str | None, Depends(_scheme)]) -> User:
    if user is None:
        raise Unauthenticated
    return user


CurrentUser = Annotated[User, Depends(_current_user)]


async def _administrator(user: CurrentUser) -> User:
    if not user.has_role(Role.ADMIN):
        raise NotAnAdministrator
    return user


Administrator = Annotated[User, Depends(_administrator)]
