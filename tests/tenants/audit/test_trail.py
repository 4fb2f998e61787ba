import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tenants.audit import trail
from tenants.audit.verification import Verdict, verify_trail
from tenants.models import AppendOnlyError, AuditChain, AuditEvent, AuditOutcome, User
from tenants.models.audit_hash import hash_of, kept_text, kept_value
from tenants.web.request_origin import RequestOrigin, request_origin
from tests.factories import TenantFactory, UserFactory


@pytest.fixture
def event(tenant, member):
    return trail.record(
        action="restore.queued",
        actor=member,
        tenant=tenant,
        subject="restore_run:1",
        detail={"items": 3},
    )


def test_event_keeps_who_what_where_and_from_where(tenant, member):
    token = request_origin.set(RequestOrigin(request_id="a1", address="192.0.2.7"))
    try:
        trail.record(
            action="backup.imported",
            actor=member,
            tenant=tenant,
            subject="backup_set:9",
            outcome=AuditOutcome.DENIED,
            detail={"items": 3},
        )
    finally:
        request_origin.reset(token)

    assert AuditEvent.objects.values(
        "workspace",
        "tenant",
        "actor",
        "action",
        "outcome",
        "subject",
        "detail",
        "request_id",
        "address",
    ).get() == {
        "workspace": tenant.workspace_id,
        "tenant": tenant.pk,
        "actor": member.pk,
        "action": "backup.imported",
        "outcome": "denied",
        "subject": "backup_set:9",
        "detail": {"items": 3},
        "request_id": "a1",
        "address": "192.0.2.7",
    }


def test_event_of_a_workspace_needs_no_tenant(workspace):
    event = trail.record(action="membership.added", actor=None, tenant=None, workspace=workspace)

    assert (event.workspace, event.tenant, event.actor) == (workspace, None, None)
    assert (event.request_id, event.address) == ("", "")


def test_event_is_never_changed(event):
    event.action = "restore.forgotten"

    with pytest.raises(AppendOnlyError):
        event.save()
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.update(action="restore.forgotten")
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.bulk_update([event], ["action"])
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.bulk_create([AuditEvent(action="restore.forged")])

    assert list(AuditEvent.objects.values_list("action", flat=True)) == ["restore.queued"]


def test_event_is_never_removed(event):
    with pytest.raises(AppendOnlyError):
        event.delete()
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.all().delete()

    assert list(AuditEvent.objects.all()) == [event]


def test_what_the_trail_names_cannot_be_deleted(event, member, tenant):
    with pytest.raises(ProtectedError):
        member.delete()
    with pytest.raises(ProtectedError):
        tenant.delete()
    with pytest.raises(ProtectedError):
        tenant.workspace.delete()


def test_names_stay_as_they_were(tenant):
    person = UserFactory(username="ada", first_name="Ada", last_name="Lovelace")
    event = trail.record(action="restore.queued", actor=person, tenant=tenant)
    type(tenant).objects.update(name="Contoso Ltd")
    User.objects.update(username="ada-2", last_name="King")

    event = AuditEvent.objects.get(pk=event.pk)

    assert (event.actor_name, event.tenant_name, event.workspace_name) == (
        "Ada Lovelace (ada)",
        "Contoso",
        "Contoso Services",
    )


def test_each_event_holds_the_hash_of_the_one_before(tenant):
    events = [trail.record(action="restore.queued", actor=None, tenant=tenant) for _ in range(3)]

    assert [event.sequence for event in events] == [1, 2, 3]
    assert [event.previous_hash for event in events] == ["", events[0].hash, events[1].hash]
    assert [event.hash for event in events] == [hash_of(event.facts()) for event in events]
    head = AuditChain.objects.get()
    assert (head.workspace, head.length, head.head) == (tenant.workspace, 3, events[2].hash)


def test_workspaces_and_the_installation_have_chains_of_their_own(tenant, other_tenant):
    for each in (tenant, other_tenant, None, tenant):
        trail.record(action="probe.written", actor=None, tenant=each)

    assert dict(AuditChain.objects.values_list("key", "length")) == {
        "installation": 1,
        f"workspace:{tenant.workspace_id}": 2,
        f"workspace:{other_tenant.workspace_id}": 1,
    }


def _record_and_fail(tenant):
    trail.record(action="restore.queued", actor=None, tenant=tenant)
    raise RuntimeError


def test_what_is_rolled_back_leaves_no_gap(tenant):
    trail.record(action="restore.queued", actor=None, tenant=tenant)
    with pytest.raises(RuntimeError), transaction.atomic():
        _record_and_fail(tenant)
    last = trail.record(action="restore.queued", actor=None, tenant=tenant)

    assert (last.sequence, AuditEvent.objects.count()) == (2, 2)
    assert verify_trail(chains=AuditChain.objects.all()).verdict is Verdict.INTACT


def test_events_of_a_block_are_written_when_it_ends(tenant):
    with transaction.atomic(), trail.written_last():
        trail.record(action="restore.queued", actor=None, tenant=tenant)
        with trail.written_last():
            trail.record(action="restore.archived", actor=None, tenant=tenant)
        before = AuditEvent.objects.count()

    assert before == 0
    assert list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True)) == [
        "restore.queued",
        "restore.archived",
    ]


def test_block_that_fails_writes_nothing_and_one_that_failed_inside_only_the_rest(tenant):
    with pytest.raises(RuntimeError), trail.written_last():
        _record_and_fail(tenant)
    with transaction.atomic(), trail.written_last():
        trail.record(action="restore.archived", actor=None, tenant=tenant)
        with pytest.raises(RuntimeError), transaction.atomic(), trail.written_last():
            _record_and_fail(tenant)

    assert list(AuditEvent.objects.values_list("action", flat=True)) == ["restore.archived"]


def _update(rows, **changes):
    return lambda: QuerySet.update(rows, **changes)


def _remove(rows):
    return lambda: rows._raw_delete(connection.alias)  # noqa: SLF001 -- past what refuses it


def _run(sql):
    def run():
        with connection.cursor() as cursor:
            cursor.execute(sql)

    return run


@pytest.mark.parametrize(
    "change",
    [
        _update(AuditEvent.objects.all(), subject="restore_run:2"),
        _remove(AuditEvent.objects.all()),
        _update(AuditChain.objects.all(), length=0, head=""),
        _update(AuditChain.objects.all(), length=2),
        _update(AuditChain.objects.all(), length=3, head="audit1:0"),
        _update(AuditChain.objects.all(), workspace=None),
        _remove(AuditChain.objects.all()),
    ],
    ids=["update", "delete", "head back", "head on", "head far", "head elsewhere", "head gone"],
)
@pytest.mark.usefixtures("event")
def test_database_itself_refuses_to_change_the_trail(change):
    before = list(AuditEvent.objects.values()), list(AuditChain.objects.values())

    with pytest.raises(DatabaseError), transaction.atomic():
        change()

    assert (list(AuditEvent.objects.values()), list(AuditChain.objects.values())) == before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize(
    "sql", ["TRUNCATE tenants_auditevent", "TRUNCATE tenants_auditchain CASCADE"]
)
@pytest.mark.usefixtures("event")
def test_database_refuses_to_empty_the_trail(sql):
    connection.check_constraints()  # what waits to be checked would refuse it too
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        _run(sql)()

    assert AuditEvent.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's")
def test_database_refuses_to_replace_an_event(event):
    columns = [field.column for field in AuditEvent._meta.concrete_fields]
    listed = ", ".join(f'"{column}"' for column in columns)
    same = listed.replace('"subject"', "'restore_run:2'")

    with pytest.raises(DatabaseError), transaction.atomic():
        _run(
            f"INSERT OR REPLACE INTO tenants_auditevent ({listed}) "  # noqa: S608 -- our columns
            f"SELECT {same} FROM tenants_auditevent"
        )()

    assert AuditEvent.objects.get().subject == event.subject


def test_database_refuses_an_event_that_does_not_follow_the_head(event):
    stray = AuditEvent(
        chain=event.chain, sequence=7, action="restore.forged", at=timezone.now(), hash="audit1:0"
    )

    with pytest.raises(DatabaseError), transaction.atomic():
        stray.save()

    assert list(AuditEvent.objects.all()) == [event]


def _write(writers, tenants, each):
    """Every writer on a connection of its own, all at once; what went wrong in any of them."""
    start, failures = threading.Barrier(writers), []

    def work(number):
        try:
            start.wait()
            for n in range(each):
                with transaction.atomic():
                    tenant = tenants[(number + n) % len(tenants)]
                    trail.record(action="probe.written", actor=None, tenant=tenant)
                    if n % 3 == 2:
                        transaction.set_rollback(True)
        except Exception as error:  # noqa: BLE001 -- the test's thread asserts there was none
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite's tests share one connection in memory"
)
@pytest.mark.django_db(transaction=True)
def test_writers_at_once_make_one_unbroken_chain_each():
    tenants = [TenantFactory(), TenantFactory()]

    failures = _write(6, tenants, 9)

    report = verify_trail(chains=AuditChain.objects.all())
    assert failures == []
    assert report.verdict is Verdict.INTACT
    assert sum(chain.checked for chain in report.chains) == 6 * 6


def test_hostile_text_is_recorded_and_does_not_stop_the_act(tenant):
    token = request_origin.set(RequestOrigin(request_id="r" * 99, address="a" * 99))
    try:
        trail.record(
            action="restore.queued",
            actor=None,
            tenant=tenant,
            subject="\x00" * 10 + "x" * 300,
            detail={"name": "a\x00\ud800b", "big": 2**80, "part": 0.1, "at": timezone.now()},
        )
    finally:
        request_origin.reset(token)

    event = AuditEvent.objects.get()
    assert event.subject == "x" * 200
    assert (event.detail["name"], event.detail["big"]) == ("a?b", str(2**80))
    assert verify_trail(chains=AuditChain.objects.all()).verdict is Verdict.INTACT


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(value=json_values)
def test_kept_value_is_kept_as_it_is_and_can_be_hashed(value):
    kept = kept_value(value)

    assert kept_value(kept) == kept
    assert hash_of({"detail": kept}) == hash_of({"detail": kept_value(value)})


@given(text=st.text(), limit=st.integers(0, 20))
def test_kept_text_fits_its_column(text, limit):
    kept = kept_text(text, limit=limit)

    assert len(kept) <= limit
    assert "\x00" not in kept
