"""Rows of the mapping editor as a page posts them."""

GROUP = "6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c"
OTHER_GROUP = "0f4d2c9a-64f4-4f0f-8a38-5a2f2a1f7c11"


def rows(*entered):
    """What is posted for rows of kind, source and what is entered here."""
    posted = {"scope-map-TOTAL_FORMS": str(len(entered)), "scope-map-INITIAL_FORMS": "0"}
    for number, (kind, source, here) in enumerate(entered):
        posted |= {
            f"scope-map-{number}-kind": kind,
            f"scope-map-{number}-source": source,
            f"scope-map-{number}-here": here,
        }
    return posted


def mapped(*, here):
    """The row of one group of the backup."""
    return rows(("group", GROUP, here))
