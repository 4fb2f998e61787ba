"""What no status of the contract tells: what was stored, shown and refused."""

import json
import re

import pytest
from django.urls import reverse

from operations.models import COUNT_KEYS, OperationRun
from restore_safety.models import RestoreRun
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.restores.records import RecordAct
from tenants.models import AuditEvent
from tests.docs.contract import (
    OPERATIONS,
    SCHEMAS,
    controls_of,
    posted,
    problems,
    resolved,
    run_at,
    shown,
    step,
)
from tests.restore_safety.factories_runs import broad


def test_same_confirmation_twice_is_one_restore(world):
    draft = world.draft()
    values = world.confirmation(draft)
    address = reverse("restores:draft-queue", args=[draft.pk])

    first, second = (world.by("operator").post(address, values) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert RestoreRun.objects.count() == 1


def test_snapshot_of_a_queued_restore_keeps_to_its_schema(world):
    run = world.queued(world.draft())

    stored = run.metadata[SNAPSHOT_KEY]

    assert problems(stored, {"$ref": "#/components/schemas/ExecutionSafetySnapshot"}) == []
    assert stored["acknowledged_warnings"] == [broad("1")]
    assert problems(stored | {"payload": {}}, SCHEMAS["ExecutionSafetySnapshot"])


def test_refusal_is_named_on_the_page_and_in_the_trail(world):
    answer = world.queue(world.draft(), typed_name="", reason="", acknowledged=[])

    event = AuditEvent.objects.get(action="restore.refused")
    assert answer.status_code == 409
    assert len(answer.context["refusals"]) == 3
    assert problems(event.detail["condition"], SCHEMAS["Refusal"]) == []
    assert not RestoreRun.objects.exists()


def test_draft_queued_with_another_confirmation_leads_to_its_restore(world):
    draft = world.draft()
    late = world.confirmation(draft)
    run = world.queued(draft)

    answer = world.by("operator").post(reverse("restores:draft-queue", args=[draft.pk]), late)

    assert answer["Location"] == run_at(run, "detail")


@pytest.mark.parametrize("query", ["", "?attention=yes", "?outcome=failed&q=Pass", "?q=nothing"])
def test_json_export_keeps_to_its_schema_however_it_is_narrowed(world, query):
    run = world.run()
    world.by("operator").post(run_at(run, "acknowledge"), {"note": "Known."})

    document = json.loads(world.by("auditor").get(f"{run_at(run, 'items-json')}{query}").getvalue())

    assert problems(document, {"$ref": "#/components/schemas/ItemExport"}) == []
    assert problems(document | {"more": 1}, {"$ref": "#/components/schemas/ItemExport"})


def test_export_of_a_dry_run_says_so(world):
    run = world.run(facts=(), is_dry_run=True)
    kinds = set()
    for one in (run, world.run()):
        document = json.loads(world.by("auditor").get(run_at(one, "items-json")).getvalue())
        kinds.add(document["restore"]["kind"])

    assert kinds == set(SCHEMAS["RestoreKind"]["enum"])


def test_ended_restore_has_its_page_loaded_anew(world):
    address = run_at(world.run(), "progress")

    answer = world.by("operator").get(address, headers={"HX-Request": "true"})

    said = resolved(OPERATIONS["showRestoreProgress"][2]["responses"]["200"])["headers"]
    assert problems(answer["HX-Refresh"], said["HX-Refresh"]["schema"]) == []


@pytest.mark.parametrize("act", RecordAct)
def test_every_act_can_be_asked_for(world, act):
    page = world.by("manager").get(run_at(world.archived(), "confirm", act))

    assert problems(shown(page.context, {"$ref": "#/components/schemas/ActPage"}), ACT_PAGE) == []


ACT_PAGE = {"$ref": "#/components/schemas/ActPage"}


def _changed(world, draft, **consent):
    values = posted(draft, "scope", **{"scope-conflict_policy": "copy"}) | consent
    return world.by("operator").post(step(draft, "scope"), values)


def test_change_that_costs_evidence_asks_with_a_form_of_the_same_schema(world):
    draft = world.draft()

    asked = _changed(world, draft)

    names, controls = controls_of(asked, "agreement")
    ask_page = {"$ref": "#/components/schemas/AskedPage"}
    assert problems(shown(asked.context, ask_page), ask_page) == []
    assert {"seen", "agreed"} <= set(names)
    schema = SCHEMAS["ScopeForm"]
    known = [*schema["properties"], *names]
    assert {one for one in names if one not in schema["properties"]} <= {
        one for one in known if any(re.search(key, one) for key in schema["patternProperties"])
    }
    assert [value for one, value in controls if one == "action"] == ["continue"]


def test_rail_tells_a_changed_scope(world):
    draft = world.draft()
    asked = _changed(world, draft).context["asked"]
    _changed(world, draft, agreed=asked.effect.agreement)

    page = world.by("operator").get(step(draft, "confirm"))

    rail = shown(page.context["page"], {"$ref": "#/components/schemas/Rail"})
    assert problems(rail, {"$ref": "#/components/schemas/Rail"}) == []
    assert rail["assessment"]["checks"]["state"] == "invalidated"
    assert [entry["cause"] for entry in rail["ledger"]] == ["conflict_policy_changed"]
    assert [one["label"] for one in rail["ledger"][0]["set_aside"]] == ["Checks", "Preview"]


def test_counts_the_lifecycle_takes_keep_to_their_schema(world):
    run = world.operation(completed=True, summary_counts=dict.fromkeys(COUNT_KEYS, 1))

    stored = OperationRun.objects.get(pk=run.pk).summary_counts

    assert problems(stored, SCHEMAS["SummaryCounts"]) == []
    assert problems(stored | {"payload": 1}, SCHEMAS["SummaryCounts"])
