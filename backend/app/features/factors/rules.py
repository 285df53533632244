"""What codes look like."""

_TOTP_DIGITS = 6


def compact(code: str) -> str:
    """Return a code as it is compared: people and apps put spaces and hyphens into it."""
    return "".join(code.split()).replace("-", "").lower()


def is_totp(code: str) -> bool:
    """Say whether a compact code looks like one of an authenticator app."""
    return len(code) == _TOTP_DIGITS and code.isascii() and code.isdigit()
