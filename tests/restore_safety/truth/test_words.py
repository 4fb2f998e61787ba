import copy
import importlib
import pickle
import pkgutil
from enum import Enum

import pytest

import restore_safety.truth
from restore_safety.truth.attention import BOUNDARY, attention_for
from restore_safety.truth.causes import ReasonCode
from restore_safety.truth.words import Word

MODULES = [
    importlib.import_module(f"{restore_safety.truth.__name__}.{module.name}")
    for module in pkgutil.iter_modules(restore_safety.truth.__path__)
]
SPEAKING = sorted(
    {
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, (Word, ReasonCode)) and value is not Word
    },
    key=lambda kind: kind.__name__,
)
MEMBERS = [member for kind in SPEAKING for member in kind]


@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_every_state_has_a_label_and_a_sentence(member):
    assert member.value == member.name.lower()
    assert member.label[0].isupper()
    assert not member.label.endswith(".")
    assert member.sentence[0].isupper()
    assert member.sentence.endswith(".")


@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_a_state_is_found_by_its_stored_value_and_survives_copying(member):
    found = [type(member)(member.value), copy.deepcopy(member), pickle.loads(pickle.dumps(member))]  # noqa: S301 -- what was pickled a moment ago

    assert all(one is member for one in found)
    assert f"{member}" == member.value


def test_a_word_without_a_text_says_nothing():
    class Bare(Word):
        ALONE = "alone"

    assert (Bare.ALONE.value, Bare.ALONE.label, Bare.ALONE.sentence) == ("alone", "", "")


def test_nothing_is_called_safe_or_recovered():
    empty_run = attention_for({}, is_dry_run=False)
    texts = [BOUNDARY, empty_run.headline, empty_run.sentence]
    texts += [text for member in MEMBERS for text in (member.label, member.sentence)]
    words = {word.strip(".,:;'").lower() for text in texts for word in text.split()}

    assert words & {"safe", "safely", "recovered", "successful", "successfully"} == set()


def test_no_two_states_of_a_kind_look_alike():
    for kind in SPEAKING:
        labels = [member.label for member in kind]

        assert issubclass(kind, Enum)
        assert len(set(labels)) == len(labels)
