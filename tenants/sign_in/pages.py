"""What the page of one's own account security shows, in two queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings

from tenants.models import User
from tenants.sign_in import oidc


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    pk: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedAccount:
    """An account of the directory, by the name the directory gave last."""

    pk: int
    name: str
    connected_at: datetime
    used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityPage:
    """The ways a person can sign in, and what each asks of them."""

    username: str
    has_password: bool
    app_added_at: datetime | None
    app_used_at: datetime | None
    passkeys: tuple[Passkey, ...]
    recovery_codes: int | None
    accounts: tuple[ConnectedAccount, ...]
    directory: str
    proof: datetime | None
    proof_minutes: int

    @property
    def has_app(self) -> bool:
        return self.app_added_at is not None

    @property
    def asks_for_second_factor(self) -> bool:
        return self.has_app or bool(self.passkeys)

    @property
    def without_password(self) -> str:
        """What signs in a person who has no password."""
        ways = [self.directory] if self.directory and self.accounts else []
        ways += ["a passkey"] if self.passkeys else []
        return " or ".join(ways)

    @property
    def first_factor(self) -> str:
        """What is followed by a second factor, where there is one."""
        return "the password" if self.has_password or not self.accounts else settings.OIDC_NAME

    @property
    def is_account_needed(self) -> bool:
        """Whether the connected account cannot be taken away, because there is no password."""
        return len(self.accounts) == 1 and not self.has_password

    @property
    def may_disconnect(self) -> bool:
        return bool(self.directory) and not self.is_account_needed

    @property
    def may_connect(self) -> bool:
        return bool(self.directory) and not self.accounts


def security_page(*, person: User, proof: datetime | None) -> SecurityPage:
    """The page of the person themselves; no one else can open it."""
    factors = list(Authenticator.objects.filter(user_id=person.pk).order_by("pk"))
    app = _first(factors, Authenticator.Type.TOTP)
    codes = _first(factors, Authenticator.Type.RECOVERY_CODES)
    accounts = SocialAccount.objects.filter(user_id=person.pk).order_by("pk")
    return SecurityPage(
        username=person.get_username(),
        has_password=person.has_usable_password(),
        app_added_at=app.created_at if app else None,
        app_used_at=app.last_used_at if app else None,
        passkeys=tuple(
            Passkey(
                pk=one.pk,
                name=one.wrap().name,
                added_at=one.created_at,
                used_at=one.last_used_at,
            )
            for one in factors
            if one.type == Authenticator.Type.WEBAUTHN
        ),
        recovery_codes=len(codes.wrap().get_unused_codes()) if codes else None,
        accounts=tuple(map(_connected, accounts)),
        directory=oidc.offered(),
        proof=proof,
        proof_minutes=settings.REAUTHENTICATION_MINUTES,
    )


def _first(factors: Sequence[Authenticator], kind: str) -> Authenticator | None:
    return next((one for one in factors if one.type == kind), None)


def _connected(account: SocialAccount) -> ConnectedAccount:
    said = account.extra_data.get("id_token", {})
    return ConnectedAccount(
        pk=account.pk,
        name=said.get("preferred_username") or said.get("name") or settings.OIDC_NAME,
        connected_at=account.date_joined,
        used_at=account.last_login,
    )
