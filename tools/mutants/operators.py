"""Which mutants there are: Cosmic Ray's operators, used as a library, and two of our own."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

import parso
import xxhash
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.operators.provider import OperatorProvider

from mutants.bridge import changes
from mutants.mutations import Mutant, is_shared, source_of
from omega_parity.selftest.probe.reference import file_of, reference_modules

_ROOMS: Final = frozenset({"costs", "execution", "portfolio", "quotes", "sizing", "strategy", "terms", "variants"})
MODULES: Final = tuple(
    module
    for module in reference_modules()
    if module.partition(".")[0] in _ROOMS and not file_of(module).endswith("__init__.py")
)
"""The reference's execution, costs, sizing, portfolio and strategy, and what these ask of symbol, bar and variant."""

_ARITHMETIC: Final = ("Add", "Sub", "Mul", "Div")
_ORDER: Final = ("Eq", "NotEq", "Lt", "LtE", "Gt", "GtE")
_FROM_LIBRARY: Final = (
    *(f"ReplaceBinaryOperator_{a}_{b}" for a in _ARITHMETIC for b in _ARITHMETIC if a != b),
    *(f"ReplaceComparisonOperator_{a}_{b}" for a in _ORDER for b in _ORDER if a != b),
    *("ReplaceComparisonOperator_Is_IsNot", "ReplaceComparisonOperator_IsNot_Is"),
    *("ReplaceUnaryOperator_USub_UAdd", "ReplaceUnaryOperator_Delete_Not", "AddNot", "NumberReplacer"),
    *("ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ZeroIterationForLoop"),
)
"""Left out: operators of bits, powers and remainders, which floats do not have, and removed decorators and variables
put in place of others, which mostly end at import."""

_Span = tuple[tuple[int, int], tuple[int, int]]


class DropStatement(Operator):  # type: ignore[misc]  # the library has no types
    """Leaves out a call, or an assignment to an attribute or an item: state that is not kept."""

    def mutation_positions(self, node: Any) -> Iterator[_Span]:
        """Yield the statement."""
        if node.type == "simple_stmt" and self._changes_state(node.children[0]):
            yield node.start_pos, node.children[0].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Put `pass` in its place."""
        prefix = node.children[0].get_first_leaf().prefix
        node.children[0] = parso.parse(f"{prefix}pass")
        return node

    @staticmethod
    def _changes_state(statement: Any) -> bool:
        if statement.type == "atom_expr":
            return True
        is_assignment: bool = statement.type == "expr_stmt" and statement.children[0].type == "atom_expr"
        return is_assignment

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """Show what it does."""
        return (Example("self.x = 1", "pass"), Example("keep(x)", "pass"))


class SwapArguments(Operator):  # type: ignore[misc]  # the library has no types
    """Swaps the first two positional arguments of a call."""

    def mutation_positions(self, node: Any) -> Iterator[_Span]:
        """Yield the arguments."""
        if node.type == "arglist" and node.parent.type == "trailer" and self._are_positional(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Swap them."""
        first, comma, second = (child.get_code(include_prefix=False) for child in node.children[:3])
        node.children[:3] = [parso.parse(f"{second}{comma} {first}")]
        return node

    @staticmethod
    def _are_positional(node: Any) -> bool:
        places = (node.children[0], node.children[2]) if len(node.children) >= 3 else ()
        return bool(places) and all(child.type != "argument" for child in places)

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """Show what it does."""
        return (Example("f(a, b)", "f(b, a)"),)


_OWN: Final = {"DropStatement": DropStatement, "SwapArguments": SwapArguments}
_OF_REFERENCE: Final = (*_FROM_LIBRARY, *_OWN)
_OF_BRIDGE: Final = (*_OF_REFERENCE, *changes.FROM_LIBRARY, *changes.OWN)


def find_mutant(name: str) -> Mutant:
    """Return the mutant of that name.

    Raises
    ------
    ValueError
        When there is none.
    """
    for mutant in mutants_of(name.partition(":")[0]):
        if mutant.name == name:
            return mutant
    raise ValueError(f"no mutant {name!r}")


def sampled(count: int | None, seed: int, modules: Sequence[str] = MODULES) -> list[Mutant]:
    """Draw ``count`` mutants, or all, in the order of the source; a larger sample contains the smaller."""
    every = [mutant for module in modules for mutant in mutants_of(module)]
    every.sort(key=lambda mutant: xxhash.xxh3_64_intdigest(mutant.name.encode(), seed))
    return sorted(every[:count])


@cache
def mutants_of(module: str) -> tuple[Mutant, ...]:
    """List the mutants of a module: its code, without annotations, decorators and assertions.

    An assertion says what the type checker cannot know and is never false; a weaker one is no other program.
    """
    source = source_of(module)
    left_out = tuple(_left_out(source))
    found = []
    tree = get_ast(source)
    for name in _OF_BRIDGE if is_shared(module) else _OF_REFERENCE:
        operator = _operator(name)
        positions = (start for node in ast_nodes(tree) for start, _ in operator.mutation_positions(node))
        for occurrence, (line, column) in enumerate(positions):
            if not any(start <= (line, column) < end for start, end in left_out):
                found.append(Mutant(module, line, column, name, occurrence))
    return tuple(sorted(found))


def _operator(name: str) -> Any:
    own = _OWN.get(name) or changes.OWN.get(name)
    return OperatorProvider()[name]() if own is None else own()


@cache
def mutated(mutant: Mutant) -> str:
    """Return the source of the mutant's module with its change."""
    source = MutationVisitor.mutate_code(source_of(mutant.module), _operator(mutant.operator), mutant.occurrence)
    assert isinstance(source, str), mutant.name
    return source


def _left_out(source: str) -> Iterator[_Span]:
    for node in ast.walk(ast.parse(source)):
        parts: list[ast.expr | ast.stmt] = []
        if isinstance(node, ast.Assert):
            parts.append(node)
        elif isinstance(node, ast.AnnAssign):
            parts += [] if _is_a_range(node.annotation) else [node.annotation]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            parts += [decorator for decorator in node.decorator_list if not _acts(decorator)]
        elif (
            isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.BitOr)
        ):
            parts.append(node)  # a union of types
        if isinstance(node, ast.FunctionDef):
            yield from _signature(node)
        yield from ((_start(part), _end(part)) for part in parts)


def _is_a_range(annotation: ast.expr) -> bool:
    """Whether an annotation does something: the ranges of settings stand in them."""
    return any(isinstance(part, ast.Call) for part in ast.walk(annotation))


def _acts(decorator: ast.expr) -> bool:
    """Whether a decorator takes arguments that change what happens, as those that name the field of an error."""
    is_call = isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name)
    return is_call and ast.unparse(decorator).startswith("guarded(")


def _signature(function: ast.FunctionDef) -> Iterator[_Span]:
    """Everything between `def` and the body but the defaults."""
    start = _start(function)
    for default in (*function.args.defaults, *filter(None, function.args.kw_defaults)):
        yield start, _start(default)
        start = _end(default)
    yield start, _start(function.body[0])


def _start(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr | ast.stmt) -> tuple[int, int]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset
