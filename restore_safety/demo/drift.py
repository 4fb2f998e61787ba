"""How Contoso drifts after its backup: changed by hand, deleted, and a group that is gone."""

from restore_safety.demo.directory import CONTOSO, KIOSKS
from restore_safety.demo.policies import name_of, objects_of
from restore_safety.demo.policies.access import ACCESS
from restore_safety.demo.policies.building import Json, choice, number, settings
from restore_safety.demo.policies.catalog import CATALOG
from restore_safety.demo.policies.compliance import COMPLIANCE
from restore_safety.demo.policies.configuration import CONFIGURATIONS
from restore_safety.demo.policies.scripts import SCRIPTS
from restore_safety.demo.policies.updates import DRIVERS
from tenants.emulator.control import EmulatorControl

_FIREWALL = "vendor_msft_firewall_mdmstore"
_DEFENDER = "device_vendor_msft_policy_config_defender"

CHANGED: dict[tuple[str, str], Json] = {
    (CATALOG, "Windows - Firewall"): {
        "settings": settings(
            choice(f"{_FIREWALL}_domainprofile_enablefirewall", "true"),
            choice(f"{_FIREWALL}_privateprofile_enablefirewall", "true"),
            choice(f"{_FIREWALL}_publicprofile_enablefirewall", "false"),
        )
    },
    (CATALOG, "Windows - Defender Antivirus"): {
        "settings": settings(
            choice(f"{_DEFENDER}_allowrealtimemonitoring", 0),
            choice(f"{_DEFENDER}_allowcloudprotection", 1),
            number(f"{_DEFENDER}_schedulequickscantime", 720),
        )
    },
    (COMPLIANCE, "Windows - Compliance - Password"): {"passwordMinimumLength": 6},
    (CONFIGURATIONS, "Windows - Updates - Broad ring"): {"qualityUpdatesDeferralPeriodInDays": 21},
    (ACCESS, "Block legacy authentication"): {"state": "disabled"},
}
DELETED = (
    (CATALOG, "Windows - BitLocker"),
    (CONFIGURATIONS, "Windows - Kiosk - Power"),
    (SCRIPTS, "Windows - Script - Time source"),
    (DRIVERS, "Windows - Drivers - Pilot ring"),
)


def drift(control: EmulatorControl) -> None:
    """Bring the drift about, unless the tenant has drifted already; the group goes last."""
    held = control.dump_tenant(CONTOSO.id)
    kiosks = CONTOSO.group(KIOSKS)
    if kiosks not in {group["id"] for group in held["groups"]}:
        return
    for (path, name), changes in CHANGED.items():
        control.change_object(CONTOSO.id, path, CONTOSO.id_of(path, name), changes)
    for path, name in DELETED:
        object_id = CONTOSO.id_of(path, name)
        if object_id in {one["id"] for one in held["objects"].get(path, [])}:
            control.remove_object(CONTOSO.id, path, object_id)
    for path, object_id in _assigned_to(kiosks):
        # Entra ID takes the assignments of a deleted group with it.
        control.change_object(CONTOSO.id, path, object_id, {"assignments": []})
    control.remove_object(CONTOSO.id, "groups", kiosks)


def _assigned_to(group: str) -> list[tuple[str, str]]:
    """The policies that stay and whose only audience is the group."""
    return [
        (path, body["id"])
        for path, bodies in objects_of(CONTOSO).items()
        for body in bodies
        if (path, name_of(body)) not in DELETED
        and group in {one["target"].get("groupId") for one in body.get("assignments", [])}
    ]
