"""What can go wrong with signing in and staying so."""

from app.core.errors import Forbidden, NotFound, Unauthenticated


class BadRefreshToken(Unauthenticated):
    """The refresh token is not one, has been used, or its session has ended."""

    code = "bad_refresh_token"
    detail = "This sign-in has ended; sign in again"


class TokenReused(BadRefreshToken):
    """The token has been used before: it has been copied, and the session must end for all."""

    def __init__(self, session_id: int, account_id: int) -> None:
        """Take which session it belongs to, and whose that is."""
        super().__init__()
        self.session_id = session_id
        self.account_id = account_id


class ForeignOrigin(Forbidden):
    """A page of another site tries to use the cookie of somebody who is signed in here."""

    code = "foreign_origin"
    detail = "Only pages of this site and of BACKEND_CORS_ORIGINS may be signed in by a cookie"


class SessionNotFound(NotFound):
    """The account has no session with this id."""

    code = "session_not_found"
    detail = "Session not found"
