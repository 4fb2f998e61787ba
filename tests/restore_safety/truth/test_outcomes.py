from restore_safety.truth.outcomes import RestoreStatus


def test_status_knows_its_families():
    ended = {"completed", "partial", "failed", "cancelled"}

    assert ended == RestoreStatus.ENDED
    assert {status.value: status.is_ended for status in RestoreStatus} == {
        "scheduled": False,
        "queued": False,
        "running": False,
        "waiting": False,
        **dict.fromkeys(ended, True),
    }
