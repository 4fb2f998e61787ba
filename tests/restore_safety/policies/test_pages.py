"""What the preview step says of a plan: what it does not know, who it reaches, hostile names."""

import re

import pytest

from restore_safety.models import Decision
from restore_safety.truth.fingerprint import fingerprint_of
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import DraftFactory, EvidenceFactory, PlanItemFactory
from tests.restore_safety.policies.fakes import FakeReader, catalog, policy, preview

HOSTILE = "<script>alert(1)</script> \u202eexe.gnp " + "x" * 400


@pytest.fixture
def draft(tenant, operator):
    backup_set = BackupSetFactory(tenant=tenant, label="Nightly backup", item_count=1)
    BackupItemFactory(backup_set=backup_set, name="In scope")
    return DraftFactory(tenant=tenant, owner=operator, backup_set=backup_set)


@pytest.fixture
def shown(sign_in, operator, draft):
    """The preview step of a plan that holds one item like this, as text."""

    def show(query="", *, name="Firewall", **facts):
        evidence = EvidenceFactory(
            draft=draft, not_evaluable=int(facts.get("decision") == "not_evaluable")
        )
        item = BackupItemFactory(backup_set=draft.backup_set, name=name)
        planned = PlanItemFactory(evidence=evidence, backup_item=item, **facts)
        query = query.format(item=planned.backup_item_id)
        evidence.fingerprint = _fingerprint(draft)
        evidence.scope = draft.to_truth().to_json()
        evidence.save()
        address = f"/restores/drafts/{draft.pk}/preview/{query}"
        return sign_in(operator).get(address).content.decode()

    return show


def _fingerprint(draft):
    return fingerprint_of(draft.to_truth())


def part(page, heading):
    """The panel under this heading."""
    return re.search(rf'<h2 class="rs-panel-title">{heading}</h2>.*?</section>', page, re.DOTALL)[0]


@pytest.mark.parametrize("decision", [Decision.NOT_EVALUABLE, Decision.BLOCKED, Decision.SKIP])
def test_what_was_not_compared_is_never_shown_as_no_change(shown, decision):
    page = shown(decision=decision, sentence="It could not be read.", changes=[])

    assert "No setting would change" not in page
    assert "Its settings were not compared" in page


def test_what_could_not_be_evaluated_is_listed_with_the_reason(shown):
    page = shown(decision="not_evaluable", sentence="The tenant refused the read.", changes=[])

    listed = part(page, "Could not be evaluated")
    assert "Firewall" in listed
    assert "The tenant refused the read." in listed


def test_a_preview_that_could_evaluate_everything_lists_nothing(shown):
    assert "Could not be evaluated" not in shown(decision="unchanged", changes=[])


def test_an_unchanged_policy_says_that_it_was_compared(shown):
    assert "No setting would change" in shown(decision="unchanged", changes=[])


def test_the_page_says_when_it_was_made_and_for_which_scope(shown, draft):
    page = shown()

    basis = part(page, "What this preview speaks for")
    assert "Nightly backup" in basis
    assert draft.tenant.name in basis
    assert _fingerprint(draft) in basis


def test_who_loses_the_policy_and_who_gets_it_is_marked(shown):
    impact = {"before": ["all users", "group A"], "after": ["group A", "group B"], "effects": {}}

    page = shown(decision="update", impact=impact)

    said = re.findall(r"<li><bdi>([^<]*)</bdi>(?: <strong>([^<]*)</strong>)?</li>", page)
    assert said == [
        ("All users", "taken away"),
        ("Group A", ""),
        ("Group B", "added"),
        ("Group A", ""),
    ]


def test_a_long_difference_is_cut_in_the_list_and_whole_by_itself(shown):
    rows = [{"path": f"setting {n}", "before": "a", "after": "b"} for n in range(200)]

    page = shown("?item={item}", decision="update", changes=rows)

    assert page.count('class="rs-diff"') == 200
    assert "more difference" not in page


def test_a_list_shows_the_first_differences_and_the_way_to_the_rest(shown):
    rows = [{"path": f"setting {n}", "before": "a", "after": "b"} for n in range(200)]

    page = shown(decision="update", changes=rows)

    assert page.count('class="rs-diff"') == 12
    assert "188 more differences" in page


def test_an_item_that_is_none_shows_none(shown):
    assert "Nothing matches" in shown("?item=';drop")


def test_a_hostile_name_is_text_and_turns_nothing_around(shown):
    payload = catalog(HOSTILE)
    [planned] = preview([policy(payload)], FakeReader())

    page = shown(name=HOSTILE, sentence=planned.sentence)

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; \ufffdexe.gnp" in page
    assert "\u202e" not in page


_INSTANCE = "#microsoft.graph.deviceManagementConfiguration"


def _simple(definition):
    return {
        "@odata.type": f"{_INSTANCE}SimpleSettingInstance",
        "settingDefinitionId": definition,
        "simpleSettingValue": {"@odata.type": f"{_INSTANCE}StringSettingValue", "value": "1"},
    }


def test_deep_nesting_and_hundreds_of_settings_have_their_rows():
    deep = _simple("d0")
    for level in range(1, 60):
        children = {"value": "x", "children": [deep]}
        deep = {
            "@odata.type": f"{_INSTANCE}ChoiceSettingInstance",
            "settingDefinitionId": f"d{level}",
            "choiceSettingValue": children,
        }
    many = [{"settingInstance": _simple(f"s{n}")} for n in range(300)]
    held = catalog(settings=[{"settingInstance": deep}, *many])
    other = {key: value for key, value in held.items() if key != "settings"}

    [item] = preview(
        [policy(held)], FakeReader({"configurationPolicies": [other | {"settings": []}]})
    )

    assert item.decision is Decision.UPDATE
    assert [row["path"] for row in item.changes][-1] == "160 more differences"
