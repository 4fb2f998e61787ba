"""What is turned wrong in a module, under which name, and what is left as it is."""

import tomllib
from types import CodeType

from tests.mutants.__main__ import EQUIVALENT, FOLDER, PACKAGE
from tests.mutants.altering import mutants_of

SOURCE = '''"""A docstring."""

from restore_safety.truth.words import Word

__all__ = ["Light"]


class Light(Word):
    RED = "red", "Red", "It stops."
    GREEN = "green", "Green", "It lets pass."


def may_pass(light: Light, waited: int) -> bool:
    """Whether to go."""
    if light is Light.GREEN and waited > 2:
        return True
    return False
'''


def _made(folder):
    (folder / "lights.py").write_text(SOURCE)
    return mutants_of("made_up", folder)


def test_each_mutant_is_one_small_thing_turned_wrong(tmp_path):
    assert [mutant.name for mutant in _made(tmp_path)] == [
        "lights.Light: 'red' → 'red!'",
        "lights.Light: 'green' → 'green!'",
        "lights.may_pass: if light is Light.GREEN and waited > 2: … → if True: …",
        "lights.may_pass: if light is Light.GREEN and waited > 2: … → if False: …",
        "lights.may_pass: light is Light.GREEN and waited > 2 → light is Light.GREEN or waited > 2",
        "lights.may_pass: light is Light.GREEN and waited > 2 → waited > 2",
        "lights.may_pass: light is Light.GREEN and waited > 2 → light is Light.GREEN",
        "lights.may_pass: light is Light.GREEN → light is not Light.GREEN",
        "lights.may_pass: Light.GREEN → Light.RED",
        "lights.may_pass: waited > 2 → waited >= 2",
        "lights.may_pass: 2 → 3",
        "lights.may_pass: 2 → 1",
        "lights.may_pass: True → False",
        "lights.may_pass: False → True",
    ]


def test_a_mutant_runs_as_it_is_named(tmp_path):
    mutant = next(one for one in _made(tmp_path) if one.name.endswith("2 → 1"))
    module = {"__name__": "lights"}

    exec(mutant.compiled(), module)  # noqa: S102 -- the source above, a moment ago

    assert (mutant.line, module["may_pass"](module["Light"].GREEN, 2)) == (15, True)


def test_of_two_conditions_each_is_left_alone_once(tmp_path):
    made = {one.name.rpartition(" → ")[2]: one.compiled for one in _made(tmp_path)}
    answers = {}

    for left in ("waited > 2", "light is Light.GREEN"):
        module = {"__name__": "lights"}
        exec(made[left](), module)  # noqa: S102 -- the source above, a moment ago
        red, green = module["Light"]
        may_pass = module["may_pass"]
        answers[left] = may_pass(red, 2), may_pass(red, 3), may_pass(green, 2), may_pass(green, 3)

    assert answers == {
        "waited > 2": (False, True, False, True),
        "light is Light.GREEN": (False, False, True, True),
    }


def test_every_mutant_of_the_pure_core_compiles():
    for mutant in mutants_of(PACKAGE, FOLDER):
        assert isinstance(mutant.compiled(), CodeType), mutant.name


def test_every_reason_on_record_is_for_a_mutant_that_is_made():
    reasons = tomllib.loads(EQUIVALENT.read_text())

    assert all(reasons.values())
    assert reasons.keys() <= {mutant.name for mutant in mutants_of(PACKAGE, FOLDER)}
