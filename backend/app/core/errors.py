"""What can go wrong, said without HTTP.

    GalleyError
    ├── Unauthenticated      we do not know who is asking
    ├── Forbidden            we know, and they may not
    ├── NotFound             it is not there, or not for them
    ├── Rejected             well-formed, but refused as things stand
    ├── Conflict             somebody else is doing the same thing right now
    ├── Stale                it has changed since the caller read it
    ├── Invalid              it breaks a rule that the caller can see
    ├── TooMany              it was asked for too often; the same request may succeed later
    └── Unavailable          not now; the same request may succeed in a moment

Each has a stable `code` for programs and a `detail` for people, and may have `extra` for programs:
what they need to go on. `web/problems.py` turns the kinds into statuses; a feature's `errors.py`
gives its own cases names.
"""

from collections.abc import Mapping

from app.core.allowance import Allowance


class GalleyError(Exception):
    """The root of everything that Galley refuses on purpose."""

    code = "error"
    detail = "Something went wrong"

    def __init__(self, detail: str | None = None, *, code: str | None = None) -> None:
        """Take words and a code for this one case, or keep those of the class."""
        self.detail = detail or type(self).detail
        self.code = code or type(self).code
        self.extra: Mapping[str, str | list[str]] = {}
        super().__init__(self.detail)


class Unauthenticated(GalleyError):
    """We do not know who is asking."""

    code = "unauthenticated"
    detail = "Could not validate credentials"


class Forbidden(GalleyError):
    """We know who is asking, and they may not."""

    code = "forbidden"
    detail = "Not authorized"


class NotFound(GalleyError):
    """It is not there, or not for this reader."""

    code = "not_found"
    detail = "Not found"


class Rejected(GalleyError):
    """The request is well-formed, but refused as things stand."""

    code = "rejected"
    detail = "This cannot be done as things stand"


class Conflict(GalleyError):
    """Somebody else is doing the same thing right now."""

    code = "conflict"
    detail = "Another request is doing this right now"


class Stale(GalleyError):
    """The thing has changed since the caller read it."""

    code = "stale"
    detail = "This has been changed since you read it; read it again and repeat your change"


class Invalid(GalleyError):
    """The request breaks a rule that the caller can see."""

    code = "invalid"
    detail = "The request is not valid"

    def __init__(
        self, detail: str | None = None, *, code: str | None = None, field: str | None = None
    ) -> None:
        """Take also the name of the field that is to blame, if there is one."""
        super().__init__(detail, code=code)
        self.field = field


class TooMany(GalleyError):
    """It was asked for too often; the same request may succeed after `retry_after` seconds."""

    code = "too_many_requests"
    detail = "Too many attempts; wait and try again"

    def __init__(
        self, detail: str | None = None, *, retry_after: int, allowance: Allowance | None = None
    ) -> None:
        """Take the seconds to wait, and what is known of the allowance that is used up."""
        super().__init__(detail)
        self.retry_after = retry_after
        self.allowance = allowance


class Unavailable(GalleyError):
    """Not now; the same request may succeed after `retry_after` seconds."""

    code = "unavailable"
    detail = "The service is busy; try again in a moment"

    def __init__(self, detail: str | None = None, *, retry_after: int = 1) -> None:
        """Take also the number of seconds to wait before trying again."""
        super().__init__(detail)
        self.retry_after = retry_after
