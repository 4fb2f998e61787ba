"""The matrix as a page of the documentation, written from what was measured."""

_HEAD = """# Who is answered what

Every address and method, as everybody, against three tenants: one's own, another of the same
workspace, and one of another workspace. The numbers are HTTP statuses. They are measured by
`tests/access/test_matrix.py`, which holds each against the rule and this page against the
measurement; `WRITE_ACCESS_MATRIX=1 .venv/bin/pytest tests/access` writes it anew. An address
without a row fails that test, and a method without one is answered 405.

* 302 for `anonymous` leads to the sign-in; 404 hides that there is anything; 403 says which
  capability is missing.
* `outsider` owns the tenant of the other workspace; `member` belongs to the workspace and has no
  role on any tenant.
* Where an address is about a tenant, the columns of the people are their own. The last two are what
  everybody signed in is told of another tenant of the workspace, and of one of another workspace
  (the outsider aside, whose own that is).
* What is hidden and what does not exist are answered alike in body and in number of queries:
  `tests/access/test_leaks.py`.

"""


def document_of(acts, people, measured):
    head = ["method and address", "needs", *people, "another tenant", "another workspace"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for act in sorted(acts, key=lambda one: (one.route, one.key)):
        cells = [str(measured[act.key, person, "own tenant"]) for person in people]
        signed_in = [person for person in people if person != "anonymous"]
        others = {measured[act.key, person, "other tenant"] for person in signed_in}
        foreign = {
            measured[act.key, person, "other workspace"]
            for person in signed_in
            if person != "outsider"
        }
        needs = act.needs.label if act.needs else "to be signed in"
        elsewhere = (_all_of(others), _all_of(foreign)) if act.is_of_a_tenant else ("", "")
        row = [act.key, needs, *cells, *elsewhere]
        lines.append(f"| {' | '.join(row)} |")
    return _HEAD + "\n".join(lines) + "\n"


def _all_of(statuses):
    return ", ".join(str(status) for status in sorted(statuses))
