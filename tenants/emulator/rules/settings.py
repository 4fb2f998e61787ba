"""What the settings catalog refuses."""

from collections.abc import Iterator
from typing import Any

from tenants.emulator.catalogue import configuration
from tenants.emulator.refusals import Json
from tenants.emulator.rules.write import Write, objects_in, refused, texts_at

_REFERENCE = "deviceManagementConfigurationReferenceSettingValue"


def settings_are_not_empty(write: Write) -> None:
    if "settings" in write.sent and not write.sent["settings"]:
        raise refused("A policy needs at least one setting.")


def settings_are_whole(write: Write) -> None:
    for setting in write.sent.get("settings") or ():
        instance = setting.get("settingInstance")
        if instance is None or not instance.get("settingDefinitionId"):
            raise refused("A setting lacks its settingInstance or its definition.")


def one_definition_stands_once(write: Write) -> None:
    given = texts_at(write.sent, "settings.settingInstance.settingDefinitionId")
    twice = sorted({one for one in given if given.count(one) > 1})
    if twice:
        raise refused(f"Setting definition {twice[0]} occurs more than once in the policy.")


def definitions_are_known(write: Write) -> None:
    if not write.tenancy.knows("settingDefinitions"):
        return
    given = {str(one["settingDefinitionId"]) for one in _instances(write.sent)}
    known = _definitions(write)
    for unknown in sorted(given - known.keys()):
        raise refused(f"Setting definition {unknown} does not exist.")


def choices_are_known(write: Write) -> None:
    """A definition of the seed that lists its options has no others."""
    known = _definitions(write) if write.tenancy.knows("settingDefinitions") else {}
    for instance in _instances(write.sent):
        options = texts_at(known.get(instance["settingDefinitionId"], {}), "options.itemId")
        for chosen in _choices(instance):
            if options and chosen not in options:
                raise refused(f"Option {chosen} does not exist in its setting definition.")


def template_is_known(write: Write) -> None:
    reference = write.sent.get("templateReference") or {}
    template = reference.get("templateId")
    if not template or not write.tenancy.knows("policyTemplates"):
        return
    held = write.tenancy.state.ids(write.tenancy.id, configuration.POLICY_TEMPLATES)
    # Template ids in Graph are case-sensitive.
    if template not in held:
        raise refused(f"Configuration policy template {template} does not exist.")


def reusable_settings_exist(write: Write) -> None:
    named = {
        str(one["value"])
        for one in objects_in(write.sent)
        if str(one.get("@odata.type", "")).endswith(_REFERENCE) and one.get("value")
    }
    for gone in write.tenancy.missing(configuration.REUSABLE_SETTINGS, named):
        raise refused(f"Reusable setting {gone} does not exist.")


def _instances(sent: Json) -> Iterator[Json]:
    return (one for one in objects_in(sent) if isinstance(one.get("settingDefinitionId"), str))


def _definitions(write: Write) -> dict[str, Json]:
    return {one.id: one.body for one in write.tenancy.objects(configuration.SETTING_DEFINITIONS)}


def _choices(instance: Json) -> list[Any]:
    return [
        *texts_at(instance, "choiceSettingValue.value"),
        *texts_at(instance, "choiceSettingCollectionValue.value"),
    ]


SETTINGS = (
    settings_are_not_empty,
    settings_are_whole,
    one_definition_stands_once,
    definitions_are_known,
    choices_are_known,
    template_is_known,
    reusable_settings_exist,
)
