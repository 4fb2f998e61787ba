"""The grammar of assignment filter rules."""

import re

_TOKENS = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<list>\[(?:[^\[\]])*\])"
    r'|(?P<text>"(?:[^"\\]|\\.)*")|(?P<operator>-\w+)|(?P<word>[\w.]+))'
)
_OPERATORS = frozenset(
    {
        "-eq",
        "-ne",
        "-in",
        "-notin",
        "-startswith",
        "-notstartswith",
        "-endswith",
        "-notendswith",
        "-contains",
        "-notcontains",
        "-match",
        "-notmatch",
        "-gt",
        "-ge",
        "-lt",
        "-le",
    }
)
_MAX_LENGTH = 3072

type _Token = tuple[str, str]


def is_filter_rule(text: str) -> bool:
    """Whether the text is comparisons joined by and, or, not and parentheses."""
    tokens = _tokens(text) if len(text) <= _MAX_LENGTH else None
    return tokens is not None and bool(tokens) and _expression(tokens, 0) == len(tokens)


def _tokens(text: str) -> list[_Token] | None:
    found: list[_Token] = []
    position, text = 0, text.rstrip()
    while position < len(text):
        match = _TOKENS.match(text, position)
        if match is None or not match.lastgroup:
            return None
        found.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return found


def _expression(tokens: list[_Token], start: int) -> int:
    """Where the expression ends, or -1 if there is none."""
    end = _term(tokens, start)
    while end > 0 and _word(tokens, end) in ("and", "or", "-and", "-or"):
        end = _term(tokens, end + 1)
    return end


def _term(tokens: list[_Token], start: int) -> int:
    if _word(tokens, start) in ("not", "-not"):
        return _term(tokens, start + 1)
    if start < len(tokens) and tokens[start][0] == "open":
        end = _expression(tokens, start + 1)
        return end + 1 if 0 < end < len(tokens) and tokens[end][0] == "close" else -1
    return _comparison(tokens, start)


def _comparison(tokens: list[_Token], start: int) -> int:
    if start + 3 > len(tokens):
        return -1
    (kind, name), (_, operator), (value_kind, value) = tokens[start : start + 3]
    is_member = kind == "word" and re.fullmatch(r"(device|app)\.\w+", name)
    is_value = value_kind in ("text", "list") or value.casefold() in ("true", "false", "null")
    return start + 3 if is_member and operator.casefold() in _OPERATORS and is_value else -1


def _word(tokens: list[_Token], at: int) -> str:
    is_there = at < len(tokens) and tokens[at][0] in ("word", "operator")
    return tokens[at][1].casefold() if is_there else ""
