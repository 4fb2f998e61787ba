"""One cut for every table: the size is ours, a page that is not there falls back."""

import django_tables2 as tables
import pytest
from django.test import RequestFactory
from django.urls import reverse

from tenants.web.paging import paginated

PAGED = [
    "tenants:tenant-list",
    "operations:run-list",
    "operations:notification-list",
    "restores:run-list",
    "backups:set-list",
]


class NumberTable(tables.Table):
    number = tables.Column()


def numbers(query):
    request = RequestFactory().get("/", query)
    table = paginated(request, NumberTable([{"number": n} for n in range(5)]), per_page=2)
    return [row.record["number"] for row in table.page.object_list]


@pytest.mark.parametrize("size", ["-1", "0", "1", "5000000", "x", ""])
def test_address_does_not_choose_the_size(size):
    assert numbers({"per_page": size}) == [0, 1]


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("2", [2, 3]),
        ("3", [4]),
        ("", [0, 1]),
        ("x", [0, 1]),
        ("1.5", [0, 1]),
        ("4", [4]),
        ("0", [4]),
        ("-1", [4]),
        ("9" * 30, [4]),
    ],
)
def test_page_that_is_not_there_falls_back(page, shown):
    assert numbers({"page": page}) == shown


def test_order_comes_from_the_address():
    assert numbers({"sort": "-number"}) == [4, 3]


@pytest.mark.parametrize("name", PAGED)
@pytest.mark.parametrize("query", ["per_page=-1", "per_page=0", "page=-1", "page=x", "sort=x"])
def test_list_answers_whatever_the_address_says(sign_in, operator, name, query):
    assert sign_in(operator).get(f"{reverse(name)}?{query}").status_code == 200
