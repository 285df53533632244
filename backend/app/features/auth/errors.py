"""What can go wrong with an account's identity."""

from app.core.errors import Forbidden, Invalid, NotFound, Rejected, Unauthenticated


class BadLogin(Unauthenticated):
    """No such account, or not its password; nobody is told which."""

    code = "bad_login"
    detail = "Incorrect username or password"


class InactiveUser(Rejected):
    """The password is right, but the account has been switched off."""

    code = "inactive_user"
    detail = "Inactive user"


class NotAnAdministrator(Forbidden):
    """The action is for administrators."""

    code = "not_an_administrator"
    detail = "The user doesn't have enough privileges"


class UserNotFound(NotFound):
    """No account has this id or username."""

    code = "user_not_found"
    detail = "User not found"


class WeakPassword(Invalid):
    """The password is too easy to guess."""

    code = "weak_password"
