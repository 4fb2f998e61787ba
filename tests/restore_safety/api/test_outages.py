"""What a script is told while the database or the counting of calls is away."""

from django.db import OperationalError

from tenants.models import AuditEvent
from tests.outages import cache_away, database_away
from tests.restore_safety.api.conftest import Script


def test_script_is_told_in_json_that_the_database_does_not_answer(world, operator, token_of):
    script = quiet(Script(token_of(operator).text))
    with database_away(OperationalError("gone")):
        for answer in (script.get("/me"), script.post("/drafts", {"tenant": "contoso"})):
            assert (answer.status_code, answer["Retry-After"]) == (503, "30")
            assert answer["Cache-Control"] == "no-store"
            said = answer.json()
            assert said["code"] == "database_unavailable"
            assert said["sentence"].startswith("The database does not answer. ")


def test_script_reads_on_and_writes_nothing(world, operator, token_of):
    script = quiet(Script(token_of(operator).text))
    with cache_away():
        reading = script.get("/me")
        writing = script.post("/drafts", {"tenant": world.tenant.slug})

        assert reading.status_code == 200
        assert writing.status_code == 503
        assert writing.json()["code"] == "limits_unavailable"
        assert writing.json()["sentence"].startswith("Attempts cannot be counted right now. ")


def test_wrong_token_is_refused_before_it_is_told_wrong(db):
    script = quiet(Script("rst_00000000_" + "x" * 43))
    with cache_away():
        answer = script.get("/me")

        assert (answer.status_code, answer.json()["code"]) == (503, "limits_unavailable")
        assert not AuditEvent.objects.filter(action="token.refused").exists()


def quiet(script):
    """Answers with what the server would, and does not raise in its place."""
    script.client.raise_request_exception = False
    return script
