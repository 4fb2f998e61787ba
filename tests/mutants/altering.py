"""The mutants of a module: each the whole module with one small thing in it turned wrong.

Left as they are: annotations, docstrings, `__all__`, imports, decorators (test_purity holds those),
and prose that is only shown: the labels and sentences of states and the messages of errors.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import CodeType

_COMPARED_OTHERWISE = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COMBINED_OTHERWISE = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.BitAnd: ast.BitOr,
}
_CALLED_OTHERWISE = {"any": "all", "all": "any", "min": "max", "max": "min"}
# What these make of their argument is the point of calling them.
_SHAPING = {"sorted", "set", "sum", "len", "bool", "tuple", "dict"}
_UNTOUCHED = (ast.Import, ast.ImportFrom, ast.Pass, ast.Raise)


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One wrong module; its name holds as long as the line it is made from does."""

    module: str
    name: str
    line: int
    compiled: Callable[[], CodeType]


@dataclass(frozen=True)
class _Place:
    """Where in the tree something stands, so that something else can stand there."""

    parent: ast.AST
    field: str
    index: int | None
    owner: str

    @property
    def node(self) -> ast.AST:
        found = getattr(self.parent, self.field)
        return found if self.index is None else found[self.index]

    @contextmanager
    def holding(self, node: ast.AST | None) -> Iterator[None]:
        """Another node here for a while; None takes the present one away."""
        present = getattr(self.parent, self.field)
        if self.index is None:
            other = node
        else:
            put = [] if node is None else [node]
            other = [*present[: self.index], *put, *present[self.index + 1 :]]
        setattr(self.parent, self.field, other)
        try:
            yield
        finally:
            setattr(self.parent, self.field, present)


def mutants_of(package: str, folder: Path) -> list[Mutant]:
    """Every mutant of the package, in the order of its text."""
    trees = {path: ast.parse(path.read_text()) for path in sorted(folder.glob("*.py"))}
    swaps = _next_members(trees.values())
    return [
        mutant
        for path, tree in trees.items()
        for mutant in _mutants_in(tree, f"{package}.{path.stem}", swaps)
    ]


def _mutants_in(tree: ast.Module, module: str, swaps: dict[str, str]) -> Iterator[Mutant]:
    seen: Counter[str] = Counter()
    for place in _places(tree, owner=""):
        for other in _others(place, swaps):
            name = f"{module.rpartition('.')[2]}{place.owner}: {_told(place.node, other)}"
            seen[name] += 1
            yield Mutant(
                module=module,
                name=name if seen[name] == 1 else f"{name} #{seen[name]}",
                line=_line_of(place.node),
                compiled=_compiler(tree, place, other),
            )


def _compiler(tree: ast.Module, place: _Place, other: ast.AST | None) -> Callable[[], CodeType]:
    def compiled() -> CodeType:
        with place.holding(other):
            return compile(ast.fix_missing_locations(tree), "<mutant>", "exec")

    return compiled


def _line_of(node: ast.AST) -> int:
    return next(part.lineno for part in ast.walk(node) if hasattr(part, "lineno"))


def _told(node: ast.AST, other: ast.AST | None) -> str:
    if isinstance(node, ast.Dict | ast.Set):
        return f"without {_first_line(_left_out(node, other))}"
    return f"{_first_line(node)} → {_first_line(other) if other else 'nothing'}"


def _left_out(node: ast.Dict | ast.Set, other: ast.Dict | ast.Set) -> ast.AST:
    remaining = _parts(other)
    return next(part for part in _parts(node) if part not in remaining)


def _parts(display: ast.Dict | ast.Set) -> list[ast.AST]:
    """The keys or elements; of another mapping taken over whole, that mapping."""
    if isinstance(display, ast.Set):
        return list(display.elts)
    pairs = zip(display.keys, display.values, strict=True)
    return [key or value for key, value in pairs]


def _first_line(node: ast.AST) -> str:
    lines = ast.unparse(node).splitlines()
    return lines[0] if len(lines) == 1 else f"{lines[0]} …"


def _places(parent: ast.AST, owner: str) -> Iterator[_Place]:
    if isinstance(parent, ast.ClassDef | ast.FunctionDef):
        owner = f"{owner}.{parent.name}"
    for field, value in ast.iter_fields(parent):
        if field in {"decorator_list", "annotation", "returns", "bases", "ctx", "type_params"}:
            continue
        children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if isinstance(child, ast.AST) and not _is_untouched(child, parent):
                yield _Place(parent, field, index, owner)
                yield from _places(child, owner)


def _is_untouched(node: ast.AST, parent: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.match_case) and isinstance(node.pattern, ast.MatchAs):
        return True  # there is no such case: the type checker proves that
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
        return True
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    is_shown = is_text and node.value[:1].isupper()
    return isinstance(node, _UNTOUCHED) or (is_shown and isinstance(parent, ast.Tuple))


def _others(place: _Place, swaps: dict[str, str]) -> Iterator[ast.AST | None]:  # noqa: C901, PLR0912 -- one row per kind of node
    match place.node:
        case ast.Compare(left=left, ops=[operator], comparators=right):
            yield ast.Compare(left, [_COMPARED_OTHERWISE[type(operator)]()], right)
        case ast.Compare(left=left, ops=[first, second], comparators=right):
            yield ast.Compare(left, [_COMPARED_OTHERWISE[type(first)](), second], right)
            yield ast.Compare(left, [first, _COMPARED_OTHERWISE[type(second)]()], right)
        case ast.BoolOp(op=operator, values=values):
            yield ast.BoolOp(ast.And() if isinstance(operator, ast.Or) else ast.Or(), values)
            yield from (_joined(operator, kept) for kept in _each_left_out(values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=operator, right=right):
            yield ast.BinOp(left, _COMBINED_OTHERWISE[type(operator)](), right)
        case ast.Constant(value=value):
            yield from map(ast.Constant, _other_values(value))
        case ast.JoinedStr():
            yield ast.Constant("")
        case ast.Attribute() as attribute if ast.unparse(attribute) in swaps:
            yield ast.parse(swaps[ast.unparse(attribute)], mode="eval").body
        case ast.Set(elts=elements) if len(elements) > 1:
            yield from map(ast.Set, _each_left_out(elements))
        case ast.Dict(keys=keys, values=values):
            pairs = _each_left_out(list(zip(keys, values, strict=True)))
            yield from (ast.Dict([k for k, _ in kept], [v for _, v in kept]) for kept in pairs)
        case ast.Call() as call:
            yield from _other_calls(call)
        case ast.If(body=body, orelse=orelse):
            yield ast.If(ast.Constant(value=True), body, orelse)
            yield ast.If(ast.Constant(value=False), body, orelse)
        case ast.IfExp(body=body, orelse=orelse):
            yield body
            yield orelse
        case ast.comprehension(target=target, iter=iterated, ifs=[_, *_]):
            yield ast.comprehension(target, iterated, [], 0)
        case ast.Return(value=value) if value and not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.AugAssign() | ast.Continue() | ast.For():
            yield ast.Pass()
        case ast.MatchOr(patterns=patterns):
            yield from map(_matching, _each_left_out(patterns))
        case ast.match_case():
            yield None
        case _:
            return


def _each_left_out[T](members: list[T]) -> list[list[T]]:
    return [members[:index] + members[index + 1 :] for index in range(len(members))]


def _joined(operator: ast.boolop, values: list[ast.expr]) -> ast.expr:
    return values[0] if len(values) == 1 else ast.BoolOp(operator, values)


def _matching(patterns: list[ast.pattern]) -> ast.pattern:
    return patterns[0] if len(patterns) == 1 else ast.MatchOr(patterns)


def _other_values(value: object) -> list[object]:
    match value:
        case bool():
            return [not value]
        case int():
            return [value + 1, value - 1]
        case str():
            return [f"{value}!"]
        case _:
            return []


def _other_calls(call: ast.Call) -> Iterator[ast.AST]:
    match call:
        case ast.Call(func=ast.Name(id=name), args=args) if name in _CALLED_OTHERWISE:
            yield ast.Call(ast.Name(_CALLED_OTHERWISE[name], ast.Load()), args, call.keywords)
        case ast.Call(func=ast.Name(id=name), args=[shaped]) if name in _SHAPING:
            yield shaped
        case ast.Call(func=ast.Attribute(value=value), args=[]):
            yield value
        case _:
            return


def _next_members(trees: "Iterator[ast.Module]") -> dict[str, str]:
    """Each member of each enum, and the one that stands in for it: the next, or the first again."""
    swaps: dict[str, str] = {}
    for tree in trees:
        for declared in [node for node in tree.body if isinstance(node, ast.ClassDef)]:
            members = [
                f"{declared.name}.{line.targets[0].id}"
                for line in declared.body
                if isinstance(line, ast.Assign)
                and isinstance(line.targets[0], ast.Name)
                and not isinstance(line.value, ast.Call)
            ]
            swaps |= dict(pairwise([*members, *members[:1]]))
    return swaps
