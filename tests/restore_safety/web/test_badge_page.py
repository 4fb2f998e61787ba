"""The page of badges shows every state there is, from the one registry."""

import re

from django.urls import reverse
from django.utils.html import escape, strip_tags

from restore_safety.badges import all_badges
from restore_safety.web.badge_page import FAMILIES, badge_families
from tenants.web.badges import BADGES


def test_every_registered_enum_is_on_the_page():
    assert set(FAMILIES) == set(BADGES)
    assert {badge for family in badge_families() for badge in family.badges} == set(all_badges())


def test_the_page_spells_out_every_meaning(sign_in, member):
    text = sign_in(member).get(reverse("badges")).content.decode()

    assert [one for one in all_badges() if escape(one.label) not in text] == []
    assert [one for one in all_badges() if f'meaning">{escape(one.meaning)}<' not in text] == []


def test_every_badge_is_shown_in_light_and_in_dark(sign_in, member):
    text = sign_in(member).get(reverse("badges")).content.decode()

    for theme in ("light", "dark"):
        shown = re.findall(rf'data-bs-theme="{theme}"[^>]*>(<span.*?</span>)\s*</span>', text)
        labels = [strip_tags(look) for look in shown]
        assert sorted(labels) == sorted(escape(one.label) for one in all_badges())


def test_the_page_is_linked_from_every_page(sign_in, auditor):
    text = sign_in(auditor).get(reverse("home")).content.decode()

    assert f'href="{reverse("badges")}"' in text


def test_the_page_asks_to_sign_in(client, db):
    response = client.get(reverse("badges"))

    assert response.url == f"{reverse('tenants:sign-in')}?next={reverse('badges')}"
