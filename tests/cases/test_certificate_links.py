"""What a profile links to: captured, written at its own address, and held against the tenant."""

import pytest

from restore_safety.policies.completeness import Completeness
from restore_safety.truth.scope import ConflictPolicy
from tests.cases.harness import path_of
from tests.cases.makers import CONFIGURATION, configuration, id_of

WIFI = "windowsWifiEnterpriseEAPConfiguration"
ROOT, MANY = "rootCertificateForClientValidation", "rootCertificatesForServerValidation"


def root(name):
    return configuration(
        name,
        "windows81TrustedRootCertificate",
        certFileName=f"{name}.cer",
        trustedRootCertificate="MIIB",
        destinationStore="computerCertStoreRoot",
    )


def wifi(**links):
    return configuration("Office", WIFI, ssid="corp", networkName="corp", **links)


def linked(*names):
    return [{"id": id_of(name)} for name in names]


def is_whole(item):
    return Completeness.from_json(item.completeness).is_complete


def links_of(walk, name="Office"):
    """The names of the profiles that one leads to in the tenant, by link."""
    names = {one["id"]: one["displayName"] for one in walk.live(CONFIGURATION)}
    (held,) = [one for one in walk.live(CONFIGURATION) if one["displayName"] == name]
    several = [names[one["id"]] for one in held.get(MANY) or []]
    single = held.get(ROOT)
    return (names[single["id"]] if single else None), sorted(several)


def remove(walk, *names):
    for name in names:
        walk.control.remove_object(walk.directory, path_of(CONFIGURATION), id_of(name))


@pytest.fixture
def backed_up(walk):
    """A profile with three links, and the certificates behind them, in a backup of the tenant."""
    office = wifi(**{ROOT: linked("Root A")[0], MANY: linked("Root A", "Root B")})
    walk.hold({CONFIGURATION: [root("Root A"), root("Root B"), root("Root C"), office]})
    walk.capture()
    return walk


def test_a_profile_that_is_gone_comes_back_with_its_links(backed_up):
    remove(backed_up, "Office")

    backed_up.restore()

    assert backed_up.results["Office"] == ("created", "verified")
    assert links_of(backed_up) == ("Root A", ["Root A", "Root B"])


def test_links_that_changed_are_set_added_and_taken_away(backed_up):
    changed = {ROOT: None, MANY: linked("Root B", "Root C")}
    backed_up.change_live(CONFIGURATION, id_of("Office"), **changed)

    backed_up.restore()

    assert "Root A (" in str(backed_up.plan["Office"].changes)

    assert backed_up.results["Office"] == ("updated", "verified")
    assert links_of(backed_up) == ("Root A", ["Root A", "Root B"])
    assert sorted(method for method, _ in backed_up.writes()) == ["DELETE", "POST", "PUT"]


def test_a_link_that_was_not_there_is_taken_away(walk):
    walk.hold({CONFIGURATION: [root("Root A"), wifi()]})
    walk.capture()
    walk.change_live(CONFIGURATION, id_of("Office"), **{ROOT: linked("Root A")[0]})

    walk.restore()

    assert walk.results["Office"] == ("updated", "verified")
    assert links_of(walk) == (None, [])


def test_certificates_of_the_same_restore_come_first(backed_up):
    remove(backed_up, "Root A", "Root B", "Office")

    backed_up.restore()

    assert {backed_up.results[name] for name in ("Root A", "Root B", "Office")} == {
        ("created", "verified")
    }
    assert links_of(backed_up) == ("Root A", ["Root A", "Root B"])


def test_the_names_of_an_export_lead_to_the_profiles_of_those_names(walk):
    walk.hold({CONFIGURATION: [root("Root A"), root("Root B")]})
    kind = "#microsoft.graph.windows81TrustedRootCertificate"
    stored = {
        f"#CustomRef_{ROOT}": f"Root A|:|{kind}",
        f"#CustomRef_{MANY}": f"Root A,Root B|:|{kind}",
    }
    walk.import_policies(wifi(**stored))

    walk.restore()

    assert walk.results["Office"] == ("created", "verified")
    assert links_of(walk) == ("Root A", ["Root A", "Root B"])


def test_a_link_to_what_the_tenant_lacks_bars_the_profile(walk):
    walk.import_policies(wifi(**{ROOT: linked("Root A")[0] | {"displayName": "Root A"}}))

    walk.preview()

    assert "certificate_missing" in walk.codes("Office", severity="blocker")
    assert walk.decisions == {"Office": "blocked"}
    assert walk.named(ROOT, walk.said_by_checks("Office"))


UNSAID = {
    "not at all": {},
    "without ids": {ROOT: {}, MANY: [{}]},
}


@pytest.mark.parametrize("said", UNSAID.values(), ids=UNSAID)
def test_a_backup_that_does_not_say_the_links_is_never_calm(walk, said):
    walk.import_policies(wifi(**said))

    walk.restore()

    assert "links_not_captured" in walk.codes("Office", severity="warning")
    assert walk.items["Office"].reason_code == "members_left_out"
    assert walk.named(ROOT, walk.said_afterwards("Office"))


@pytest.mark.parametrize("said", UNSAID.values(), ids=UNSAID)
def test_a_backup_that_does_not_say_the_links_leaves_those_of_the_tenant(walk, said):
    office = wifi(**{ROOT: linked("Root A")[0], MANY: linked("Root A")})
    walk.hold({CONFIGURATION: [root("Root A"), office]})
    walk.import_policies(wifi(**said) | {"ssid": "changed"})

    walk.restore()

    assert walk.items["Office"].outcome == "updated"
    assert links_of(walk) == ("Root A", ["Root A"])


def test_a_link_that_names_what_it_leads_to_is_found_by_the_name(walk):
    walk.hold({CONFIGURATION: [root("Root A")]})
    walk.import_policies(wifi(**{ROOT: {"displayName": "Root A"}, MANY: []}))

    walk.restore()

    assert links_of(walk) == ("Root A", [])


@pytest.mark.parametrize(
    "link",
    [
        {ROOT: {"id": id_of("Custom")}},
        {f"#CustomRef_{ROOT}": "Custom|:|#microsoft.graph.windows81TrustedRootCertificate"},
    ],
)
def test_a_link_to_a_profile_of_another_type_is_a_link_to_nothing(walk, link):
    walk.hold({CONFIGURATION: [configuration("Custom")]})
    walk.import_policies(wifi(**link))

    walk.preview()

    assert "certificate_missing" in walk.codes("Office", severity="blocker")
    assert walk.decisions["Office"] == "blocked"


def test_a_profile_of_another_type_and_the_same_name_is_not_meant(walk):
    kind = "#microsoft.graph.windows81TrustedRootCertificate"
    stored = {f"#CustomRef_{ROOT}": f"Root A|:|{kind}", MANY: []}
    walk.import_policies(wifi(**stored), root("Root A"), configuration("Root A") | {"id": "other"})

    walk.restore()

    assert walk.results["Office"] == ("created", "verified")


def test_a_copy_links_to_the_copies_beside_it(backed_up):
    remove(backed_up, "Root A", "Root B", "Office")

    backed_up.preview(conflict_policy=ConflictPolicy.COPY)

    assert backed_up.decisions["Office"] != "blocked"
    assert backed_up.codes("Office", severity="blocker") == set()


def test_the_same_link_twice_is_one(walk):
    walk.hold({CONFIGURATION: [root("Root A")]})
    twice = linked("Root A", "Root A")
    walk.import_policies(wifi(**{ROOT: None, MANY: [*twice, {"id": id_of("Root A").upper()}]}))

    walk.restore()

    assert walk.results["Office"] == ("created", "verified")
    assert links_of(walk) == (None, ["Root A"])


def test_a_list_of_links_that_is_not_found_is_no_empty_one(walk):
    walk.hold({CONFIGURATION: [root("Root A"), wifi(**{MANY: linked("Root A")})]})
    walk.fault({"status": 404}, method="GET", path=f".*/{MANY}.*")

    walk.capture()

    assert not is_whole(walk.entries["Office"])


def test_links_that_could_not_be_read_leave_the_policy_incomplete(walk):
    walk.hold({CONFIGURATION: [root("Root A"), wifi(**{ROOT: linked("Root A")[0]})]})
    walk.fault({"status": 403}, method="GET", path=f".*/{ROOT}.*")

    walk.capture()

    assert not is_whole(walk.entries["Office"])
    assert is_whole(walk.entries["Root A"])


@pytest.mark.parametrize("is_applied", [True, False])
def test_an_answer_that_got_lost_links_once(backed_up, is_applied):
    remove(backed_up, "Office")
    effect = {"status": 504, "after_apply": is_applied}

    backed_up.preview()
    backed_up.fault(effect, method="POST", path=rf".*/{MANY}/\$ref", times=1)
    backed_up.carry_out()

    assert backed_up.results["Office"] == ("created", "verified")
    assert links_of(backed_up) == ("Root A", ["Root A", "Root B"])
