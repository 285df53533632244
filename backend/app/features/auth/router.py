"""Signing in."""

from typing import Annotated

from fastapi import APIRouter, Form

from app.features.auth.dependencies import Auth
from app.features.auth.schemas import LoginForm, Token
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now, Parts

router = APIRouter(prefix="/auth", tags=["auth"], route_class=Route)


@router.post(
    "/login",
    summary="Sign in",
    operation_id="auth_login",
    responses=describe(400, 401),
)
async def login(form: Annotated[LoginForm, Form()], auth: Auth, parts: Parts, now: Now) -> Token:
    """Take a username or e-mail and a password as a form (OAuth 2.0); answer with a token."""
    token = await auth.sign_in(
        form.username, form.password, passwords=parts.passwords, tokens=parts.tokens, at=now
    )
    return Token(access_token=token.value, expires_in=token.expires_in)
