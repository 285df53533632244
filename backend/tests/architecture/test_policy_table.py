"""Who may do what: the table that the code asks is the one that the security page prints."""

import ast
import re
from collections.abc import Iterator

from app.core.policy import POLICY, SCOPES, Permission, Role, may
from tests.architecture.source import APP, BACKEND, modules

PAGE = (BACKEND.parent / "docs" / "security.md").read_text("utf-8")
BETWEEN = re.compile(r"<!-- policy -->\n(.*?)\n?<!-- end of policy -->", re.DOTALL)

# Where roles are compared: by the table, and by the rule that nobody gives more than they have.
COMPARERS = {"core/policy.py", "features/invitations/rules.py"}


def as_markdown() -> str:
    """Return the policy as two tables: of roles, and of the scopes of keys."""
    return "\n".join([*_roles(), "", *_scopes()])


def _roles() -> Iterator[str]:
    yield f"| permission | {' | '.join(Role)} | what it allows |"
    yield "| --- " * (len(Role) + 2) + "|"
    for permission, grant in POLICY.items():
        marks = " | ".join("yes" if may(role, permission) else "" for role in Role)
        yield re.sub(r" +", " ", f"| `{permission}` | {marks} | {grant.meaning} |")


def _scopes() -> Iterator[str]:
    yield "| scope of a key | its owner needs | what the key may do |"
    yield "| --- | --- | --- |"
    for scope, use in SCOPES.items():
        needs = f"`{use.needs}`" if use.needs else "nothing more"
        yield f"| `{scope}` | {needs} | {use.meaning} |"


def test_the_security_page_prints_the_policy() -> None:
    [printed] = BETWEEN.findall(PAGE)
    assert printed == as_markdown(), f"print this between the marks:\n{as_markdown()}"


def test_the_code_asks_for_every_permission() -> None:
    named = {
        node.attr
        for module in modules()
        if module.path != APP / "core" / "policy.py"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == Permission.__name__
    }
    assert named == set(Permission.__members__), "a permission that nobody needs allows nothing"


def test_the_code_asks_for_permissions_and_not_for_roles() -> None:
    comparers = [
        f"{module.name}:{call.lineno}"
        for module in modules()
        if module.path.relative_to(APP).as_posix() not in COMPARERS
        for name, call in module.calls()
        if name.endswith(".reaches")
    ]
    assert comparers == [], "ask user.may(Permission.…), and give the permission a row in POLICY"
