"""Change windows: who sets them, what is refused, and their pages."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.access.service import AccessDeniedError
from tenants.change_windows import service
from tenants.change_windows.safeguards import NameNotTypedError
from tenants.change_windows.service import WindowEntry, WindowRefusedError, add_window, closure_of
from tenants.models import AuditEvent, ChangeWindow
from tenants.models.recurrence import WindowEffect
from tests.factories import ChangeWindowFactory

UTC = ZoneInfo("UTC")


def entry(**changes):
    now = timezone.now()
    asked = {
        "effect": WindowEffect.FREEZE,
        "zone": UTC,
        "reason": "Quarter end",
        "starts_at": now - timedelta(hours=1),
        "ends_at": now + timedelta(hours=1),
    }
    return WindowEntry(**asked | changes)


def test_freeze_holds_from_the_moment_it_is_added(tenant, manager):
    now = timezone.now()

    add_window(actor=manager, tenant=tenant, entry=entry(), now=now)

    assert closure_of(tenant, at=now).is_freeze
    event = AuditEvent.objects.get(action="change_window.added")
    assert (event.detail["effect"], event.detail["reason"]) == ("freeze", "Quarter end")


def test_removed_window_no_longer_holds_and_stays_on_record(tenant, manager):
    now = timezone.now()
    window = add_window(actor=manager, tenant=tenant, entry=entry(), now=now)

    removed = [
        service.remove_window(actor=manager, window=window, now=now, typed_name=tenant.name)
        for _ in range(2)
    ]

    assert removed == [True, False]
    assert closure_of(tenant, at=now) is None
    assert ChangeWindow.objects.get().removed_by == manager
    event = AuditEvent.objects.get(action="change_window.removed")
    assert event.detail["before"].startswith("writes forbidden: A freeze holds until")
    assert event.detail["after"] == "writes allowed"


def in_force(tenant, **fields):
    return ChangeWindowFactory(
        **{"tenant": tenant, "starts_at": timezone.now() - timedelta(hours=1)} | fields
    )


def upcoming(tenant, **fields):
    return ChangeWindowFactory(tenant=tenant, **fields)


@pytest.mark.parametrize(
    ("make", "effect", "needs_name"),
    [
        (in_force, "freeze", True),
        (upcoming, "freeze", False),
        (in_force, "maintenance", False),
        # Without the only maintenance window, writes are allowed at any time.
        (upcoming, "maintenance", True),
    ],
)
def test_window_that_keeps_writes_away_now_is_removed_by_the_name_of_the_tenant(
    tenant, manager, make, effect, needs_name
):
    window, now = make(tenant, effect=effect), timezone.now()

    if needs_name:
        for typed in ("", tenant.name.lower()):
            with pytest.raises(NameNotTypedError):
                service.remove_window(actor=manager, window=window, now=now, typed_name=typed)
        window.refresh_from_db()
        assert window.removed_at is None
        assert not AuditEvent.objects.filter(action="change_window.removed").exists()
    typed = tenant.name if needs_name else ""
    assert service.remove_window(actor=manager, window=window, now=now, typed_name=typed)


def test_freeze_beside_another_one_is_removed_by_name_and_opens_nothing_yet(tenant, manager):
    window, _ = in_force(tenant), in_force(tenant, reason="Quarter end")

    removal = service.removal_of(window, now=timezone.now())

    assert removal.needs_name
    assert removal.sentence.startswith("Writes stay forbidden all the same for now: A freeze")


@pytest.mark.parametrize("person", ["operator", "auditor"])
def test_only_managers_set_windows(tenant, request, person):
    actor = request.getfixturevalue(person)

    with pytest.raises(AccessDeniedError):
        add_window(actor=actor, tenant=tenant, entry=entry(), now=timezone.now())

    assert not ChangeWindow.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "  "},
        {"ends_at": timezone.now() - timedelta(hours=2)},
        {"ends_at": None},
        {"starts_at": timezone.now() - timedelta(days=2), "ends_at": timezone.now() - timedelta(1)},
    ],
)
def test_window_that_can_never_hold_is_refused(tenant, manager, changes):
    with pytest.raises(WindowRefusedError):
        add_window(actor=manager, tenant=tenant, entry=entry(**changes), now=timezone.now())


def test_windows_are_bounded(tenant, manager, monkeypatch):
    monkeypatch.setattr(service, "MOST_WINDOWS", 1)
    add_window(actor=manager, tenant=tenant, entry=entry(), now=timezone.now())

    with pytest.raises(WindowRefusedError, match="at most 1"):
        add_window(actor=manager, tenant=tenant, entry=entry(), now=timezone.now())


def test_window_of_another_tenant_closes_nothing_here(tenant, other_tenant):
    now = timezone.now()
    ChangeWindowFactory(tenant=other_tenant, starts_at=now - timedelta(hours=1))

    assert closure_of(tenant, at=now) is None


def test_manager_adds_a_weekly_window_in_the_browser(tenant, manager, sign_in):
    browser = sign_in(manager)
    values = {
        "effect": "freeze",
        "reason": "Branches are open",
        "time_zone": "Europe/Berlin",
        "repeats": "weekly",
        "weekdays": ["0", "4"],
        "start_time": "08:00",
        "hours": "9.5",
    }

    answer = browser.post(reverse("tenants:change-window-add", args=[tenant.slug]), values)

    address = reverse("tenants:change-window-list", args=[tenant.slug])
    assert answer["Location"] == address
    shown = browser.get(address).content.decode()
    assert "Monday, Friday from 08:00, for 9 h 30 min" in shown
    assert "Branches are open" in shown


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"repeats": "once"}, "This is needed."),
        ({"repeats": "weekly", "weekdays": ["0"], "start_time": "08:00"}, "This is needed."),
        (
            {"repeats": "once", "starts": "2026-12-02T10:00", "ends": "2026-12-02T09:00"},
            "ends before it begins",
        ),
        (
            {
                "effect": "maintenance",
                "repeats": "once",
                "starts": "2027-03-28T02:30",
                "ends": "2027-03-28T09:00",
            },
            "skip this time",
        ),
    ],
)
def test_what_is_missing_is_said_at_its_field(tenant, manager, sign_in, values, said):
    base = {"effect": "freeze", "reason": "x", "time_zone": "Europe/Berlin"}

    answer = sign_in(manager).post(
        reverse("tenants:change-window-add", args=[tenant.slug]), base | values
    )

    assert said in answer.content.decode()
    assert not ChangeWindow.objects.exists()


def test_tenant_page_tells_a_freeze_to_everybody_who_may_see_it(tenant, auditor, sign_in):
    ChangeWindowFactory(tenant=tenant, starts_at=timezone.now() - timedelta(hours=1))

    shown = sign_in(auditor).get(tenant.get_absolute_url()).content.decode()

    assert "No restore writes to this tenant now. A freeze holds until" in shown
