"""What can go wrong with keys."""

from app.core.errors import Forbidden, Invalid, NotFound, Rejected


class KeyNotFound(NotFound):
    """The account has no such key, or not any more."""

    code = "key_not_found"
    detail = "Key not found"


class TooManyKeys(Rejected):
    """The account has as many keys as one can have."""

    code = "too_many_keys"


class ScopeAboveRole(Forbidden):
    """The owner's role has no use for the scope."""

    code = "scope_above_role"
    detail = "Your role may not do what this scope is for"


class TwoExpiries(Invalid):
    """The request says in two ways when the key expires."""

    code = "two_expiries"
    detail = "Give either `expires_at` or `expires_in_days`, not both"


class AlreadyExpired(Invalid):
    """The key would have expired before it is made."""

    code = "already_expired"
    detail = "A key must expire in the future"
