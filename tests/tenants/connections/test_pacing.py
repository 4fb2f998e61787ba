import pytest

from tenants.connections.pacing import DatabasePacer
from tenants.graph.clouds import Cloud, endpoints
from tenants.graph.contracts import CONDITIONAL_ACCESS, INTUNE
from tenants.graph.errors import LongWaitError
from tenants.graph.throttling import LONGEST_HOLD, LONGEST_WAIT, OUTAGE_AFTER, pause_after
from tenants.models import ProviderPace
from tests.factories import ProviderConnectionFactory, TenantFactory

BETWEEN_CONDITIONAL_ACCESS = endpoints(Cloud.GLOBAL).seconds_between_writes(CONDITIONAL_ACCESS)
# What a test's own statements take between two looks at the clock.
WHILE = pytest.approx


class Sleep:
    """Remembers how long it was to sleep; no time goes by for it."""

    def __init__(self, meanwhile=None):
        self.pauses = []
        self.meanwhile = meanwhile

    def __call__(self, seconds):
        self.pauses.append(seconds)
        if self.meanwhile is not None and seconds:
            self.meanwhile, meanwhile = None, self.meanwhile
            meanwhile()


@pytest.fixture
def sleep():
    return Sleep()


@pytest.fixture
def paced(tenant):
    """A connection to a real cloud, whose writes are paced; nothing is sent."""
    return ProviderConnectionFactory(tenant=tenant, cloud="global")


def test_workers_share_one_pace(paced, sleep):
    for _ in range(3):
        DatabasePacer(paced, sleep=sleep).wait_turn(CONDITIONAL_ACCESS)

    assert sleep.pauses == [WHILE(turn * BETWEEN_CONDITIONAL_ACCESS, abs=1.0) for turn in range(3)]


def test_tenants_of_one_directory_share_its_pace_and_another_app_has_its_own(paced, sleep):
    same, other = (
        ProviderConnectionFactory(
            tenant=TenantFactory(workspace=paced.tenant.workspace),
            cloud="global",
            directory_id=paced.directory_id,
            client_id=client_id,
        )
        for client_id in (paced.client_id, "another-app")
    )
    DatabasePacer(paced, sleep=sleep).hold_off(INTUNE, 90)

    DatabasePacer(other, sleep=sleep).wait_turn(INTUNE)
    DatabasePacer(same, sleep=sleep).wait_turn(INTUNE)

    assert sleep.pauses == [0.0, WHILE(90, abs=5)]


def test_emulator_is_not_paced(connection, sleep):
    pacer = DatabasePacer(connection, sleep=sleep)

    assert [pacer.wait_turn(INTUNE), pacer.wait_turn(INTUNE)] == [0.0, 0.0]
    assert sleep.pauses == [0.0, 0.0]


def test_holding_off_moves_the_next_turn_but_never_back(connection, sleep):
    pacer = DatabasePacer(connection, sleep=sleep)

    pacer.hold_off(INTUNE, 90)
    pacer.hold_off(INTUNE, 5)

    assert pacer.wait_turn(INTUNE) == WHILE(90, abs=5)
    assert sleep.pauses == [WHILE(90, abs=5)]


def test_turn_is_waited_for_again_when_all_were_held_off_meanwhile(paced):
    other = DatabasePacer(paced)
    sleep = Sleep(meanwhile=lambda: other.hold_off(INTUNE, 60))
    pacer = DatabasePacer(paced, sleep=sleep)
    other.hold_off(INTUNE, 10)

    assert pacer.wait_turn(INTUNE) == WHILE(70, abs=5)
    assert sleep.pauses == [WHILE(10, abs=2), WHILE(60, abs=2)]


def test_turn_further_away_than_a_worker_waits_is_not_taken(connection, sleep):
    pacer = DatabasePacer(connection, sleep=sleep)
    pacer.hold_off(INTUNE, 3600)
    before = ProviderPace.objects.get()

    with pytest.raises(LongWaitError) as refused:
        pacer.wait_turn(INTUNE)

    assert sleep.pauses == []
    assert refused.value.seconds == WHILE(3600, abs=5)
    assert refused.value.until == before.held_until
    assert ProviderPace.objects.get().next_free_at == before.next_free_at


def test_nothing_is_held_off_for_more_than_a_day(connection):
    pacer = DatabasePacer(connection)
    pacer.hold_off(INTUNE, 10 * LONGEST_HOLD)

    with pytest.raises(LongWaitError) as refused:
        pacer.wait_turn(INTUNE)

    assert refused.value.seconds == WHILE(LONGEST_HOLD, abs=5)


def test_workloads_do_not_hold_each_other(connection, sleep):
    pacer = DatabasePacer(connection, sleep=sleep)
    pacer.hold_off(INTUNE, 90)

    assert pacer.wait_turn(CONDITIONAL_ACCESS) == 0.0


def test_failures_of_all_workers_open_an_outage_that_the_first_answer_ends(connection, sleep):
    first, second = DatabasePacer(connection, sleep=sleep), DatabasePacer(connection, sleep=sleep)

    said = [pacer.failed(INTUNE) for pacer in (first, second) * 3]
    second.wait_turn(INTUNE)
    second.answered(INTUNE)

    assert said == [False, False, False, True, True, True]
    assert sleep.pauses == [WHILE(pause_after(6), abs=2)]
    assert ProviderPace.objects.get().failures == 0
    assert first.failed(INTUNE) is False


def test_worker_that_did_not_fail_itself_ends_the_outage_too(connection, sleep):
    failing, other = DatabasePacer(connection, sleep=sleep), DatabasePacer(connection, sleep=sleep)
    for _ in range(OUTAGE_AFTER):
        failing.failed(INTUNE)

    other.wait_turn(INTUNE)
    other.answered(INTUNE)

    assert ProviderPace.objects.get().failures == 0


def test_pauses_of_an_outage_grow_beyond_what_a_worker_waits_for():
    pauses = [pause_after(failures) for failures in range(15)]

    assert pauses == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600]
    assert max(pauses) > LONGEST_WAIT


def test_turn_of_a_service_that_answers_costs_two_statements(
    connection, sleep, django_assert_num_queries
):
    pacer = DatabasePacer(connection, sleep=lambda seconds: None)
    pacer.wait_turn(INTUNE)

    with django_assert_num_queries(2):
        pacer.wait_turn(INTUNE)
        pacer.answered(INTUNE)


class Clock:
    """The monotonic clock of a worker, which goes on when the test says so."""

    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at


def test_reads_of_a_budget_that_is_far_from_its_end_cost_no_statement_each(
    paced, sleep, django_assert_max_num_queries
):
    pacer = DatabasePacer(paced, sleep=sleep, clock=Clock())
    pacer.wait_to_read(INTUNE)

    with django_assert_max_num_queries(8):
        for _ in range(8):
            pacer.wait_to_read(INTUNE, 20)

    assert sleep.pauses == []


def test_reads_that_nothing_limits_look_at_the_pace_once_in_a_while(
    connection, sleep, django_assert_num_queries
):
    clock = Clock()
    pacer = DatabasePacer(connection, sleep=sleep, clock=clock)
    pacer.wait_to_read(INTUNE)

    with django_assert_num_queries(0):
        for _ in range(5000):
            pacer.wait_to_read(INTUNE)
    clock.at += 1
    with django_assert_num_queries(1):
        pacer.wait_to_read(INTUNE)

    assert sleep.pauses == []


def test_workers_share_one_budget_of_reads(paced, sleep):
    budget = endpoints(Cloud.GLOBAL).read_budget(INTUNE)

    for _ in range(1 + budget.at_once // 20):
        DatabasePacer(paced, sleep=sleep).wait_to_read(INTUNE, 40)

    assert sleep.pauses
    assert sleep.pauses[0] <= 40 * budget.seconds_apart


def test_conditional_access_counts_reads_and_writes_together(paced, sleep):
    pacer = DatabasePacer(paced, sleep=sleep)

    pacer.wait_turn(CONDITIONAL_ACCESS)
    pacer.wait_to_read(CONDITIONAL_ACCESS)
    pacer.wait_turn(CONDITIONAL_ACCESS)

    assert pacer.reads_at_once(CONDITIONAL_ACCESS) == 1
    assert sleep.pauses == [WHILE(turn * BETWEEN_CONDITIONAL_ACCESS, abs=1.0) for turn in range(3)]


def test_wait_that_was_asked_of_a_read_is_kept_by_all_reads_and_writes(connection, sleep):
    other = DatabasePacer(connection, sleep=sleep)
    DatabasePacer(connection).hold_off_reads(INTUNE, 30)

    other.wait_to_read(INTUNE)
    other.wait_to_read(CONDITIONAL_ACCESS)
    other.wait_turn(INTUNE)

    assert sleep.pauses == [WHILE(30, abs=5), WHILE(30, abs=5)]


def test_wait_that_was_asked_of_a_write_keeps_nobody_from_reading(connection, sleep):
    pacer = DatabasePacer(connection, sleep=sleep)
    pacer.hold_off(INTUNE, 3600)

    pacer.wait_to_read(INTUNE)

    assert sleep.pauses == []


def test_worker_hears_of_the_wait_of_another_after_a_moment(connection, sleep):
    clock = Clock()
    pacer = DatabasePacer(connection, sleep=sleep, clock=clock)
    pacer.wait_to_read(INTUNE)
    DatabasePacer(connection).hold_off_reads(INTUNE, 30)

    clock.at += 1
    pacer.wait_to_read(INTUNE)

    assert sleep.pauses == [WHILE(30, abs=5)]


def test_wait_to_read_is_sat_out_once(connection, sleep):
    clock = Clock()
    pacer = DatabasePacer(connection, sleep=sleep, clock=clock)
    pacer.hold_off_reads(INTUNE, 30)

    for _ in range(3):
        clock.at += 1
        pacer.wait_to_read(INTUNE)

    assert sleep.pauses == [WHILE(30, abs=5)]


@pytest.mark.parametrize(("longest", "asked"), [(LONGEST_WAIT, 3600), (10, 60)])
def test_reads_far_away_are_not_waited_for(connection, sleep, longest, asked):
    pacer = DatabasePacer(connection, sleep=sleep, longest_wait=longest)
    pacer.hold_off_reads(INTUNE, asked)

    with pytest.raises(LongWaitError) as refused:
        pacer.wait_to_read(INTUNE)

    assert (sleep.pauses, refused.value.seconds) == ([], WHILE(asked, abs=5))
