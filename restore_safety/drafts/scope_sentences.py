"""A scope in one sentence, wherever it is named."""

from restore_safety.truth.scope import AssignmentMode, ConditionalAccessState, Scope, ScopeMode

ASSIGNMENTS_IN_WORDS = {
    AssignmentMode.REPLACE: "with assignments",
    AssignmentMode.MERGE: "with assignments merged",
    AssignmentMode.LEAVE: "without assignments",
}


def summary_of(scope: Scope, *, label: str) -> str:
    """A scope in one sentence; the label names its backup set."""
    count = len(scope.items)
    policies = "1 policy" if count == 1 else f"{count} policies"
    which = "all of" if scope.mode is ScopeMode.ALL else "selected from"
    assignments = ASSIGNMENTS_IN_WORDS[scope.assignment_mode]
    foundations = "" if scope.include_foundations else " and without foundations"
    state = conditional_access_written(scope.conditional_access_state)
    mapped = references_mapped(len(scope.mapping))
    if scope.undoes:
        return f"Undo of {policies}, {which} “{label}”, {assignments}."
    return f"{policies}, {which} “{label}”, {assignments}{foundations}{state}{mapped}."


def references_mapped(count: int) -> str:
    """How many references are mapped, as the end of a sentence; empty when none is."""
    if not count:
        return ""
    return f", {count} reference{'' if count == 1 else 's'} mapped"


def conditional_access_written(state: ConditionalAccessState) -> str:
    """The state that is forced on conditional access, as the end of a sentence."""
    if state is ConditionalAccessState.AS_BACKED_UP:
        return ""
    return f", conditional access {state.label.lower()}"
