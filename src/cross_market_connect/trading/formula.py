"""Formulas of a configuration: read by a real parser, checked, and made into a flat program. Nothing is ever evaluated
as code.

    sum     = product { ("+" | "-") product }
    product = factor { ("*" | "/") factor }
    factor  = ("+" | "-") factor | number | name | function "(" sum { "," sum } ")" | "(" sum ")"
    function = "min" | "max" (two or more), "abs" (one)

A leg's name stands for its price in the spread's unit and currency, and is above zero like every live input. Buying
the spread trades each leg on the side of the book that its derivative demands, so the sign of every leg's derivative
must be decidable: signs are followed through the tree as sets of what is possible.
"""

from __future__ import annotations

from typing import Final, final

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.formula import (
    ABSOLUTE,
    ADD,
    DIVIDE,
    MAXIMUM,
    MINIMUM,
    MULTIPLY,
    NEGATE,
    PUSH_ARGUMENT,
    PUSH_CONSTANT,
    SUBTRACT,
    Formula,
)

LENGTH_MAX: Final = 500
DEPTH_MAX: Final = 24
ARITHMETIC: Final[dict[str, int]] = {"+": int(ADD), "-": int(SUBTRACT), "*": int(MULTIPLY), "/": int(DIVIDE)}
FUNCTIONS: Final[dict[str, int]] = {"min": int(MINIMUM), "max": int(MAXIMUM), "abs": int(ABSOLUTE)}

# Sets of possible signs.
NEGATIVE: Final = 1
ZERO: Final = 2
POSITIVE: Final = 4
ANY: Final = 7


@final
class Node:
    """Part of the tree: an operation on `left` and `right`, a name (`argument` is its number) or a constant."""

    def __init__(self, operation: int, left: Node | None = None, right: Node | None = None) -> None:
        self.operation = operation
        self.left = left
        self.right = right
        self.argument = -1
        self.constant = 0.0


@final
class CompiledFormula:
    """A checked formula. `directions` holds +1 for each leg that it rises with, -1 for each that it falls with."""

    def __init__(self, formula: Formula, directions: list[int]) -> None:
        self.formula = formula
        self.directions = directions


def tokens_of(text: str) -> list[str]:
    """Numbers, names and signs. Raises InputError at a character that is none of them."""
    tokens: list[str] = []
    at = 0
    while at < len(text):
        start = at
        if text[at] == " ":
            at += 1
            continue
        if text[at] in "+-*/(),":
            at += 1
        elif text[at].isascii() and (text[at].isdigit() or text[at] == "."):
            while at < len(text) and text[at].isascii() and (text[at].isdigit() or text[at] == "."):
                at += 1
        elif text[at].isascii() and text[at].isalpha():
            while at < len(text) and text[at].isascii() and (text[at].isalnum() or text[at] == "_"):
                at += 1
        else:
            raise InputError([f"{text[at]!r} at position {at + 1}; expected numbers, names, + - * / ( ) , only"])
        tokens.append(text[start:at])
    return tokens


@final
class Parser:
    """Recursive descent, bounded in depth; constants are folded on the way."""

    def __init__(self, text: str, arguments: list[str], constants: dict[str, float]) -> None:
        self.tokens = tokens_of(text)
        self.at = 0
        self.arguments = arguments
        self.constants = constants
        self.used: list[str] = []

    def parse(self) -> Node:
        """The whole text as a tree."""
        result = self.sum(0)
        if self.at < len(self.tokens):
            raise InputError([f"{self.tokens[self.at]!r} after a complete formula; expected + - * / or its end"])
        return result

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def demand(self, token: str) -> None:
        if self.take() != token:
            raise InputError(
                [f"{self.tokens[self.at - 1] if self.at <= len(self.tokens) else 'its end'!r}; expected {token!r}"]
            )

    def sum(self, depth: int) -> Node:
        if depth > DEPTH_MAX:
            raise InputError([f"nested deeper than {DEPTH_MAX}; expected fewer parentheses"])
        result = self.product(depth)
        while self.peek() in ("+", "-"):
            operation = ARITHMETIC[self.take()]
            result = combined(operation, result, self.product(depth))
        return result

    def product(self, depth: int) -> Node:
        result = self.factor(depth)
        while self.peek() in ("*", "/"):
            operation = ARITHMETIC[self.take()]
            result = combined(operation, result, self.factor(depth))
        return result

    def factor(self, depth: int) -> Node:
        if depth > DEPTH_MAX:
            raise InputError([f"nested deeper than {DEPTH_MAX}; expected fewer parentheses"])
        token = self.take()
        if token == "+":
            return self.factor(depth + 1)
        if token == "-":
            return negated(self.factor(depth + 1))
        if token == "(":
            result = self.sum(depth + 1)
            self.demand(")")
            return result
        if token and (token[0].isdigit() or token[0] == "."):
            return number(token)
        if token in FUNCTIONS:
            return self.function(token, depth + 1)
        return self.name(token)

    def function(self, name: str, depth: int) -> Node:
        self.demand("(")
        operands = [self.sum(depth)]
        while self.peek() == ",":
            self.take()
            operands.append(self.sum(depth))
        self.demand(")")
        if name == "abs":
            if len(operands) != 1:
                raise InputError([f"abs of {len(operands)}; expected one value"])
            return absolute(operands[0])
        if len(operands) < 2:
            raise InputError([f"{name} of one value; expected two or more"])
        result = operands[0]
        for operand in operands[1:]:
            result = combined(FUNCTIONS[name], result, operand)
        return result

    def name(self, token: str) -> Node:
        if token not in self.used:
            self.used.append(token)
        if token in self.constants:
            return constant(self.constants[token])
        if token in self.arguments:
            result = Node(int(PUSH_ARGUMENT))
            result.argument = self.arguments.index(token)
            return result
        known = ", ".join([*self.arguments, *sorted(self.constants)])
        if token == "" or not token[0].isalpha():
            raise InputError([f"{token or 'its end'!r}; expected a number or one of {known}"])
        raise InputError([f"{token!r} is unknown; expected one of {known}, min, max, abs"])


def constant(value: float) -> Node:
    result = Node(int(PUSH_CONSTANT))
    result.constant = value
    return result


def number(token: str) -> Node:
    if token.count(".") > 1 or token == ".":
        raise InputError([f"{token!r}; expected a number such as 1.5"])
    return constant(float(token))


def is_constant(node: Node) -> bool:
    return node.operation == PUSH_CONSTANT


def negated(node: Node) -> Node:
    return constant(-node.constant) if is_constant(node) else Node(int(NEGATE), node)


def absolute(node: Node) -> Node:
    return constant(abs(node.constant)) if is_constant(node) else Node(int(ABSOLUTE), node)


def combined(operation: int, left: Node, right: Node) -> Node:
    """The operation on both, folded when both are constants. Raises InputError for a division by the constant zero."""
    if operation == DIVIDE and is_constant(right) and right.constant == 0.0:
        raise InputError(["division by zero; expected another divisor"])
    if not (is_constant(left) and is_constant(right)):
        return Node(operation, left, right)
    a, b = left.constant, right.constant
    if operation == ADD:
        return constant(a + b)
    if operation == SUBTRACT:
        return constant(a - b)
    if operation == MULTIPLY:
        return constant(a * b)
    if operation == DIVIDE:
        return constant(a / b)
    return constant(min(a, b) if operation == MINIMUM else max(a, b))


# ---------------------------------------------------------------------- signs


def opposite(signs: int) -> int:
    return (signs & ZERO) | (POSITIVE if signs & NEGATIVE else 0) | (NEGATIVE if signs & POSITIVE else 0)


def sum_signs(a: int, b: int) -> int:
    """Possible signs of the sum of two numbers."""
    result = 0
    for sign, other in ((a, b), (b, a)):
        if sign & ZERO:
            result |= other
    if a & POSITIVE and b & POSITIVE:
        result |= POSITIVE
    if a & NEGATIVE and b & NEGATIVE:
        result |= NEGATIVE
    if (a & POSITIVE and b & NEGATIVE) or (a & NEGATIVE and b & POSITIVE):
        result = ANY
    return result


def product_signs(a: int, b: int) -> int:
    """Possible signs of the product of two numbers."""
    result = ZERO if a & ZERO or b & ZERO else 0
    if (a & POSITIVE and b & POSITIVE) or (a & NEGATIVE and b & NEGATIVE):
        result |= POSITIVE
    if (a & POSITIVE and b & NEGATIVE) or (a & NEGATIVE and b & POSITIVE):
        result |= NEGATIVE
    return result


def value_signs(node: Node) -> int:
    """Possible signs of the node's value."""
    if node.operation == PUSH_CONSTANT:
        return POSITIVE if node.constant > 0.0 else NEGATIVE if node.constant < 0.0 else ZERO
    if node.left is None:
        return POSITIVE  # a leg or a live input
    left = value_signs(node.left)
    if node.operation == NEGATE:
        return opposite(left)
    if node.operation == ABSOLUTE:
        return (left | opposite(left)) & (ZERO | POSITIVE)
    right = ZERO if node.right is None else value_signs(node.right)
    if node.operation == ADD:
        return sum_signs(left, right)
    if node.operation == SUBTRACT:
        return sum_signs(left, opposite(right))
    if node.operation in (MULTIPLY, DIVIDE):
        return product_signs(left, right)
    if node.operation == MAXIMUM:
        return ordered_signs(left, right)
    return opposite(ordered_signs(opposite(left), opposite(right)))


def ordered_signs(a: int, b: int) -> int:
    """Possible signs of the larger of two numbers."""
    result = 0
    for sign in (NEGATIVE, ZERO, POSITIVE):
        for other in (NEGATIVE, ZERO, POSITIVE):
            if a & sign and b & other:
                result |= max(sign, other)
    return result


def derivative_signs(node: Node, argument: int) -> int:
    """Possible signs of the derivative by the argument, where there is one; at a kink, of both sides."""
    if node.operation == PUSH_ARGUMENT:
        return POSITIVE if node.argument == argument else ZERO
    if node.left is None:
        return ZERO
    left = derivative_signs(node.left, argument)
    if node.operation == NEGATE:
        return opposite(left)
    if node.operation == ABSOLUTE:
        signs = value_signs(node.left)
        return (left if signs & (ZERO | POSITIVE) else 0) | (opposite(left) if signs & NEGATIVE else 0)
    if node.right is None:
        return left
    right = derivative_signs(node.right, argument)
    if node.operation == ADD:
        return sum_signs(left, right)
    if node.operation == SUBTRACT:
        return sum_signs(left, opposite(right))
    if node.operation in (MINIMUM, MAXIMUM):
        return left | right
    divisor, dividend = value_signs(node.right), value_signs(node.left)
    first = product_signs(left, divisor)
    second = product_signs(dividend, right)
    if node.operation == MULTIPLY:
        return sum_signs(first, second)
    if right != ZERO and divisor & POSITIVE and divisor & NEGATIVE:
        return ANY  # it jumps where the divisor changes its sign
    return sum_signs(first, opposite(second))


# ---------------------------------------------------------------------- program


@final
class Emitter:
    """Writes the tree as a program in postfix order."""

    def __init__(self) -> None:
        self.operations: list[int] = []
        self.operands: list[int] = []
        self.constants: list[float] = []
        self.depth = 0
        self.deepest = 0

    def emit(self, node: Node) -> None:
        """Append the node's steps."""
        operand = 0
        if node.operation == PUSH_ARGUMENT:
            operand = node.argument
        elif node.operation == PUSH_CONSTANT:
            operand = len(self.constants)
            self.constants.append(node.constant)
        if node.left is not None:
            self.emit(node.left)
        else:
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)
        if node.right is not None:
            self.emit(node.right)
            self.depth -= 1
        self.operations.append(node.operation)
        self.operands.append(operand)


def compile_formula(text: str, legs: list[str], inputs: list[str], constants: dict[str, float]) -> CompiledFormula:
    """Read, check and translate a formula.

    Args:
        legs: names of the legs, in their order; inputs: names of live inputs.
        constants: inputs whose values are known.

    Raises InputError with every fault: what cannot be read, or else each name that is not used and each leg whose
    direction cannot be decided.
    """
    if len(text) > LENGTH_MAX:
        raise InputError([f"{len(text)} characters; expected at most {LENGTH_MAX}"])
    parser = Parser(text, legs + inputs, constants)
    tree = parser.parse()
    faults = [
        f"{name!r} is not used; expected every leg and input in it"
        for name in [*legs, *inputs, *constants]
        if name not in parser.used
    ]
    directions = []
    for number_of_leg, name in enumerate(legs):
        signs = derivative_signs(tree, number_of_leg)
        directions.append(1 if signs & POSITIVE else -1)
        if name not in parser.used:
            continue
        if signs & POSITIVE and signs & NEGATIVE:
            faults.append(
                f"may rise and fall with {name!r}; expected one direction: use each leg once, or divide by what "
                "cannot change its sign"
            )
        elif signs == ZERO:
            faults.append(f"does not depend on {name!r}; expected every leg to count")
    if faults:
        raise InputError(faults)
    emitter = Emitter()
    emitter.emit(tree)
    if any(value - value != 0.0 for value in emitter.constants):
        raise InputError(["a number beyond all bounds; expected smaller ones"])
    formula = Formula(text, emitter.operations, emitter.operands, emitter.constants, emitter.deepest)
    return CompiledFormula(formula, directions)
