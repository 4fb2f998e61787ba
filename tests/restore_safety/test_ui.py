"""The components: what they draw, what they refuse, and that their colours can be read."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import django_tables2 as tables
import pytest
from django.conf import settings
from django.core.paginator import Paginator
from django.template import TemplateSyntaxError, engines
from django.test import RequestFactory
from django.utils import timezone
from django.utils.html import strip_tags

from restore_safety.truth.attention import Attention
from restore_safety.truth.integrity import Integrity, IntegrityReason, IntegrityState
from restore_safety.truth.safety import (
    ExecutionReadiness,
    Gate,
    GateCode,
    Issue,
    IssueCode,
    NextStep,
    SafetyAssessment,
    SafetyReadiness,
)
from tenants.web.badges import BADGES, UnknownStateError

DIGEST = "sha256:9f2c1b4e77ad0c1fbb2288e01932cf10e4b7c1d9a6612b5b7d42b0d3a7cc1ab2"
INSTANT = datetime(2026, 11, 23, 7, 41, 12, 345000, tzinfo=UTC)
STYLES = (settings.BASE_DIR / "static/restore_safety/app.css").read_text()
THEMES = ('[data-bs-theme="light"] {\n  color-scheme', '[data-bs-theme="dark"] {\n  color-scheme')
ASSESSMENT = "{% load restore_ui %}{% assessment verdict %}"
TONES = ("neutral", "info", "progress", "caution", "danger", "positive")
READABLE = 4.5
DISCERNIBLE = 3.0


@dataclass
class Action:
    label: str
    url: str
    method: str = "get"


def _drawn(source, **context):
    """The component as HTML, with the white space between its words evened out."""
    request = context.pop("request", RequestFactory().get("/"))
    html = engines["django"].from_string(source).render(context, request)
    return re.sub(r"\s+", " ", html).strip()


def _words(source, **context):
    return " ".join(strip_tags(_drawn(source, **context).replace("<", " <")).split())


@pytest.mark.parametrize(
    "source",
    [
        "{% badge %}",
        "{% badge member tone='danger' %}",
        "{% state %}",
        "{% panel %}{% endpanel %}",
        "{% panel titel='x' %}{% endpanel %}",
        "{% alert tonne='danger' %}{% endalert %}",
        "{% moment %}",
        "{% digest value short=True %}",
        "{% next_action %}",
        "{% disabled_action label='x' %}",
        "{% empty text='x' %}",
        "{% load restore_ui %}{% finding findings=x %}",
        "{% load restore_ui %}{% readiness title='x' %}",
        "{% load restore_ui %}{% assessment verdict=x %}",
        "{% change %}",
        "{% progress_bar done=1 total=2 %}",
        "{% stat label='x' %}",
        "{% facts %}",
        "{% steps label='x' %}",
        "{% crumb %}",
        "{% pager %}",
        "{% toast %}",
    ],
)
def test_a_wrong_argument_fails_when_the_template_compiles(source):
    with pytest.raises(TemplateSyntaxError):
        engines["django"].from_string(source)


def test_badge_shows_word_tone_icon_and_meaning():
    assert _drawn("{% badge member %}", member=Attention.COMPLETED) == (
        '<span class="rs-badge tone-positive" '
        f'title="{Attention.COMPLETED.sentence}">'
        '<i class="bi bi-check-circle" aria-hidden="true"></i>Completed</span>'
    )


def test_badge_counts():
    assert _words("{% badge member count=0 %}", member=Attention.FAILED) == "0 Failed"


@pytest.mark.parametrize("stranger", ["completed", "", None])
def test_badge_refuses_what_is_no_state(stranger):
    with pytest.raises(UnknownStateError):
        _drawn("{% badge member %}", member=stranger)


def test_state_spells_its_meaning_out():
    member = Attention.PARTIAL

    assert _words("{% state member %}", member=member) == f"Partial {member.sentence}"


def test_panel_frames_its_content_and_escapes_its_title():
    drawn = _drawn(
        "{% panel title=title badge=state %}<b>{{ text }}</b>{% endpanel %}",
        title="<Scope>",
        text="<1>",
        state=IntegrityState.STALE,
    )

    assert '<h2 class="rs-panel-title">&lt;Scope&gt;</h2>' in drawn
    assert '<div class="rs-panel-body"><b>&lt;1&gt;</b></div>' in drawn
    assert "rs-badge tone-caution" in drawn


@pytest.mark.parametrize(("tone", "interrupts"), [("danger", True), ("caution", False)])
def test_only_a_danger_interrupts(tone, interrupts):
    drawn = _drawn("{% alert tone=tone title='T' %}<p>x</p>{% endalert %}", tone=tone)

    assert ('role="alert"' in drawn) is interrupts
    assert f"tone-{tone}" in drawn


def test_an_unknown_tone_is_refused():
    with pytest.raises(ValueError, match="purple"):
        _drawn("{% alert tone='purple' %}{% endalert %}")


def test_moment_is_in_the_readers_zone_with_the_exact_instant_on_hover():
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        drawn = _drawn("{% moment at %}", at=INSTANT)

    assert drawn == (
        '<time class="rs-moment" datetime="2026-11-23T07:41:12.345000+00:00" '
        'title="Monday 23 November 2026, 16:41:12 JST · 2026-11-23T07:41:12.345+00:00">'
        "23 Nov 2026, 16:41</time>"
    )


def test_a_moment_that_never_was_says_so():
    assert _words("{% moment at missing='not yet' %}", at=None) == "not yet"


def test_digest_is_short_to_the_eye_and_whole_on_hover():
    drawn = _drawn("{% digest value %}", value=DIGEST)

    assert f'title="{DIGEST}"' in drawn
    assert '<span class="rs-digest-algorithm">sha256:</span>9f2c1b4e77ad<span' in drawn


def test_next_action_is_a_link_or_a_protected_form():
    link = _drawn("{% next_action action %}", action=Action("Go", "/there/"))
    form = _drawn("{% next_action action=action %}", action=Action("Run", "/run/", "post"))

    assert link == '<a class="btn btn-primary rs-next-action" href="/there/">Go</a>'
    assert '<form class="rs-next-action" method="post" action="/run/">' in form
    assert 'name="csrfmiddlewaretoken"' in form
    assert _drawn("{% next_action action %}", action=None) == ""


def test_disabled_action_tells_everybody_why():
    drawn = _drawn("{% disabled_action label='Restore' reason='The write gate is closed.' %}")

    assert "disabled" in drawn
    assert '<span class="visually-hidden">(not available: The write gate is closed.)</span>' in (
        drawn
    )
    assert "</i> The write gate is closed.</span>" in drawn


def test_empty_stands_beside_the_empty_of_a_loop():
    source = "{% for x in rows %}{{ x }}{% empty %}{% empty title='None yet' %}{% endfor %}"

    assert _words(source, rows=[]) == "None yet"
    assert _words(source, rows=["one"]) == "one"


def test_finding_says_what_why_whom_and_what_to_do():
    found = SimpleNamespace(
        severity="blocker",
        title="A group is missing",
        why="Nobody would be reached.",
        remedy="Map it.",
        subjects=[{"id": str(number), "name": f"Policy {number}"} for number in range(10)],
    )

    said = _words("{% load restore_ui %}{% finding finding=found %}", found=found)

    assert said == (
        "A group is missing Blocker Nobody would be reached. "
        + " ".join(f"Policy {number}" for number in range(8))
        + " and 2 more Policy 8 Policy 9 What to do Map it."
    )


def _assessment(*, refused=()):
    gates = tuple(
        Gate(code=code, passed=code not in refused, reason="So it is." if code in refused else "")
        for code in GateCode
    )
    return SafetyAssessment(
        checks=Integrity(state=IntegrityState.INVALIDATED, reason=IntegrityReason.SCOPE_MOVED),
        preview=Integrity(state=IntegrityState.CURRENT, reason=IntegrityReason.MATCHES),
        execution=ExecutionReadiness(gates=gates),
        safety=SafetyReadiness.RISKY,
        safety_issue=Issue(code=IssueCode.CHECKS_NOT_CURRENT, sentence="The scope changed."),
        primary_issue=Issue(code=IssueCode.CHECKS_NOT_CURRENT, sentence="The scope changed."),
        next_step=NextStep.RUN_CHECKS,
    )


def test_assessment_shows_the_two_answers_apart():
    said = _words(ASSESSMENT, verdict=_assessment(refused=(GateCode.LOCK,)))

    assert said == (
        "What is proven Risky The scope changed. Checks Invalidated Preview Current "
        f"Can it start Cannot start {GateCode.LOCK.label} Refused So it is. "
        f"{len(GateCode) - 1} of {len(GateCode)} conditions are met "
        + " ".join(f"{code.label} Met" for code in GateCode if code is not GateCode.LOCK)
    )


def test_assessment_tells_no_condition_for_starting_as_what_is_proven():
    verdict = replace(
        _assessment(refused=(GateCode.LOCK,)),
        safety_issue=Issue(code=IssueCode.WARNINGS_FOUND, sentence="Weigh the warnings."),
        primary_issue=Issue(code=IssueCode.GATE_REFUSED, sentence="So it is."),
    )

    proven, _, start = _words(ASSESSMENT, verdict=verdict).partition("Can it start")

    assert proven == "What is proven Risky Weigh the warnings. Checks Invalidated Preview Current "
    assert "So it is." in start


def test_assessment_never_shows_a_check_mark_short_of_proven():
    drawn = _drawn(ASSESSMENT, verdict=_assessment())

    assert "tone-positive" not in drawn
    assert re.findall(r"bi-[a-z-]*check", drawn) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"path": "a.b", "before": 1, "after": 2}, "a.b Before: 1 After: 2"),
        ({"label": "Items", "before": None, "after": "x"}, "Items Before: nothing After: x"),
        (
            SimpleNamespace(field=GateCode.LOCK, before="x", after=None),
            f"{GateCode.LOCK.label} Before: x After: nothing",
        ),
    ],
)
def test_change_reads_before_and_after(change, said):
    assert _words("{% change change %}", change=change) == said


def test_progress_has_a_value_or_none_at_all():
    known = _drawn("{% progress_bar done=3 total=8 label='Writing' %}")
    unknown = _drawn("{% progress_bar done=0 total=None label='Reading' %}")

    assert '<progress aria-label="Writing" value="3" max="8"></progress>' in known
    assert "3 of 8" in known
    assert '<progress aria-label="Reading"></progress>' in unknown


def test_stat_shows_value_label_and_note():
    assert _words("{% stat label='Created' value=4 note='1 copy' %}") == "Created 4 1 copy"


def test_facts_draw_each_value_in_its_own_way():
    rows = [
        ("State", Attention.FAILED),
        ("At", INSTANT),
        ("Digest", DIGEST),
        ("Dry run", False),
        ("Items", 0),
        ("Approver", None),
        ("Note", ""),
    ]

    assert _words("{% facts rows %}", rows=rows) == (
        "State Failed At 23 Nov 2026, 07:41 "
        f"Digest sha256: {DIGEST[7:19]} … {DIGEST[19:]} "
        "Dry run No Items 0 Approver — Note —"
    )


def test_steps_mark_where_one_is_and_which_evidence_still_speaks():
    walk = [
        {"label": "Backup", "url": "/1/", "state": "done", "integrity": None},
        {"label": "Checks", "url": "/2/", "state": "done", "integrity": IntegrityState.STALE},
        {"label": "Preview", "url": "/3/", "state": "current", "integrity": None},
        {"label": "Confirm", "url": "", "state": "upcoming", "integrity": None},
    ]

    drawn = _drawn("{% steps walk %}", walk=[SimpleNamespace(**step) for step in walk])

    assert drawn.count('aria-current="step"') == 1
    assert re.findall(r'href="([^"]+)"', drawn) == ["/1/", "/2/"]
    assert "Step 3 of 4" in drawn
    assert drawn.count("rs-badge") == 1


def test_pager_keeps_the_other_choices_of_the_address():
    request = RequestFactory().get("/", {"search": "a b", "page": "2"})
    page = Paginator(range(100), 10).page(2)

    drawn = _drawn("{% pager page %}", page=page, request=request)

    assert re.findall(r'href="([^"]+)"', drawn) == [
        "?search=a+b&amp;page=1",
        "?search=a+b&amp;page=1",
        "?search=a+b&amp;page=3",
        "?search=a+b&amp;page=10",
        "?search=a+b&amp;page=3",
    ]
    assert drawn.count('aria-current="page"') == 1
    assert "11\N{EN DASH}20 of 100" in drawn


def test_pager_is_silent_on_a_single_page():
    assert _drawn("{% pager page %}", page=Paginator([1], 10).page(1)) == ""


@pytest.mark.parametrize(
    ("level", "role", "stays"),
    [("error", "alert", "persistent"), ("success", "status", "passing")],
)
def test_toast_stays_when_it_tells_of_an_error(level, role, stays):
    message = SimpleNamespace(level_tag=level, __str__=str)

    drawn = _drawn("{% toast message %}", message=message)

    assert f'role="{role}" data-toast="{stays}"' in drawn
    assert 'data-dismiss="toast" hidden' in drawn


class PolicyTable(tables.Table):
    name = tables.Column()
    kind = tables.Column(orderable=False)


def _table_drawn(rows, address="/"):
    request = RequestFactory().get(address)
    table = PolicyTable(rows, empty_text="No policies yet")
    tables.RequestConfig(request, paginate={"per_page": 2}).configure(table)
    source = "{% load django_tables2 %}{% render_table table %}"
    return _drawn(source, table=table, request=request)


def test_table_sorts_by_link_and_says_how_it_is_sorted():
    rows = [{"name": name, "kind": "k"} for name in ("b", "a", "c")]

    drawn = _table_drawn(rows, "/?sort=name&search=x")

    assert drawn.count('aria-sort="ascending"') == 1
    assert 'href="?sort=-name&amp;search=x"' in drawn
    assert re.findall(r'data-label="Name">(\w)</td>', drawn) == ["a", "b"]
    assert "1\N{EN DASH}2 of 3" in drawn


def test_an_empty_table_says_so():
    drawn = _table_drawn([])

    assert "No policies yet" in drawn
    assert "<table" not in drawn


def _colours(theme):
    block = STYLES[STYLES.index(theme) :].partition("}")[0]
    return dict(re.findall(r"--rs-([\w-]+): (#[0-9a-f]{6});", block))


def _luminance(colour):
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one, other):
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
def test_text_can_be_read_on_every_ground(theme):
    colours = _colours(theme)
    grounds = ("canvas", "surface", "sunken")
    pairs = [(text, ground) for text in ("ink", "muted", "link") for ground in grounds]
    pairs += [("on-brand", "brand"), ("on-brand", "brand-strong"), ("link", "brand-soft")]
    pairs += [("muted", "brand-soft"), ("ink", "brand-soft"), ("ink", "info-bg")]
    for tone in TONES:
        pairs += [(f"{tone}-fg", ground) for ground in (f"{tone}-bg", *grounds)]
        pairs += [("ink", f"{tone}-bg")]

    weak = {
        pair: round(contrast, 2)
        for pair in pairs
        if (contrast := _contrast(colours[pair[0]], colours[pair[1]])) < READABLE
    }

    assert weak == {}


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
def test_edges_of_controls_and_focus_can_be_told(theme):
    colours = _colours(theme)

    weak = [
        (edge, ground)
        for edge in ("control-line", "focus")
        for ground in ("canvas", "surface", "sunken")
        if _contrast(colours[edge], colours[ground]) < DISCERNIBLE
    ]

    assert weak == []


def test_every_tone_of_the_registry_has_its_colours():
    used = {badge.tone.value for family in BADGES.values() for badge in family.values()}

    assert used <= set(TONES)
    assert [tone for tone in TONES if f".tone-{tone} {{" not in STYLES] == []
