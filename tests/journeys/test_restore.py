"""A restore from the first step to its follow-up, over HTTP, against the emulator."""

from collections import Counter

from operations.models import Notification
from restore_safety.demo.directory import CONTOSO
from restore_safety.demo.policies.catalog import CATALOG
from restore_safety.demo.seed import AUDITOR, OPERATOR, OUTSIDER, person
from restore_safety.demo.walk import confirm, prepare, restore_everything
from restore_safety.models import RestoreRun
from tenants.models import AuditEvent


def nobody_dies():
    """The walk asks whether the servers still live; here there are none."""


def test_restore_of_a_drifted_tenant_ends_with_what_is_left_to_do(browser, drifted):
    seen = drifted.last_request()

    operation_id = restore_everything(browser, drifted.request, nobody_dies)

    run = RestoreRun.objects.get(operation_run=operation_id)
    outcomes = Counter(run.items.values_list("outcome", "verification"))
    assert outcomes == {
        ("created", "verified"): 3,
        ("updated", "verified"): 5,
        ("partial", "verified"): 1,
        ("unchanged", "verified"): 53,
        ("unchanged", "not_comparable"): 2,
        ("assignments_left", "verified"): 2,
    }
    counts = run.operation_run.summary_counts
    assert (counts["unchanged"], counts["assignments_left"]) == (55, 2)
    assert (counts["verified"], counts["verified_in_part"]) == (61, 3)
    assert (run.status, run.operation_run.outcome) == ("partial", "partially_succeeded")
    planned = sum(len(item.writes) for item in run.preview.plan.all())
    assert len(drifted.writes(after=seen)) == planned == run.operation_run.summary_counts["writes"]
    assert run.pre_restore_set.item_count == 5
    told = Notification.objects.filter(run=operation_id)
    assert [one.user for one in told] == [person(OPERATOR)]


def test_every_page_about_a_restore_gives_the_same_answer(browser, browser_of, drifted):
    operation_id = restore_everything(browser, drifted.request, nobody_dies)
    run = RestoreRun.objects.get(operation_run=operation_id)
    headline = Notification.objects.get(run=operation_id).headline

    addresses = [f"/operations/{operation_id}/", f"/restores/{run.pk}/", "/restores/"]
    told = {
        (someone, address): headline in browser_of(someone).open(address).text
        for someone in (OPERATOR, AUDITOR)
        for address in addresses
    }

    assert told == dict.fromkeys(told, True)
    assert [browser_of(OUTSIDER).open(address).status for address in addresses] == [404, 404, 200]
    assert headline not in browser_of(OUTSIDER).open("/restores/").text


def test_same_restore_again_finds_nothing_left_to_write(browser, drifted):
    restore_everything(browser, drifted.request, nobody_dies)
    seen = drifted.last_request()

    operation_id = restore_everything(browser, drifted.request, nobody_dies)

    run = RestoreRun.objects.get(operation_run=operation_id)
    assert drifted.writes(after=seen) == []
    assert Counter(run.items.values_list("outcome", flat=True)) == {
        "unchanged": 63,
        "assignments_left": 3,
    }


def test_dry_run_goes_all_the_way_and_writes_nothing(browser, drifted):
    page = prepare(browser, drifted.request, nobody_dies)
    seen = drifted.last_request()

    page = browser.submit(page.form(to="/queue/"), press=("action", "dry-run"))

    run = RestoreRun.objects.get()
    assert (run.is_dry_run, run.operation_run.status) == (True, "completed")
    assert drifted.writes(after=seen) == []
    assert run.draft.submitted_at is None


def test_policy_changed_after_the_preview_is_left_alone(browser, drifted):
    page = prepare(browser, drifted.request, nobody_dies)
    firewall = CONTOSO.id_of(CATALOG, "Windows - Firewall")
    drifted.control.change_object(CONTOSO.id, CATALOG, firewall, {"description": "Touched"})
    seen = drifted.last_request()

    confirm(browser, page, drifted.request)

    item = RestoreRun.objects.get().items.get(name="Windows - Firewall")
    assert (item.outcome, item.verification) == ("target_changed", "not_attempted")
    assert [path for _, path in drifted.writes(after=seen) if firewall in path] == []


def test_changed_selection_takes_the_evidence_away_and_the_old_one_gives_it_back(browser, drifted):
    page = prepare(browser, drifted.request, nobody_dies)
    scope = page.url.replace("confirm", "scope")
    confirmed = page.form(to="/queue/")

    form = browser.open(scope).form(having="mode")
    form.values[form.name_of("assignment_mode")] = ["leave"]
    asked = browser.submit(form, press=("action", "save"))
    changed = browser.submit(asked.form(having="agreed"), press=("action", "save"))
    refused = browser.submit(confirmed, press=("action", "restore"))
    form = changed.form(having="mode")
    form.values[form.name_of("assignment_mode")] = ["replace"]
    back = browser.submit(form, press=("action", "save"))

    assert "Saving this sets the checks and the preview aside" in asked.text
    assert "no longer speak for this scope." in changed.text
    assert (refused.status, "The scope changed after you confirmed it." in refused.text) == (
        409,
        True,
    )
    assert "for this scope again" in back.text
    assert ("action", "restore") in browser.open(page.url).form(to="/queue/").buttons
    assert RestoreRun.objects.count() == 0


def test_the_same_confirmation_sent_twice_is_one_restore(browser, drifted):
    page = prepare(browser, drifted.request, nobody_dies)
    form = page.form(to="/queue/")

    first = confirm(browser, page, drifted.request)
    second = browser.submit(form, press=("action", "restore"))

    run = RestoreRun.objects.get()
    assert first.url.endswith(f"/operations/{run.operation_run_id}/")
    assert second.url in {first.url, f"http://testserver/restores/{run.pk}/"}
    queued = AuditEvent.objects.filter(action="restore.queued")
    assert [event.actor for event in queued] == [person(OPERATOR)]
