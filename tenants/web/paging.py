"""Rows by the page: the one way every table of the product is cut and ordered."""

from django.http import HttpRequest
from django_tables2 import RequestConfig, Table


def paginated(request: HttpRequest, table: Table, *, per_page: int) -> Table:
    """The table in the order and at the page of the address, which does not choose the size.

    A page that is no number is the first, and one that does not exist the last.
    """
    RequestConfig(request, paginate=False).configure(table)
    table.paginate(per_page=per_page)
    table.page = table.paginator.get_page(request.GET.get(table.prefixed_page_field))
    return table
