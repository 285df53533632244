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


class EmailNotVerified(Forbidden):
    """The site wants the e-mail address of an account to be proven before it does this."""

    code = "email_not_verified"
    detail = (
        "Your e-mail address is not verified yet: follow the link in the mail that we sent you; "
        "POST /auth/verification sends another"
    )


class NotAnAdministrator(Forbidden):
    """The action is for administrators."""

    code = "not_an_administrator"
    detail = "The user doesn't have enough privileges"


class KeyNotAllowed(Forbidden):
    """The action is for people who are signed in, not for keys."""

    code = "key_not_allowed"
    detail = "This cannot be done with a key; sign in"


class ScopeMissing(Forbidden):
    """The key lacks the scope that the action needs."""

    code = "scope_missing"
    detail = "The key lacks the scope for this"


class SecondFactorNeeded(Forbidden):
    """The account's role has to have a second factor, and it has none yet."""

    code = "second_factor_enrolment_required"
    detail = "Your role needs a second factor: add one below /auth first"


class SignInNotRecent(Forbidden):
    """The action needs somebody who has just signed in."""

    code = "recent_sign_in_required"
    detail = "For this, you must have signed in within the last minutes; sign in again"


class EmailTaken(Rejected):
    """Another account has this e-mail."""

    code = "email_taken"
    detail = "Email already registered"


class UserNotFound(NotFound):
    """No account has this id or username."""

    code = "user_not_found"
    detail = "User not found"


class WeakPassword(Invalid):
    """The password is too easy to guess."""

    code = "weak_password"
