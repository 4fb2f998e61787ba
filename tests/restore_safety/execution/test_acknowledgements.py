"""What is accepted before a restore is named for what it says: more of it is another thing."""

import pytest

from restore_safety.drafts.readiness import acknowledgements_of
from restore_safety.models import Decision, Finding
from tests.restore_safety.execution.scene import CATALOG, SCRIPTS, catalog, script
from tests.restore_safety.factories_runs import FindingFactory

ABOUT = [{"id": "b", "name": "Firewall"}, {"id": "a", "name": "Passwords"}]


MISSING = [{"kind": "group", "id": "g-1"}, {"kind": "group", "id": "g-2"}]
DEVICES = {"audiences": [{"kind": "all_devices", "id": ""}]}


def key_of(**values):
    made = {
        "code": "group_missing",
        "title": "2 policies …",
        "subjects": ABOUT,
        "facts": DEVICES,
        "missing": MISSING,
    } | values
    return FindingFactory.build(evidence=None, tenant=None, **made).key


@pytest.mark.parametrize(
    "same",
    [
        {"position": 7},
        {"subjects": ABOUT[::-1]},
        {"missing": MISSING[::-1]},
        {"title": "Two policies …"},
        {"why": "Because."},
    ],
)
def test_finding_that_says_the_same_keeps_its_key(same):
    assert key_of(**same) == key_of()
    assert key_of().startswith("group_missing-")


@pytest.mark.parametrize(
    "other",
    [
        {"code": "filter_missing"},
        {"facts": {"audiences": [{"kind": "all_users", "id": ""}]}},
        {"facts": {}},
        {"missing": MISSING[:1]},
        {"subjects": [*ABOUT, {"id": "c", "name": "Cleanup"}]},
        {"subjects": ABOUT[:1]},
        {"subjects": [ABOUT[0], {"id": "c", "name": "Passwords"}]},
    ],
)
def test_finding_that_says_anything_else_has_another_key(other):
    assert key_of(**other) != key_of()


def test_finding_of_before_keeps_the_key_it_was_accepted_under():
    key = key_of(facts=None, missing=[])

    assert key == "group_missing-643773f18966"
    assert key != key_of(facts=None, missing=[], title="3 policies …")


@pytest.fixture
def draft(scene):
    return scene.capture(scene.draft((CATALOG, catalog()), (SCRIPTS, script())))


def asked(scene, draft):
    return [one.key for one in acknowledgements_of(scene.status(draft))]


def raised(draft, **values):
    checks = draft.evidence.get(kind="checks")
    return FindingFactory(evidence=checks, tenant=draft.tenant, **values)


def test_evidence_captured_again_asks_for_the_same_keys(scene, draft):
    raised(draft, subjects=ABOUT)
    before = asked(scene, draft)
    Finding.objects.all().delete()
    raised(draft, position=9, subjects=ABOUT)

    assert (asked(scene, draft), len(before)) == (before, 1)


def test_findings_that_say_the_same_in_every_word_are_accepted_once(scene, draft):
    for position in (1, 2):
        raised(draft, position=position, subjects=ABOUT)

    assert len(asked(scene, draft)) == 1


@pytest.mark.parametrize(
    ("decision", "counted"),
    [(Decision.BLOCKED, "blocked"), (Decision.NOT_EVALUABLE, "not_evaluable")],
)
def test_as_many_others_that_are_left_out_have_another_key(scene, draft, decision, counted):
    preview = draft.evidence.get(kind="preview")
    setattr(preview, counted, 1)
    preview.save()
    first, second = preview.plan.order_by("position")
    found = []
    for left_out, kept in ((first, second), (second, first), (first, second)):
        preview.plan.filter(pk=left_out.pk).update(decision=decision)
        preview.plan.filter(pk=kept.pk).update(decision=Decision.CREATE)
        found.append(asked(scene, draft))

    assert found[0] == found[2]
    assert found[0] != found[1]
    assert [key.rpartition("-")[0] for key in found[0]] == [f"preview-{counted.replace('_', '-')}"]
