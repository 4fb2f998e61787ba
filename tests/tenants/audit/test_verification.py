"""Whatever is done to the stored trail behind the product's back, verifying it finds."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.audit import trail
from tenants.audit.guards import Guards, guards
from tenants.audit.verification import Fault, Verdict, lost_chains, verify, verify_trail
from tenants.models import AuditChain, AuditEvent, AuditOutcome
from tenants.models.audit_hash import hash_of
from tests.audit_guards import edit, guards_lifted, remove
from tests.factories import TenantFactory, WorkspaceFactory

# Whatever the trail keeps of an event, and what an editor could put in its place.
COLUMNS = {
    "sequence": 999,
    "previous_hash": "audit1:0",
    "hash": f"audit1:{'0' * 64}",
    "workspace_id": None,
    "workspace_name": "Other Services",
    "tenant_id": None,
    "tenant_name": "Other",
    "actor_id": None,
    "actor_name": "somebody else",
    "action": "restore.forgotten",
    "outcome": "denied",
    "subject": "restore_run:99",
    "detail": {"items": 99},
    "request_id": "b2",
    "address": "192.0.2.8",
    "at": datetime(2020, 1, 1, tzinfo=UTC),
}


@pytest.fixture
def key(tenant, member):
    for n in range(1, 6):
        _record(tenant, member, n)
    return AuditChain.key_of(tenant.workspace_id)


def _record(tenant, member, n):
    trail.record(
        action="restore.queued",
        actor=member,
        tenant=tenant,
        subject=f"restore_run:{n}",
        detail={"items": n},
    )


def _at(key, *sequences):
    return AuditEvent.objects.filter(chain=key, sequence__in=sequences)


def _from(key, sequence):
    return AuditEvent.objects.filter(chain=key, sequence__gte=sequence).order_by("sequence")


def _head(key):
    return AuditChain.objects.filter(pk=key)


def _finding(*, expected=()):
    report = verify_trail(chains=AuditChain.objects.select_related("workspace"), expected=expected)
    found = [chain.finding for chain in report.chains if chain.finding]
    return found[0] if found else None


def _verdict(**options):
    out = io.StringIO()
    try:
        call_command("verify_audit", stdout=out, **options)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def _row(key, sequence):
    return AuditEvent.objects.get(chain=key, sequence=sequence)


def _forge(key, sequence, **changes):
    """Rewrite the chain from this record on, hashes and head and all."""
    before = _row(key, sequence).previous_hash
    for event in _from(key, sequence):
        for field, value in (changes if event.sequence == sequence else {}).items():
            setattr(event, field, value)
        event.previous_hash = before
        event.hash = before = hash_of(event.facts())
        edit(
            _at(key, event.sequence),
            subject=event.subject,
            previous_hash=event.previous_hash,
            hash=event.hash,
        )
    edit(_head(key), head=before)


@pytest.mark.usefixtures("key")
def test_untouched_trail_is_intact(tenant):
    trail.record(action="sign_in.failed", actor=None, tenant=None, outcome=AuditOutcome.DENIED)
    report = verify_trail(chains=AuditChain.objects.all())

    assert report.verdict is Verdict.INTACT
    assert [(chain.key, chain.checked) for chain in report.chains] == [
        ("installation", 1),
        (f"workspace:{tenant.workspace_id}", 5),
    ]
    assert (report.lost_heads, report.guards) == ((), Guards())


@pytest.mark.parametrize("column", COLUMNS)
def test_edit_of_any_column_is_found_at_its_record(key, column):
    edit(_at(key, 3), **{column: COLUMNS[column]})

    found = _finding()

    assert found.sequence == 3
    assert found.fault in {Fault.CHANGED, Fault.UNLINKED, Fault.MISSING}


def test_event_moved_to_another_chain_is_missing_from_its_own(key):
    trail.record(action="sign_in.failed", actor=None, tenant=None)
    edit(_at(key, 3), chain="installation")

    report = verify_trail(chains=AuditChain.objects.filter(pk=key))

    assert [(c.finding.fault, c.finding.sequence) for c in report.chains] == [(Fault.MISSING, 3)]


@pytest.mark.parametrize("sequence", [1, 2, 4])
def test_deletion_is_found_as_a_gap(key, sequence):
    remove(_at(key, sequence))

    found = _finding()

    assert (found.fault, found.sequence) == (Fault.MISSING, sequence)
    assert found.sentence == f"Record {sequence} is missing from the chain."


def test_deletion_of_the_newest_is_told_by_the_head(key):
    remove(_from(key, 4))

    found = _finding()

    assert (found.fault, found.sequence) == (Fault.CUT_OFF, 4)
    assert found.sentence == "Records 4 to 5 are missing from the end of the chain."


def test_deletion_of_the_newest_with_the_head_set_back_is_told_by_a_head_noted_earlier(key):
    noted, kept = _row(key, 5).hash, _row(key, 3).hash
    remove(_from(key, 4))
    edit(_head(key), length=3, head=kept)

    chains = AuditChain.objects.all()

    assert verify_trail(chains=chains).verdict is Verdict.INTACT
    assert verify_trail(chains=chains, expected=[kept]).verdict is Verdict.INTACT
    report = verify_trail(chains=chains, expected=[noted])
    assert (report.verdict, report.lost_heads) == (Verdict.ALTERED, (noted,))


def test_trail_written_anew_is_told_by_a_head_noted_earlier(key):
    noted = _row(key, 5).hash
    _forge(key, 2, subject="restore_run:forged")

    chains = AuditChain.objects.all()

    assert verify_trail(chains=chains).verdict is Verdict.INTACT
    assert verify_trail(chains=chains, expected=[noted]).lost_heads == (noted,)


def test_two_events_swapped_are_found(key):
    for place, other in ((2, 99), (3, 2), (99, 3)):
        edit(_at(key, place), sequence=other)

    assert _finding().sequence == 2


def test_ids_swapped_are_found(key):
    second, third = _row(key, 2).pk, _row(key, 3).pk
    edit(_at(key, 2), id=-1)
    edit(_at(key, 3), id=second)
    edit(_at(key, 2), id=third)

    found = _finding()

    assert (found.fault, found.sequence) == (Fault.MISPLACED, 3)


def test_event_added_behind_the_head_is_found(key):
    last = _row(key, 5)
    added = AuditEvent(
        chain_id=key,
        sequence=6,
        previous_hash=last.hash,
        workspace_id=last.workspace_id,
        action="restore.queued",
        outcome="allowed",
        at=last.at,
    )
    added.hash = hash_of(added.facts())
    with guards_lifted(connection):
        added.save()

    found = _finding()

    assert (found.fault, found.sequence) == (Fault.BEYOND_HEAD, 6)


def test_head_that_was_changed_is_found(key):
    edit(_head(key), head="audit1:0")

    found = _finding()

    assert (found.fault, found.sequence) == (Fault.HEAD_CHANGED, 5)


def test_hash_of_another_version_is_not_called_altered_and_not_called_intact(key):
    edit(_at(key, 5), hash="audit9:00")

    assert _finding().fault is Fault.UNKNOWN_VERSION
    assert _verdict()[0] == 2


@pytest.mark.usefixtures("key")
def test_guard_that_was_lifted_is_named_and_not_called_intact():
    with guards_lifted(connection):
        code, said = _verdict()
        _, as_json = _verdict(json=True)

    report = json.loads(as_json)
    assert (code, report["verdict"]) == (1, "unguarded")
    assert "audit_event_is_not_changed" in report["missing_guards"]
    assert len(report["missing_guards"]) == {"sqlite": 6, "postgresql": 8}[connection.vendor]
    assert "these triggers are missing or off: audit_event_follows_the_head, " in said
    assert said.splitlines()[-1] == (
        "Every record is as it was written, but the trail's guards are not."
    )
    assert (guards(), _verdict()[0]) == (Guards(), 0)


# Each leaves a trigger of the right name in its place.
HOLLOWED = {
    "sqlite": (
        "DROP TRIGGER audit_event_is_not_changed",
        """CREATE TRIGGER audit_event_is_not_changed BEFORE UPDATE ON tenants_auditevent WHEN 0
        BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END""",
    ),
    "postgresql": (
        "DROP TRIGGER audit_event_is_not_changed ON tenants_auditevent",
        """CREATE TRIGGER audit_event_is_not_changed BEFORE UPDATE ON tenants_auditevent
        FOR EACH ROW WHEN (false) EXECUTE FUNCTION audit_refuses()""",
    ),
}


@pytest.mark.usefixtures("key")
def test_guard_of_the_same_name_that_refuses_nothing_is_named():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A table is not altered while checks of its keys wait for the end.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in HOLLOWED[connection.vendor]:
            cursor.execute(statement)

    code, said = _verdict()

    assert guards() == Guards(altered=("audit_event_is_not_changed",))
    assert (code, "not the ones that were set" in said) == (1, True)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no functions of its own")
@pytest.mark.usefixtures("key")
def test_function_behind_the_guards_that_refuses_nothing_is_named():
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RETURN NEW; END $$"
        )

    assert len(guards().altered) == 5
    assert _verdict()[0] == 1


@pytest.mark.django_db
def test_installation_without_a_chain_is_unchecked_and_never_intact():
    code, said = _verdict()
    _, as_json = _verdict(json=True)

    assert (code, json.loads(as_json)["verdict"]) == (2, "unchecked")
    assert said.splitlines() == [
        "There is no chain, so there was nothing to check.",
        "The audit trail could not be checked to its end.",
    ]


def _gone(key):
    remove(AuditEvent.objects.filter(chain=key))
    remove(_head(key))


def _faults(report):
    return {chain.key: chain.finding.fault for chain in report.chains if chain.finding}


def test_chain_that_is_gone_with_its_head_is_told_by_the_tenants_of_its_workspace(key, tenant):
    trail.record(action="sign_in.failed", actor=None, tenant=None)
    _gone(key)

    report = verify()

    assert (report.verdict, _faults(report)) == (Verdict.ALTERED, {key: Fault.CHAIN_LOST})
    code, said = _verdict()
    assert code == 1
    assert f"Workspace {tenant.workspace.slug}: altered. The chain is gone from its first" in said
    assert _faults(verify(workspace=tenant.workspace)) == {key: Fault.CHAIN_LOST}
    assert _verdict(workspace=tenant.workspace.slug)[0] == 1


def test_every_chain_that_is_gone_is_reported(key, tenant, operator, sign_in):
    sign_in(operator)
    _gone(key)
    _gone("installation")

    assert _faults(verify()) == {key: Fault.CHAIN_LOST, "installation": Fault.CHAIN_LOST}
    assert _verdict()[0] == 1


def test_chain_emptied_under_its_head_is_reported(key):
    remove(AuditEvent.objects.filter(chain=key))
    edit(_head(key), length=0, head="")

    assert _finding().fault is Fault.CHAIN_LOST
    assert _verdict()[0] == 1


# What a tamperer can write and no event is made of.
UNREADABLE = {
    "fraction beyond a double": "detail = '{\"a\":1e400}'",
    "fraction": "detail = '{\"a\":0.5}'",
    "time that is none": "at = 'hello'",
    "day that is none": "at = '2026-13-45 00:00:00'",
    "document that is none": "detail = '{'",
    "text that is none": "subject = CAST(x'ff' AS TEXT)",
    "endless time": "at = 'infinity'",
}
_ON_BOTH = {"fraction beyond a double", "fraction"}
_ON_POSTGRESQL = {*_ON_BOTH, "endless time"}


@pytest.mark.parametrize(
    "what", UNREADABLE if connection.vendor == "sqlite" else sorted(_ON_POSTGRESQL)
)
def test_event_that_cannot_be_read_is_named_and_the_other_chains_are_walked(key, tenant, what):
    other = TenantFactory(workspace=WorkspaceFactory(slug="other"))
    trail.record(action="tenant.added", actor=None, tenant=other)
    with guards_lifted(connection), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute(
            f"UPDATE tenants_auditevent SET {UNREADABLE[what]} "  # noqa: S608 -- the texts above
            "WHERE chain_id = %s AND sequence = 3",
            [key],
        )
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")

    report = verify()

    assert [(chain.key, chain.checked, chain.verdict) for chain in report.chains] == [
        (key, 2, Verdict.ALTERED),
        (AuditChain.key_of(other.workspace_id), 1, Verdict.INTACT),
    ]
    assert (_finding().fault, _finding().sequence) == (Fault.CHANGED, 3)
    code, said = _verdict(json=True)
    assert (code, json.loads(said)["chains"][0]["record"]) == (1, 3)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"workspace": "nowhere"}, "There is no workspace with the slug nowhere."),
        ({"receipt": [Path("nowhere.json")]}, "nowhere.json is not a receipt that can be read."),
    ],
)
@pytest.mark.usefixtures("key")
def test_what_could_not_be_checked_is_answered_in_json_too(options, sentence):
    code, said = _verdict(json=True, **options)

    report = json.loads(said)
    assert (code, report["verdict"], report["sentence"]) == (2, "unchecked", sentence)
    assert (report["chains"], report["missing_guards"]) == ([], [])


def test_command_answers_by_its_exit_code(key, tenant):
    slug, head = tenant.workspace.slug, AuditChain.objects.get(pk=key).head

    assert _verdict()[0] == 0
    code, said = _verdict(workspace=slug, expect_head=[head])
    assert (code, said.splitlines()) == (
        0,
        [f"Workspace {slug}: intact, 5 records, head {head}", "The audit trail is intact."],
    )
    assert _verdict(workspace="nowhere")[0] == 2
    assert _verdict(expect_head=["audit1:0"])[0] == 1

    edit(_at(key, 2), subject="")
    code, said = _verdict()
    assert code == 1
    assert "altered. Record 2 is not what was written" in said


def test_report_as_json_names_the_record(key):
    remove(_at(key, 2))

    code, said = _verdict(json=True)

    report = json.loads(said)
    assert (code, report["verdict"]) == (1, "altered")
    assert [(c["chain"], c["verdict"], c["fault"], c["record"]) for c in report["chains"]] == [
        (key, "altered", "missing", 2)
    ]


def test_one_workspace_is_verified_apart_from_another(key, tenant):
    other = TenantFactory(workspace=WorkspaceFactory(slug="other"))
    trail.record(action="tenant.added", actor=None, tenant=other)
    edit(_at(key, 2), subject="")

    assert _verdict(workspace="other")[0] == 0
    assert _verdict(workspace=tenant.workspace.slug)[0] == 1


def _tamperings(count):
    """Ways to change a chain of so many records; with each, what the tampering needs noted."""
    some = st.integers(1, count)
    return st.one_of(
        st.tuples(st.just("edit"), some, st.sampled_from(sorted(COLUMNS))),
        st.tuples(st.just("delete"), some, st.none()),
        st.tuples(st.just("swap"), some, some).filter(lambda one: one[1] != one[2]),
        st.tuples(st.just("insert"), some, st.none()),
        st.tuples(st.just("truncate"), some, st.booleans()),
    )


def _insert(key, sequence):
    """Another record in the place of this one, the later ones moved up."""
    copied = _row(key, sequence)
    for event in _from(key, sequence).reverse():
        edit(_at(key, event.sequence), sequence=event.sequence + 1)
    edit(_head(key), length=F("length") + 1)
    copied.pk, copied.subject = None, "restore_run:inserted"
    copied.hash = hash_of(copied.facts())
    copied._state.adding = True
    with guards_lifted(connection):
        copied.save(force_insert=True)


def _carry_out(key, kind, sequence, more):
    match kind:
        case "edit":
            edit(_at(key, sequence), **{more: COLUMNS[more]})
        case "delete":
            remove(_at(key, sequence))
        case "swap":
            for place, other in ((sequence, 999), (more, sequence), (999, more)):
                edit(_at(key, place), sequence=other)
        case "insert":
            _insert(key, sequence)
        case "truncate":
            before = _row(key, sequence).previous_hash
            remove(_from(key, sequence))
            if more:
                edit(_head(key), length=sequence - 1, head=before)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), count=st.integers(2, 7))
def test_any_tampering_with_any_trail_is_found(tenant, member, data, count):
    with transaction.atomic():
        for n in range(count):
            _record(tenant, member, n)
        key = AuditChain.key_of(tenant.workspace_id)
        noted = AuditChain.objects.get(pk=key).head
        chains = AuditChain.objects.filter(pk=key)
        before = verify_trail(chains=chains, expected=[noted])
        _carry_out(key, *data.draw(_tamperings(count)))

        after = verify_trail(chains=chains.all(), expected=[noted])

        transaction.set_rollback(True)
    assert before.verdict is Verdict.INTACT
    assert after.verdict is not Verdict.INTACT


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps the head of an event")
@pytest.mark.django_db(transaction=True)
def test_chain_whose_head_row_is_gone_is_found(key):
    with connection.constraint_checks_disabled():
        remove(_head(key))

        assert [(report.key, report.finding.fault) for report in lost_chains()] == [
            (key, Fault.HEAD_LOST)
        ]
        assert _verdict()[0] == 1
