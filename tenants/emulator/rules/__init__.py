"""What Graph refuses although its model allows it: one function a rule, one tuple a collection."""

from collections.abc import Mapping

from tenants.emulator.catalogue import access, administration, compliance, configuration, scripts
from tenants.emulator.rules import conditional_access, intune, settings
from tenants.emulator.rules.write import Rule, Write

__all__ = ["Write", "check"]

_EVERYWHERE: tuple[Rule, ...] = (intune.scope_tags_exist, intune.script_has_content)
_RULES: Mapping[str, tuple[Rule, ...]] = {
    access.CONDITIONAL_ACCESS: conditional_access.POLICY,
    administration.FILTERS: (intune.filter_rule_is_well_formed,),
    compliance.COMPLIANCE: intune.COMPLIANCE,
    compliance.LINUX_COMPLIANCE: (*settings.SETTINGS, *intune.COMPLIANCE),
    configuration.CATALOG: settings.SETTINGS,
    configuration.REUSABLE_SETTINGS: (
        settings.definitions_are_known,
        settings.choices_are_known,
        settings.reusable_settings_exist,
    ),
    scripts.DRIVERS: (intune.manual_drivers_are_not_deferred,),
}


def check(write: Write) -> None:
    """Raise a refusal if one of the rules is broken."""
    for rule in (*_EVERYWHERE, *_RULES.get(write.collection.path, ())):
        rule(write)
