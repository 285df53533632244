"""Who is asking: the aliases that routers put in their signatures.

| alias | who | a key needs |
| --- | --- | --- |
| `OptionalReader` | anybody; None where nobody is signed in | `articles:read` or `public:read` |
| `Reader` | somebody who is signed in | `articles:read` |
| `Writer` | somebody who is signed in | `articles:write` |
| `Manager` | somebody who is signed in, for the service to ask what they may | `admin` |
| `Administrator` | somebody who may administer accounts | `admin` |
| `Auditor` | somebody who may read the audit log | `admin` |
| `CurrentUser`, `CurrentPerson` | a person, about their own account | (no key will do) |
| `RecentUser` | a person who has just signed in | (no key will do) |
| `Enrolling…`, `RecentEnrolling…` | the same, even while their role's second factor is missing | |
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import Depends, Path, Request
from fastapi.security import OAuth2PasswordBearer
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import AfterValidator

from app.core.errors import Unauthenticated
from app.core.policy import Permission, Role, Scope
from app.core.text import clean_line
from app.features.auth.errors import (
    KeyNotAllowed,
    NotAnAdministrator,
    SecondFactorNeeded,
    SignInNotRecent,
)
from app.features.auth.rules import check_scope
from app.features.auth.service import Authenticated, AuthService, Identification
from app.models import LoginSession, User
from app.web.openapi import PREFIX
from app.web.session import DbSession, Now, Parts, session_of

# The OpenAPI document of an operation that serves everybody, and the signed-in better.
SIGN_IN_IS_OPTIONAL: dict[str, Any] = {"security": [{}, {"login": []}]}

# Names the scheme in the OpenAPI document; the header is read below, where a bad one is an error.
_scheme = OAuth2PasswordBearer(f"{PREFIX}/auth/login", scheme_name="login", auto_error=False)
_Documented = Annotated[str | None, Depends(_scheme)]

UserRef = Annotated[
    str,
    Path(min_length=1, max_length=100, description="An id or a username.", examples=["anna"]),
    AfterValidator(clean_line),
]


async def _auth_service(session: DbSession) -> AuthService:
    return AuthService(session)


Auth = Annotated[AuthService, Depends(_auth_service)]


async def known_by(request: Request, parts: Parts, now: Now) -> Authenticated | None:
    """Return whom the request's access token or key names; None where it brings neither.

    Raises Unauthenticated for one that is not, or no longer, good.
    """
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() != "bearer":
        return None
    identification = Identification(session_of(request), parts.reads, parts.tokens)
    known = await identification.of(token, at=now)
    request.state.account_id = known.user.id
    return known


Known = Annotated[Authenticated | None, Depends(known_by)]


async def _enrolled(known: Known, parts: Parts) -> Authenticated | None:
    """Refuse whoever must have a second factor and has none, whatever they ask for."""
    if known is not None and _lacks_factor(known.user, parts.settings.second_factor_roles):
        raise SecondFactorNeeded
    return known


def _lacks_factor(user: User, roles: Sequence[Role]) -> bool:
    return not user.second_factor and Role(user.role) in roles


Enrolled = Annotated[Authenticated | None, Depends(_enrolled)]


async def _optional_reader(known: Enrolled) -> User | None:
    if known is None or known.scopes == frozenset({Scope.PUBLIC_READ}):
        return None
    check_scope(known.scopes, Scope.ARTICLES_READ)
    return known.user


async def _reader(known: Enrolled, _: _Documented) -> User:
    return _with_scope(known, Scope.ARTICLES_READ)


async def _writer(known: Enrolled, _: _Documented) -> User:
    return _with_scope(known, Scope.ARTICLES_WRITE)


async def _manager(known: Enrolled, _: _Documented) -> User:
    """Return who is signed in, or whose key may administer; what they may, permissions say."""
    return _with_scope(known, Scope.ADMIN)


def _with_scope(known: Authenticated | None, scope: Scope) -> User:
    if known is None:
        raise Unauthenticated
    check_scope(known.scopes, scope)
    return known.user


Manager = Annotated[User, Depends(_manager)]


def _permitted(permission: Permission) -> Callable[[User], Awaitable[User]]:
    """Return the dependency that admits those managers who have a permission."""

    async def permitted(manager: Manager) -> User:
        if not manager.may(permission):
            raise NotAnAdministrator
        return manager

    return permitted


async def _enrolling_person(known: Known, _: _Documented) -> Authenticated:
    if known is None:
        raise Unauthenticated
    _session_of(known)
    return known


def _session_of(known: Authenticated) -> LoginSession:
    """Return a person's session; raise KeyNotAllowed for a key, which has none."""
    if known.session is None:
        raise KeyNotAllowed
    return known.session


EnrollingPerson = Annotated[Authenticated, Depends(_enrolling_person)]


async def _enrolling_session(person: EnrollingPerson) -> LoginSession:
    return _session_of(person)


async def _enrolling_user(person: EnrollingPerson) -> User:
    return person.user


async def _recent_enrolling_user(person: EnrollingPerson, now: Now) -> User:
    if not person.is_recent(now):
        raise SignInNotRecent
    return person.user


EnrollingUser = Annotated[User, Depends(_enrolling_user)]
RecentEnrollingUser = Annotated[User, Depends(_recent_enrolling_user)]


async def _current_person(_: Enrolled, person: EnrollingPerson) -> Authenticated:
    return person


async def _current_user(_: Enrolled, user: EnrollingUser) -> User:
    return user


async def _recent_user(_: Enrolled, user: RecentEnrollingUser) -> User:
    return user


OptionalReader = Annotated[User | None, Depends(_optional_reader)]
Reader = Annotated[User, Depends(_reader)]
Writer = Annotated[User, Depends(_writer)]
Administrator = Annotated[User, Depends(_permitted(Permission.ADMINISTER_USERS))]
Auditor = Annotated[User, Depends(_permitted(Permission.READ_AUDIT))]
CurrentUser = Annotated[User, Depends(_current_user)]
CurrentPerson = Annotated[Authenticated, Depends(_current_person)]
EnrollingSession = Annotated[LoginSession, Depends(_enrolling_session)]
RecentUser = Annotated[User, Depends(_recent_user)]
