"""What a policy can refer to: the kinds of objects, and how one of each is identified."""

import re

from restore_safety.truth.identity import identity
from restore_safety.truth.words import Word

NAME_PREFIX = "name:"
# As `tenants.guids` reads one: truth imports no app, and `uuid` also draws at random.
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SCOPE_TAG = re.compile(r"[0-9]{1,10}")
_AUTHENTICATION_CONTEXT = re.compile(r"c[0-9]{1,3}")


class ReferenceKind(Word):
    """The kinds of objects a policy refers to; each sentence says where they are found."""

    GROUP = "group", "Group", "Groups in assignments and in the content of policies."
    USER = "user", "User", "Users that conditional access includes or excludes."
    ROLE = "role", "Role", "Directory roles that conditional access includes or excludes."
    INTUNE_ROLE = "intune_role", "Intune role", "Roles of Intune that role assignments give."
    FILTER = "filter", "Filter", "Assignment filters of assignments."
    SCOPE_TAG = "scope_tag", "Scope tag", "Scope tags of policies."
    NOTIFICATION_TEMPLATE = (
        "notification_template",
        "Notification template",
        "Messages that compliance policies send.",
    )
    COMPLIANCE_SCRIPT = (
        "compliance_script",
        "Compliance script",
        "Discovery scripts of compliance policies.",
    )
    REUSABLE_SETTING = (
        "reusable_setting",
        "Reusable setting",
        "Reusable settings groups of firewall and attack surface rules.",
    )
    NAMED_LOCATION = (
        "named_location",
        "Named location",
        "Locations that conditional access includes or excludes.",
    )
    AUTHENTICATION_STRENGTH = (
        "authentication_strength",
        "Authentication strength",
        "Strengths that conditional access requires.",
    )
    AUTHENTICATION_CONTEXT = (
        "authentication_context",
        "Authentication context",
        "Contexts that conditional access protects.",
    )
    TERMS_OF_USE = "terms_of_use", "Terms of use", "Terms that conditional access requires."
    APPLICATION = "application", "Application", "Applications that conditional access protects."
    SERVICE_PRINCIPAL = (
        "service_principal",
        "Service principal",
        "Workload identities that conditional access includes or excludes.",
    )
    CERTIFICATE = "certificate", "Certificate", "Certificate profiles of Wi-Fi and VPN profiles."
    APP = "app", "App", "Intune apps that policies configure or protect."

    def is_id(self, text: str) -> bool:
        """Whether the text has the form of an id of this kind, in any case of its letters."""
        folded = identity(text)
        own = _OWN_FORMS.get(self)
        return bool(_GUID.fullmatch(folded) or (own and own.fullmatch(folded)))

    @property
    def id_example(self) -> str:
        return _EXAMPLES.get(self, "6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c")


# Every id is a guid but for these.
_OWN_FORMS = {
    ReferenceKind.SCOPE_TAG: _SCOPE_TAG,
    ReferenceKind.AUTHENTICATION_CONTEXT: _AUTHENTICATION_CONTEXT,
}
_EXAMPLES = {ReferenceKind.SCOPE_TAG: "12", ReferenceKind.AUTHENTICATION_CONTEXT: "c1"}


def by_name(name: str) -> str:
    """The source of a mapping whose backup holds a name and no id; empty for a blank name."""
    folded = identity(name)
    return f"{NAME_PREFIX}{folded}" if folded else ""


def name_in(source: str) -> str:
    """The name a source is given by; empty where it is given by an id."""
    return source.removeprefix(NAME_PREFIX).strip() if source.startswith(NAME_PREFIX) else ""
