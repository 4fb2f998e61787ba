"""The way of an undo, from the run it takes back to its end, and what the tenant holds then."""

from django.utils import timezone

from restore_safety.models import RestoreRun
from restore_safety.restores import records
from tenants.graph.contracts import CONTRACTS
from tenants.graph.normal_form import normal_assignments, normal_form


def content_of(scene):
    """The digest-relevant content and the assignments of all policies, by type and id."""
    held = scene.control.dump_tenant(scene.guid)["objects"]
    return {
        (key, one["id"]): (
            normal_form(
                kind, {name: value for name, value in one.items() if name != "assignments"}
            ),
            normal_assignments(one.get("assignments") or []),
        )
        for key, kind in CONTRACTS.items()
        for one in held.get(kind.path, [])
    }


def prepared(scene, run):
    """The draft of the run's undo, with its checks and preview."""
    run = RestoreRun.objects.get(pk=run.pk)
    draft = records.undo(actor=scene.operator, run=run, now=timezone.now()).draft
    return scene.capture(draft)


def plan_of(draft):
    """Decision and reason of each item of the newest preview, by name."""
    preview = draft.evidence.filter(kind="preview").first()
    return {
        item.backup_item.name: (item.decision, item.reason_code)
        for item in preview.plan.select_related("backup_item").order_by("position")
    }


def undone(scene, run):
    """The run of the undo, carried out."""
    return scene.work(scene.queue(prepared(scene, run)))


def sentences_of(draft):
    preview = draft.evidence.filter(kind="preview").first()
    return {item.backup_item.name: item.sentence for item in preview.plan.all()}
