"""Authenticator apps: time-based codes (RFC 6238) by pyotp, and QR codes by segno."""

import hmac
from datetime import datetime
from io import BytesIO

import pyotp
import segno

STEP_SECONDS = 30
STEPS_ASIDE = 1
LONGEST_ISSUER = 40


def new_secret() -> str:
    """Return a random secret of 160 bits, as many as SHA-1 has (RFC 4226, section 4), in Base32."""
    return pyotp.random_base32()


def setup_uri(secret: str, *, account: str, issuer: str) -> str:
    """Return the `otpauth:` address that apps take.

    A colon parts the issuer from the account there, and all of it has to fit into a QR code.
    """
    name = issuer.replace(":", " ")[:LONGEST_ISSUER].strip()
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=name)


def qr_svg(text: str) -> str:
    """Return a QR code (ISO/IEC 18004) as an SVG image, dark on light whatever is behind it."""
    image = BytesIO()
    code = segno.make_qr(text, error="l")
    code.save(image, kind="svg", scale=4, light="#fff", xmldecl=False, nl=False)
    return image.getvalue().decode()


def matching_step(secret: str, code: str, *, at: datetime, after: int | None) -> int | None:
    """Return the time step that a code belongs to: the present one, or one beside it.

    A step up to `after` has been used already and fits no more (RFC 6238, section 5.2).
    """
    app, present = pyotp.TOTP(secret), int(at.timestamp()) // STEP_SECONDS
    steps = range(present - STEPS_ASIDE, present + STEPS_ASIDE + 1)
    unused = [step for step in steps if after is None or step > after]
    fitting = [step for step in unused if _same(app.generate_otp(step), code)]
    return fitting[0] if fitting else None


def _same(code: str, typed: str) -> bool:
    return hmac.compare_digest(code.encode(), typed.encode())
