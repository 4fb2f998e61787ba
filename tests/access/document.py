"""The matrix as a page of the documentation, written from the rules that hold."""

from tests.access.acts import About

_HEAD = """# Who is answered what

Every address and method, as everyone, against three tenants: one's own, another of the same
workspace, and one of another workspace. The numbers are HTTP statuses. They are those of
the rules in `tests/access/test_matrix.py`, which holds every answer against them; `make docs`
writes this page anew. An address without a row fails that test, and a method
without one is answered 405.

* 302 for `anonymous` leads to the sign-in; 404 hides that there is anything; 403 says which
  capability is missing.
* `outsider` owns the tenant of the other workspace; `member` belongs to the workspace and has no
  role on any tenant.
* Where an address is about a tenant, the columns of the people are their own. The last two are what
  everyone signed in reads of another tenant of the workspace, and of one of another workspace
  (the outsider aside, whose own that is).
* Rows of members, groups and invitations are about a workspace's people: they need the capability
  on one of its tenants, and who is no member does not know of them.
* Addresses under `api:` are asked with a token that has every scope of its person; without one they
  answer 401. What is open to everyone (signing in, `healthz`, the API's own document) and what is
  for staff alone (`admin:`) is measured in `tests/test_isolation.py`.
* What is hidden and what does not exist are answered alike in body and in number of queries:
  `tests/access/test_leaks.py`.

"""


_BY_CAPABILITY = {About.TENANT, About.ANY_TENANT, About.WORKSPACE}
_OTHERWISE = {
    About.NOTHING: "to be signed in",
    About.PERSON: "to be its person",
    About.LINK: "the link",
}


def document_of(acts, people, statuses):
    head = ["method and address", "needs", *people, "another tenant", "another workspace"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for act in sorted(acts, key=lambda one: (one.route, one.key)):
        cells = [str(statuses[act.key, person, "own tenant"]) for person in people]
        signed_in = [person for person in people if person != "anonymous"]
        others = {statuses.get((act.key, person, "other tenant"), 0) for person in signed_in}
        foreign = {
            statuses[act.key, person, "other workspace"]
            for person in signed_in
            if person != "outsider"
        }
        needs = act.needs.label if act.about in _BY_CAPABILITY else _OTHERWISE[act.about]
        elsewhere = {
            About.TENANT: (_all_of(others), _all_of(foreign)),
            About.WORKSPACE: ("", _all_of(foreign)),
        }.get(act.about, ("", ""))
        row = [act.key, needs, *cells, *elsewhere]
        lines.append(f"| {' | '.join(row)} |")
    return _HEAD + "\n".join(lines) + "\n"


def _all_of(statuses):
    return ", ".join(str(status) for status in sorted(statuses))
