"""A formula as a flat program: made and checked at load (trading/formula.py), run without allocation."""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

PUSH_ARGUMENT: Final[i64] = 0
PUSH_CONSTANT: Final[i64] = 1
ADD: Final[i64] = 2
SUBTRACT: Final[i64] = 3
MULTIPLY: Final[i64] = 4
DIVIDE: Final[i64] = 5
NEGATE: Final[i64] = 6
MINIMUM: Final[i64] = 7
MAXIMUM: Final[i64] = 8
ABSOLUTE: Final[i64] = 9


@final
class Formula:
    """A program in postfix order.

    Attributes:
        text: as configured.
        operations: what each step does; operands: which argument or constant it pushes.
        inputs: for each argument after the legs, the pricing leg it is read from.
        failed: the last run divided by zero or left the numbers; its result means nothing.
    """

    def __init__(
        self, text: str, operations: list[int], operands: list[int], constants: list[float], depth: i64
    ) -> None:
        self.text: str = text
        self.operations: vec[i64] = vec[i64]([i64(operation) for operation in operations])
        self.operands: vec[i64] = vec[i64]([i64(operand) for operand in operands])
        self.constants: vec[float] = vec[float](constants)
        self.stack: vec[float] = vec[float]([0.0 for _ in range(depth)])
        self.inputs: list[int] = []
        self.failed: bool = False

    def value(self, arguments: vec[float]) -> float:
        """Result for the arguments: the legs in their order, then the inputs. Meaningless when `failed`."""
        self.failed = False
        top: i64 = -1
        step: i64 = 0
        steps: i64 = len(self.operations)
        while step < steps:
            operation = self.operations[step]
            if operation == PUSH_ARGUMENT:
                top += 1
                self.stack[top] = arguments[self.operands[step]]
            elif operation == PUSH_CONSTANT:
                top += 1
                self.stack[top] = self.constants[self.operands[step]]
            elif operation == NEGATE:
                self.stack[top] = -self.stack[top]
            elif operation == ABSOLUTE:
                if self.stack[top] < 0.0:
                    self.stack[top] = -self.stack[top]
            else:
                top -= 1
                self.stack[top] = self._combined(operation, self.stack[top], self.stack[top + 1])
            step += 1
        result: float = self.stack[0]
        # Infinity and not-a-number are the values that differ from themselves by something.
        if result - result != 0.0:
            self.failed = True
        return result

    def _combined(self, operation: i64, left: float, right: float) -> float:
        if operation == ADD:
            return left + right
        if operation == SUBTRACT:
            return left - right
        if operation == MULTIPLY:
            return left * right
        if operation == MINIMUM:
            return left if left < right else right
        if operation == MAXIMUM:
            return left if left > right else right
        if right == 0.0:
            self.failed = True
            return 0.0
        return left / right
