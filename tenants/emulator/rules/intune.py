"""What Intune's other services refuse."""

from tenants.emulator.catalogue import administration, compliance
from tenants.emulator.rules.filters import is_filter_rule
from tenants.emulator.rules.write import Write, refused, texts_at
from tenants.emulator.wellknown import ZERO


def scope_tags_exist(write: Write) -> None:
    name = write.collection.tags_property
    if not name or name not in write.sent:
        return
    tags = write.sent[name]
    if not tags:
        raise refused("An error has occurred")
    for gone in write.tenancy.missing(administration.SCOPE_TAGS, set(tags)):
        raise refused(f"Scope tag deleted: {gone}")


def one_rule_blocks(write: Write) -> None:
    if not write.is_new and "scheduledActionsForRule" not in write.sent:
        return
    rules = write.whole.get("scheduledActionsForRule") or []
    actions = texts_at(
        write.whole, "scheduledActionsForRule.scheduledActionConfigurations.actionType"
    )
    if len(rules) != 1 or "block" not in actions:
        raise refused(
            "A compliance policy needs exactly one scheduled action rule with a block action."
        )


def notification_templates_exist(write: Write) -> None:
    where = "scheduledActionsForRule.scheduledActionConfigurations.notificationTemplateId"
    named = {one for one in texts_at(write.sent, where) if one not in ("", ZERO)}
    for gone in write.tenancy.missing(administration.NOTIFICATIONS, named):
        raise refused(f"Notification message template {gone} does not exist.")


def compliance_script_exists(write: Write) -> None:
    named = set(texts_at(write.sent, "deviceCompliancePolicyScript.deviceComplianceScriptId"))
    for gone in write.tenancy.missing(compliance.COMPLIANCE_SCRIPTS, named):
        raise refused(f"Device compliance script {gone} does not exist.")


def manual_drivers_are_not_deferred(write: Write) -> None:
    if write.whole.get("approvalType") == "manual" and write.whole.get("deploymentDeferralInDays"):
        raise refused("A manual profile has no deployment deferral.")


def script_has_content(write: Write) -> None:
    names = ("scriptContent", "detectionScriptContent")
    if any(name in write.sent and not write.sent[name] for name in names):
        raise refused("Script content must not be null.")


def filter_rule_is_well_formed(write: Write) -> None:
    rule = write.sent.get("rule")
    if rule is not None and not is_filter_rule(rule):
        raise refused("Invalid rule syntax in the assignment filter.")


COMPLIANCE = (one_rule_blocks, notification_templates_exist, compliance_script_exists)
