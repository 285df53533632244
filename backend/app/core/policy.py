"""Who may do what: the one table that the code asks and the documentation prints.

Roles are ranks: each may do all that those before it may. A key for machines may do what its owner
may, and of that only what its scopes allow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do; each role may do all that the roles before it may."""

    READER = "reader"
    AUTHOR = "author"
    EDITOR = "editor"
    ADMIN = "admin"

    def reaches(self, needed: "Role") -> bool:
        """Say whether this role may do what the needed role may do."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


class Scope(StrEnum):
    """What a key may be used for."""

    PUBLIC_READ = "public:read"
    ARTICLES_READ = "articles:read"
    ARTICLES_WRITE = "articles:write"
    MEDIA_WRITE = "media:write"
    ADMIN = "admin"


class Permission(StrEnum):
    """Something that not everybody may do."""

    WRITE = "write"
    EDIT_ANY = "edit_any"
    MANAGE_TAGS = "manage_tags"
    MODERATE = "moderate"
    INVITE = "invite"
    CHANGE_SITE = "change_site"
    ADMINISTER_USERS = "administer_users"
    READ_AUDIT = "read_audit"


@dataclass(frozen=True, slots=True)
class Grant:
    """The least role that has a permission, and what the permission is, for the documentation."""

    role: Role
    meaning: str


POLICY: Mapping[Permission, Grant] = {
    Permission.WRITE: Grant(Role.AUTHOR, "Write articles and series, and change one's own."),
    Permission.EDIT_ANY: Grant(
        Role.EDITOR, "Read and change anybody's articles and series; feature and pin."
    ),
    Permission.MANAGE_TAGS: Grant(Role.EDITOR, "Name, describe, merge and delete tags."),
    Permission.MODERATE: Grant(Role.EDITOR, "Moderate, change and delete anybody's comments."),
    Permission.INVITE: Grant(Role.EDITOR, "Invite people, with one's own role at the most."),
    Permission.CHANGE_SITE: Grant(Role.ADMIN, "Change what the site says about itself."),
    Permission.ADMINISTER_USERS: Grant(Role.ADMIN, "See and change every account."),
    Permission.READ_AUDIT: Grant(Role.ADMIN, "Read the audit log."),
}


@dataclass(frozen=True, slots=True)
class Use:
    """What a scope lets a key do, and the permission without which that is nothing."""

    meaning: str
    needs: Permission | None = None


SCOPES: Mapping[Scope, Use] = {
    Scope.PUBLIC_READ: Use("Read what everybody may read. For build servers and public pages."),
    Scope.ARTICLES_READ: Use("Read all that the key's owner may read, drafts included."),
    Scope.ARTICLES_WRITE: Use(
        "Write, change, publish and delete what the key's owner may.", Permission.WRITE
    ),
    Scope.MEDIA_WRITE: Use("Upload pictures and files.", Permission.WRITE),
    Scope.ADMIN: Use(
        "Administer accounts and the site, as far as the key's owner may.",
        Permission.ADMINISTER_USERS,
    ),
}


def may(role: Role, permission: Permission) -> bool:
    """Say whether a role has a permission."""
    return role.reaches(POLICY[permission].role)


def may_hold(role: Role, scope: Scope) -> bool:
    """Say whether a key with this scope is of any use to somebody with this role."""
    needs = SCOPES[scope].needs
    return needs is None or may(role, needs)
