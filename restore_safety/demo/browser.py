"""A browser without a screen: cookies, redirects, and forms filled in as they were served."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

_TIMEOUT_SECONDS = 60
_TICKABLE = frozenset({"checkbox", "radio"})

type Values = dict[str, list[str]]


class MissingFormError(LookupError):
    """The page has no form like the one asked for."""


@dataclass(slots=True)
class Form:
    """One form of a page: where it goes, what it holds, and what could be ticked or pressed."""

    action: str
    method: str
    values: Values = field(default_factory=dict)
    options: Values = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def name_of(self, suffix: str) -> str:
        """The whole name of a field, which a wizard puts its step before."""
        return next(
            name for name in (*self.values, *self.options) if name.rpartition("-")[2] == suffix
        )

    def has(self, suffix: str) -> bool:
        names = (*self.values, *self.options)
        return any(name.rpartition("-")[2] == suffix for name in names)


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def forms(self) -> Sequence[Form]:
        reader = _FormReader(self.url)
        reader.feed(self.text)
        reader.close()
        return reader.forms

    def form(self, *, to: str = "", having: str = "", button: str = "") -> Form:
        """The form that goes to such an address, has such a field and such a button value."""
        found = self.find_form(to=to, having=having, button=button)
        if found is None:
            wanted = to or having or button
            raise MissingFormError(f"{self.url} ({self.status}) has no form for “{wanted}”")
        return found

    def find_form(self, *, to: str = "", having: str = "", button: str = "") -> Form | None:
        return next(
            (
                form
                for form in self.forms
                if form.action.endswith(to)
                and (not having or form.has(having))
                and (not button or button in (value for _, value in form.buttons))
            ),
            None,
        )


class Browser:
    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))

    def open(self, address: str, *, headers: Mapping[str, str] | None = None) -> Page:
        return self.ask(Request(urljoin(self.origin, address), headers=dict(headers or {})))  # noqa: S310 -- the demo's own address

    def submit(self, form: Form, *, press: tuple[str, str] | None = None, **changes: str) -> Page:
        """Send the form as it stands but for the changes, which name fields by their suffix."""
        values = dict(form.values)
        for suffix, value in changes.items():
            values[form.name_of(suffix)] = [value]
        if press:
            values[press[0]] = [press[1]]
        body = urlencode(values, doseq=True)
        if form.method != "post":
            return self.open(f"{form.action}?{body}")
        return self.ask(Request(form.action, data=body.encode()))  # noqa: S310 -- from a page of the demo

    def ask(self, request: Request) -> Page:
        """The page a request ends at, redirects followed."""
        try:
            answer = self._opener.open(request, timeout=_TIMEOUT_SECONDS)
        except HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode("utf-8", "replace")
            return Page(answer.geturl(), answer.status, text, answer.headers)


class _FormReader(HTMLParser):
    """Collects the forms of a page; a field outside of any form is ignored."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._by_id: dict[str, Form] = {}
        self._elsewhere: list[tuple[str, str, dict[str, str]]] = []
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(
                action=urljoin(self.url, given.get("action") or self.url),
                method=given.get("method", "get").lower(),
            )
            self.forms.append(self._form)
            self._by_id[given.get("id", "")] = self._form
        elif "disabled" in given:
            return
        elif "form" in given:
            self._elsewhere.append((given["form"], tag, given))
        elif self._form is not None:
            self._take(self._form, tag, given)

    def close(self) -> None:
        super().close()
        for form_id, tag, given in self._elsewhere:
            # Such a field names its form, which may come later in the page.
            self._take(self._by_id[form_id], tag, given)

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "form":
                self._form = None
            case "select":
                self._select = ""
            case "textarea":
                self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._textarea:
            self._form.values[self._textarea] = [data.removeprefix("\n")]

    def _take(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        match tag:
            case "button" if name:
                form.buttons.append((name, given.get("value", "")))
            case "select":
                self._select = name
            case "option" if self._select:
                self._take_option(form, self._select, given, "selected" in given)
            case "textarea" if name:
                self._textarea = name
                form.values[name] = [""]
            case "input" if name:
                self._take_input(form, name, given)

    def _take_input(self, form: Form, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text").lower()
        if kind == "submit":
            form.buttons.append((name, given.get("value", "")))
        elif kind in _TICKABLE:
            self._take_option(form, name, given, "checked" in given)
        else:
            form.values.setdefault(name, []).append(given.get("value", ""))

    def _take_option(self, form: Form, name: str, given: dict[str, str], chosen: bool) -> None:  # noqa: FBT001 -- as the page says
        value = given.get("value", "on")
        form.options.setdefault(name, []).append(value)
        if chosen:
            form.values.setdefault(name, []).append(value)
