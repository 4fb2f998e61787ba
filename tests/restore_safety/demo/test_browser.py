import pytest

from restore_safety.demo.browser import MissingFormError, Page

MARKUP = """
<input name="nobody" value="outside of any form">
<form method="get" role="search"><input name="q" value="edge"></form>
<form method="post" action="/queue/">
  <input type="hidden" name="csrfmiddlewaretoken" value="token">
  <input type="checkbox" name="acknowledged" value="one">
  <input type="checkbox" name="acknowledged" value="two" checked>
  <input type="radio" name="scope-mode" value="all">
  <input type="radio" name="scope-mode" value="selected" checked>
  <select name="scope-type">
    <option value="">All</option>
    <option value="scripts" selected>Scripts</option>
  </select>
  <textarea name="reason">
because &amp; why</textarea>
  <input name="switched_off" value="1" disabled>
  <button name="action" value="restore">Queue</button>
  <button name="action" value="copy" disabled>Copy</button>
  <button form="rehearsal" name="action" value="dry-run">Dry run</button>
</form>
<form method="post" action="/rehearse/" id="rehearsal"></form>
"""
PAGE = Page("http://demo/drafts/1/confirm/?q=edge", 200, MARKUP, {})


def test_form_is_read_as_a_browser_would_send_it():
    form = PAGE.form(to="/queue/")

    assert (form.action, form.method) == ("http://demo/queue/", "post")
    assert form.values == {
        "csrfmiddlewaretoken": ["token"],
        "acknowledged": ["two"],
        "scope-mode": ["selected"],
        "scope-type": ["scripts"],
        "reason": ["because & why"],
    }
    assert form.options == {
        "acknowledged": ["one", "two"],
        "scope-mode": ["all", "selected"],
        "scope-type": ["", "scripts"],
    }
    assert form.buttons == [("action", "restore")]


def test_button_outside_of_its_form_belongs_to_it():
    assert PAGE.form(to="/rehearse/").buttons == [("action", "dry-run")]


def test_form_without_action_goes_to_its_own_page():
    assert PAGE.forms[0].action == PAGE.url


def test_field_is_found_under_the_name_the_wizard_gives_it():
    form = PAGE.form(having="mode")

    assert form.name_of("mode") == "scope-mode"


def test_missing_form_is_said_with_the_page_it_misses_on():
    with pytest.raises(MissingFormError) as missing:
        PAGE.form(button="continue")

    assert str(missing.value) == f"{PAGE.url} (200) has no form for “continue”"
