"""A go-between that alters what the tenant answers, as reports say Graph answers."""

import json
from dataclasses import replace
from urllib.parse import unquote

from tenants.graph.exchange import Exchange


def altering(monkeypatch, change):
    """From now on `change(path, body)` gives each body read; path and query below the host.

    It may give another status with a body, as a pair.
    """
    answer_to = Exchange._answer_to  # noqa: SLF001 -- where an answer is whole and nothing has read it yet

    def altered_answer_to(exchange, request):
        answer = answer_to(exchange, request)
        path = unquote(request.url.raw_path.decode())
        if not is_graph(path) or not answer.is_success or not answer.content:
            return answer
        return replaced(answer, path, request.content)

    def replaced(answer, path, sent):
        body = json.loads(answer.content)
        if path.partition("?")[0].endswith("/$batch"):
            return altered(answer, answer.status, in_batch(path, body, sent))
        return altered(answer, *changed(path, body, answer.status))

    def in_batch(path, body, sent):
        asked = {str(one["id"]): one for one in json.loads(sent)["requests"]}
        root = path.partition("/$batch")[0]
        for part in body["responses"]:
            one = asked[str(part["id"])]
            if one["method"] == "GET" and part["status"] < 300:
                address = f"{root}/{unquote(one['url']).lstrip('/')}"
                part["status"], part["body"] = changed(address, part["body"], part["status"])
        return body

    def changed(path, body, status):
        given = change(path, body)
        return given if isinstance(given, tuple) else (status, given)

    monkeypatch.setattr(Exchange, "_answer_to", altered_answer_to)


def is_graph(path):
    return path.startswith(("/beta/", "/v1.0/"))


def altered(answer, status, body):
    return replace(answer, status=status, content=json.dumps(body).encode())


def everywhere(body, change):
    """The body with every object in it changed, the innermost first."""
    if isinstance(body, list):
        return [everywhere(one, change) for one in body]
    if isinstance(body, dict):
        return change({key: everywhere(one, change) for key, one in body.items()})
    return body
