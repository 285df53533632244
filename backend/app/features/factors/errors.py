"""What can go wrong with second factors."""

from collections.abc import Sequence

from app.core.errors import Conflict, Invalid, NotFound, Rejected, Unauthenticated


class SecondFactorRequired(Unauthenticated):
    """The first factor is right; now one of the account's others has to be shown."""

    code = "second_factor_required"
    detail = "A second factor is needed: answer the challenge, or sign in with a passkey"

    def __init__(self, challenge: str, methods: Sequence[str]) -> None:
        """Take the challenge to answer, and by which methods that can be done."""
        super().__init__()
        self.extra = {"challenge": challenge, "methods": list(methods)}


class WrongCode(Unauthenticated):
    """The code does not fit, or has been used already; nobody is told which."""

    code = "wrong_code"
    detail = "This code is wrong, or has been used already"


class ChallengeGone(Unauthenticated):
    """The challenge was answered, failed too often, is too old, or was never made."""

    code = "challenge_expired"
    detail = "This took too long or went wrong too often; sign in again from the beginning"


class CodeNotConfirmed(Invalid):
    """The code is not the one that the new authenticator app ought to show."""

    code = "code_not_confirmed"
    detail = "This code is wrong; check that the clock of your device is right"

    def __init__(self) -> None:
        """Blame the one field that there is."""
        super().__init__(field="code")


class TotpAlreadySetUp(Conflict):
    """The account has a confirmed authenticator app."""

    code = "totp_already_set_up"
    detail = "An authenticator app is set up already; remove it first"


class TotpNotStarted(Rejected):
    """There is no authenticator app that waits for its first code."""

    code = "totp_not_started"
    detail = "No authenticator app waits to be confirmed; begin again"


class TotpNotFound(NotFound):
    """The account has no authenticator app."""

    code = "totp_not_found"
    detail = "Authenticator app not found"


class NoSecondFactor(Rejected):
    """Recovery codes stand in for other factors, and the account has none."""

    code = "no_second_factor"
    detail = "Set up an authenticator app or a passkey first"


class RequiredByRole(Rejected):
    """The account's role has to have a second factor, and this is its last one."""

    code = "second_factor_required_by_role"
    detail = "Your role needs a second factor: add another one before you remove this one"
