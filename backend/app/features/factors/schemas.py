"""The wire shapes of second factors."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.core.schemas import AnswerModel, RequestModel, example
from app.core.text import Line


class ChallengePurpose(StrEnum):
    """What a challenge is answered for."""

    SECOND_FACTOR = "second_factor"
    REGISTER_PASSKEY = "register_passkey"
    SIGN_IN_WITH_PASSKEY = "sign_in_with_passkey"


class Factor(StrEnum):
    """By what a second factor can be shown."""

    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    PASSKEY = "passkey"


class TotpSetup(AnswerModel):
    """What an authenticator app needs; it counts only once it is confirmed."""

    model_config = example(
        {
            "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
            "uri": "otpauth://totp/Galley:anna?secret=JBSWY3DPEHPK3PXP…&issuer=Galley",
            "qr_svg": "<svg …",
        }
    )

    secret: str = Field(description="For typing; shown this once.")
    uri: str = Field(description="For an app on the same device.")
    qr_svg: str = Field(description="The same for a camera, as an SVG image.")


class TotpConfirm(RequestModel):
    """The first code that an authenticator app shows."""

    model_config = example({"code": "492039"})

    code: Annotated[str, Line(1, 64)]


class RecoveryCodes(AnswerModel):
    """Codes for whoever has lost the other factors: each is good once."""

    model_config = example({"recovery_codes": ["k3v7q-2mfah-xw5nc-d6tje"]})

    recovery_codes: list[str] = Field(description="Shown this once. They replace all earlier ones.")


class FactorsRead(AnswerModel):
    """What an account has besides its password."""

    model_config = example(
        {
            "totp_confirmed_at": "2026-11-21T09:30:00Z",
            "passkeys": 1,
            "recovery_codes_left": 10,
            "required": False,
        }
    )

    totp_confirmed_at: datetime | None = Field(description="Since when there is an app, if any.")
    passkeys: int
    recovery_codes_left: int
    required: bool = Field(description="Whether the account's role has to have a second factor.")
