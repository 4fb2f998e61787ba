"""What the directory answers beside its collections: organization, licences, objects by ids."""

from dataclasses import dataclass
from typing import Any, TypeGuard

from tenants.emulator.bodies import UnreadableBodyError, read_object
from tenants.emulator.catalogue import BOTH, COLLECTIONS, Family
from tenants.emulator.catalogue.access import (
    GET_BY_IDS_ROLES,
    LICENCE_ROLES,
    ORGANIZATION_ROLES,
    SECURITY_DEFAULTS_ROLES,
)
from tenants.emulator.denials import forbidden
from tenants.emulator.login import Identity
from tenants.emulator.paths import Answer, Call
from tenants.emulator.presentation import Metadata, Presenter, metadata_of
from tenants.emulator.queries import Query
from tenants.emulator.refusals import Json, RefusedError, bad_request, unknown_segment
from tenants.emulator.tenancy import Tenancy

_MAX_IDS = 1000
_KINDS = {"group": "groups", "user": "users", "servicePrincipal": "servicePrincipals"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    tenancy: Tenancy
    identity: Identity
    call: Call

    def answer(self, segments: list[str]) -> Answer | None:
        """The answer, if the path is one of these."""
        if segments == ["organization"]:
            return self._organization()
        if segments == ["subscribedSkus"]:
            return self._subscriptions()
        if segments == ["policies", "identitySecurityDefaultsEnforcementPolicy"]:
            return self._security_defaults()
        if segments == ["me"]:
            raise bad_request("/me request is only valid with delegated authentication flow.")
        if len(segments) == 2 and segments[1] == "getByIds":  # noqa: PLR2004 -- name and action
            return self._get_by_ids(segments[0])
        return None

    @property
    def _presenter(self) -> Presenter:
        return Presenter(
            base=self.call.base,
            version=self.call.version,
            level=metadata_of(self.call.headers.get("accept", "")),
            tenancy=self.tenancy,
        )

    def _organization(self) -> Answer:
        self._check_read(Family.DIRECTORY, ORGANIZATION_ROLES)
        one = {
            "id": self.identity.tenant,
            "displayName": self.tenancy.document["displayName"],
            "tenantType": "AAD",
            "verifiedDomains": self.tenancy.document.get("verifiedDomains", []),
        }
        chosen = [name for name in self.call.options.get("$select", "").split(",") if name]
        shown = {key: one[key] for key in ("id", *chosen) if key in one} if chosen else one
        return Answer(status=200, body=self._presenter.context("organization") | {"value": [shown]})

    def _subscriptions(self) -> Answer:
        self._check_read(Family.DIRECTORY, LICENCE_ROLES)
        context = self._presenter.context("subscribedSkus")
        return Answer(status=200, body=context | {"value": self.tenancy.subscriptions})

    def _security_defaults(self) -> Answer:
        self._check_read(Family.ACCESS, SECURITY_DEFAULTS_ROLES)
        context = self._presenter.context(
            "policies/identitySecurityDefaultsEnforcementPolicy/$entity"
        )
        one = {
            "id": "00000000-0000-0000-0000-000000000005",
            "displayName": "Security Defaults",
            "isEnabled": self.tenancy.has_security_defaults,
        }
        return Answer(status=200, body=context | one)

    def _check_read(self, family: Family, roles: tuple[str, ...]) -> None:
        if not self.identity.roles.intersection(roles):
            raise forbidden(family, roles)
        if self.call.method != "GET" or self.call.version not in BOTH:
            raise RefusedError(405, "Request_BadRequest", "Specified HTTP method is not allowed.")

    def _get_by_ids(self, bound_to: str) -> Answer:
        """Unknown ids are left out of the answer, as Graph leaves them out."""
        if bound_to not in ("directoryObjects", "groups") or self.call.method != "POST":
            raise unknown_segment("getByIds")
        if not self.identity.roles.intersection(GET_BY_IDS_ROLES):
            raise forbidden(Family.DIRECTORY, GET_BY_IDS_ROLES)
        body = self._body()
        ids, types = body.get("ids"), body.get("types") or list(_KINDS)
        if not _is_texts(ids) or not _is_texts(types) or len(ids) > _MAX_IDS:
            raise RefusedError(400, "Request_BadRequest", "Invalid value for 'ids' or 'types'.")
        presenter, found = self._presenter, []
        for kind, path in _KINDS.items():
            for key in dict.fromkeys(ids) if kind in types else ():
                stored = self.tenancy.find(path, key)
                if stored:
                    entity = presenter.entity(COLLECTIONS[path], stored, Query(), listed=True)
                    mark = {"@odata.type": f"#microsoft.graph.{kind}"}
                    is_bare = presenter.level is Metadata.NONE
                    found.append(entity if is_bare else mark | entity)
        return Answer(status=200, body=presenter.context("directoryObjects") | {"value": found})

    def _body(self) -> Json:
        try:
            return read_object(self.call.body)
        except UnreadableBodyError as error:
            raise bad_request("Unable to read JSON request payload.") from error


def _is_texts(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
