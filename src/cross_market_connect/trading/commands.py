"""What an operator may ask for, as text: one JSON object per command, read into a typed command or into its faults.

Any text is an answer's matter, never an error: what cannot be read is refused with every fault it has. Who may do what
stands in `PERMISSIONS`; the shape of each command in `COMMANDS`.

    {"command": "single", "id": "a1", "instrument": "CCFX.IF2101", "side": "buy", "quantity": 2, "price": "5230.2"}
    {"command": "spread", "id": "a2", "spread": "if_hsi", "direction": "buy", "units": 3}
    {"command": "batch", "id": "a3", "orders": [{"order": "single", ...}, {"order": "spread", ...}]}
    {"command": "amend", "id": "a4", "order": 1000000007, "price": "5231.0"}
    {"command": "cancel", "id": "a5", "order": 17}
    {"command": "cancel_all", "id": "a6", "scope": "route", "name": "ccfx_orders"}
    {"command": "resolve", "id": "a7", "order": 1000000007, "status": "cancelled", "filled": 1, "evidence": "call"}
    {"command": "halted", "id": "a8", "order": 17, "decision": "unwind", "reason": "broker cannot fill"}
    {"command": "pause", "id": "b3", "spread": "if_hsi", "reason": "news"}
    {"command": "re_enable", "id": "a9", "spread": "if_hsi", "reason": "venue is back"}
    {"command": "sign_off", "id": "b1", "route": "ccfx_orders", "reason": "statement agrees"}
    {"command": "lift", "id": "b2", "reason": "input 7 understood"}
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, Final, final

from mypy_extensions import i64

from cross_market_connect.domain.order import (
    DAY,
    FILL_OR_KILL,
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    MARKET,
    OFFSET_CLOSE,
    OFFSET_CLOSE_TODAY,
    OFFSET_NONE,
    OFFSET_OPEN,
    STATUS_CANCELLED,
    STATUS_EXPIRED,
    STATUS_FILLED,
    STATUS_REJECTED,
)

COMMAND_CHARACTERS_MAX: Final[i64] = 65_536
BATCH_ORDERS_MAX: Final[i64] = 50
NUMBER_MAX: Final[i64] = 1_000_000_000_000_000_000
QUANTITY_MAX: Final[i64] = 1_000_000
NAME_CHARACTERS_MAX: Final[i64] = 80
REASON_CHARACTERS_MAX: Final[i64] = 400
LEGS_MAX: Final[i64] = 8
# A command may have thousands of faults, and each costs the order path time.
FAULTS_MAX: Final[i64] = 20
MORE_FAULTS: Final[str] = f"more than {FAULTS_MAX} faults; the others are not told"
DIGEST_CHARACTERS: Final[i64] = 32
_NAME_CHARACTERS: Final[str] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-"

SINGLE: Final[str] = "single"
SPREAD: Final[str] = "spread"
BATCH: Final[str] = "batch"
AMEND: Final[str] = "amend"
CANCEL: Final[str] = "cancel"
CANCEL_ALL: Final[str] = "cancel_all"
RESOLVE: Final[str] = "resolve"
HALTED_ORDER: Final[str] = "halted"
PAUSE: Final[str] = "pause"
RE_ENABLE: Final[str] = "re_enable"
SIGN_OFF: Final[str] = "sign_off"
LIFT_RESTRICTION: Final[str] = "lift"
STOP_ENGINE: Final[str] = "stop"

TRADER: Final[str] = "trader"
RISK_OFFICER: Final[str] = "risk_officer"
OPERATOR_ROLE: Final[str] = "operator"
AUDITOR: Final[str] = "auditor"
ROLES: Final[tuple[str, ...]] = (TRADER, RISK_OFFICER, OPERATOR_ROLE, AUDITOR)

# command: the roles that may give it. An auditor reads, and gives none.
PERMISSIONS: Final[dict[str, tuple[str, ...]]] = {
    SINGLE: (TRADER,),
    SPREAD: (TRADER,),
    BATCH: (TRADER,),
    AMEND: (TRADER,),
    CANCEL: (TRADER, RISK_OFFICER, OPERATOR_ROLE),
    CANCEL_ALL: (TRADER, RISK_OFFICER, OPERATOR_ROLE),
    RESOLVE: (TRADER, RISK_OFFICER, OPERATOR_ROLE),
    HALTED_ORDER: (TRADER, RISK_OFFICER),
    PAUSE: (TRADER, RISK_OFFICER, OPERATOR_ROLE),
    RE_ENABLE: (RISK_OFFICER,),
    SIGN_OFF: (RISK_OFFICER,),
    LIFT_RESTRICTION: (RISK_OFFICER, OPERATOR_ROLE),
    STOP_ENGINE: (RISK_OFFICER, OPERATOR_ROLE),
}

SIDES: Final[dict[str, int]] = {"buy": 1, "sell": -1}
ORDER_TYPES: Final[dict[str, int]] = {"limit": int(LIMIT), "market": int(MARKET)}
TIMES_IN_FORCE: Final[dict[str, int]] = {"day": int(DAY), "ioc": int(IMMEDIATE_OR_CANCEL), "fok": int(FILL_OR_KILL)}
OFFSETS: Final[dict[str, int]] = {
    "none": int(OFFSET_NONE),
    "open": int(OFFSET_OPEN),
    "close": int(OFFSET_CLOSE),
    "close_today": int(OFFSET_CLOSE_TODAY),
}
ACTIONS: Final[dict[str, int]] = {"open": 1, "close": 0}
END_STATUSES: Final[dict[str, int]] = {
    "filled": int(STATUS_FILLED),
    "cancelled": int(STATUS_CANCELLED),
    "rejected": int(STATUS_REJECTED),
    "expired": int(STATUS_EXPIRED),
}
DECIDE_RETRY: Final[i64] = 1
DECIDE_UNWIND: Final[i64] = 2
DECIDE_ACCEPT: Final[i64] = 3
DECISIONS: Final[dict[str, int]] = {
    "retry": int(DECIDE_RETRY),
    "unwind": int(DECIDE_UNWIND),
    "accept": int(DECIDE_ACCEPT),
}
SCOPES: Final[dict[str, int]] = {"all": 0, "route": 1, "spread": 2, "instrument": 3}

# Kinds of field: what `_read_field` makes of the value.
NAME: Final[int] = 1
NUMBER: Final[int] = 2
QUANTITY: Final[int] = 3
PRICE: Final[int] = 4
REASON: Final[int] = 5
CHOICE: Final[int] = 6
PRICES: Final[int] = 7
ORDERS: Final[int] = 8

# field: (kind, whether it must be there, the values of a choice)
Shape = dict[str, tuple[int, bool, dict[str, int]]]
_NONE: Final[dict[str, int]] = {}
ORDER_SHAPES: Final[dict[str, Shape]] = {
    SINGLE: {
        "instrument": (NAME, True, _NONE),
        "side": (CHOICE, True, SIDES),
        "quantity": (QUANTITY, True, _NONE),
        "price": (PRICE, False, _NONE),
        "type": (CHOICE, False, ORDER_TYPES),
        "tif": (CHOICE, False, TIMES_IN_FORCE),
        "route": (NAME, False, _NONE),
        "offset": (CHOICE, False, OFFSETS),
    },
    SPREAD: {
        "spread": (NAME, True, _NONE),
        "direction": (CHOICE, True, SIDES),
        "units": (QUANTITY, True, _NONE),
        "action": (CHOICE, False, ACTIONS),
        "limits": (PRICES, False, _NONE),
    },
}
COMMANDS: Final[dict[str, Shape]] = {
    SINGLE: ORDER_SHAPES[SINGLE],
    SPREAD: ORDER_SHAPES[SPREAD],
    BATCH: {"orders": (ORDERS, True, _NONE)},
    AMEND: {"order": (NUMBER, True, _NONE), "price": (PRICE, False, _NONE), "quantity": (QUANTITY, False, _NONE)},
    CANCEL: {"order": (NUMBER, True, _NONE)},
    CANCEL_ALL: {"scope": (CHOICE, True, SCOPES), "name": (NAME, False, _NONE)},
    RESOLVE: {
        "order": (NUMBER, True, _NONE),
        "status": (CHOICE, True, END_STATUSES),
        "filled": (NUMBER, True, _NONE),
        "price": (PRICE, False, _NONE),
        "evidence": (REASON, True, _NONE),
    },
    HALTED_ORDER: {
        "order": (NUMBER, True, _NONE),
        "decision": (CHOICE, True, DECISIONS),
        "reason": (REASON, True, _NONE),
    },
    PAUSE: {"spread": (NAME, True, _NONE), "reason": (REASON, True, _NONE)},
    RE_ENABLE: {"spread": (NAME, True, _NONE), "reason": (REASON, True, _NONE)},
    SIGN_OFF: {"route": (NAME, True, _NONE), "instrument": (NAME, False, _NONE), "reason": (REASON, True, _NONE)},
    LIFT_RESTRICTION: {"reason": (REASON, True, _NONE)},
    STOP_ENGINE: {"reason": (REASON, False, _NONE)},
}
_EVERY_COMMAND: Final[tuple[str, ...]] = ("command", "id", "role")


@final
class Request:
    """The values of one command, or of one order of a batch: texts, numbers and choices by field."""

    def __init__(self, kind: str) -> None:
        self.kind: str = kind
        self.texts: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        self.prices: list[str] = []

    def text(self, field: str) -> str:
        """A text; empty when it was left out."""
        return self.texts.get(field, "")

    def number(self, field: str, otherwise: i64) -> i64:
        """A number or the value of a choice; `otherwise` when it was left out."""
        return self.numbers.get(field, int(otherwise))

    def has(self, field: str) -> bool:
        """Whether the field was given."""
        return field in self.texts or field in self.numbers


@final
class Command:
    """One command as read.

    Attributes:
        faults: empty when its shape is right; else nothing of it is carried out.
        digest: tells it from every other command, whatever its id and the role in which it is given; empty with faults.
    """

    def __init__(self, kind: str, command_id: str) -> None:
        self.kind: str = kind
        self.command_id: str = command_id
        self.request: Request = Request(kind)
        self.orders: list[Request] = []
        self.faults: list[str] = []
        self.digest: str = ""

    def note(self, fault: str) -> None:
        """Keep a fault, as long as there are not too many."""
        if len(self.faults) <= FAULTS_MAX:
            self.faults.append(fault if len(self.faults) < FAULTS_MAX else MORE_FAULTS)


def parse_command(text: str) -> Command:
    """Read one command. Never raises."""
    if len(text) > COMMAND_CHARACTERS_MAX:
        return _refused("", "", f"command: longer than {COMMAND_CHARACTERS_MAX} characters")
    try:
        value = json.loads(text, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return _refused("", "", "command: not JSON; expected one JSON object")
    if not isinstance(value, dict):
        return _refused("", "", "command: expected one JSON object")
    kind = value.get("command")
    command_id = value.get("id")
    known_id = command_id if isinstance(command_id, str) and is_name(command_id) else ""
    if not isinstance(kind, str) or kind not in COMMANDS:
        return _refused(shown(kind), known_id, f"command: {shown(kind)}; expected one of {', '.join(COMMANDS)}")
    command = Command(kind, known_id)
    if known_id == "":
        command.note(f"id: {shown(command_id)}; expected a name of up to {NAME_CHARACTERS_MAX} characters")
    _read(value, COMMANDS[kind], _EVERY_COMMAND, "", command.request, command)
    if kind == SINGLE or kind == SPREAD:
        command.orders.append(command.request)
        _check_order(command.request, "", command)
    if len(command.faults) == 0:
        asked = {key: value[key] for key in value if key != "id" and key != "role"}
        command.digest = sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:DIGEST_CHARACTERS]
    return command


def _refused(kind: str, command_id: str, fault: str) -> Command:
    command = Command(kind, command_id)
    command.note(fault)
    return command


def _read(
    value: dict[str, Any], shape: Shape, more: tuple[str, ...], place: str, request: Request, command: Command
) -> None:
    """Read the fields of one object; every fault is noted."""
    for key in value:
        if len(command.faults) > FAULTS_MAX:
            return
        if key not in shape and key not in more:
            command.note(f"{place}{shown(key)}: unknown field; expected one of {', '.join(shape)}")
    for field, (kind, required, choices) in shape.items():
        if field not in value or value[field] is None:
            if required:
                command.note(f"{place}{field}: missing; expected {_expected(kind, choices)}")
        elif not _read_field(field, kind, choices, value[field], request, command):
            command.note(f"{place}{field}: {shown(value[field])}; expected {_expected(kind, choices)}")


def _expected(kind: int, choices: dict[str, int]) -> str:
    if kind == CHOICE:
        return "one of " + ", ".join(choices)
    if kind == NAME:
        return f"a name of up to {NAME_CHARACTERS_MAX} characters"
    if kind == NUMBER:
        return "a whole number from 0"
    if kind == QUANTITY:
        return f"a whole number from 1 to {QUANTITY_MAX}"
    if kind == PRICE:
        return "a decimal number"
    if kind == PRICES:
        return f"a list of up to {LEGS_MAX} decimal numbers, one per leg"
    if kind == ORDERS:
        return f"a list of 1 to {BATCH_ORDERS_MAX} orders"
    return f"a text of 1 to {REASON_CHARACTERS_MAX} characters"


def _read_field(field: str, kind: int, choices: dict[str, int], value: Any, request: Request, command: Command) -> bool:
    """Take in one value; false when it is not what the field holds."""
    if kind == NUMBER or kind == QUANTITY:
        return _read_number(field, kind, value, request)
    if kind == PRICE:
        text = decimal_text(value)
        request.texts[field] = text
        return text != ""
    if kind == PRICES:
        if not isinstance(value, list) or len(value) > LEGS_MAX:
            return False
        request.prices = [decimal_text(price) for price in value]
        return "" not in request.prices
    if kind == ORDERS:
        return _read_orders(value, command)
    if not isinstance(value, str):
        return False
    if kind == CHOICE:
        if value not in choices:
            return False
        request.numbers[field] = choices[value]
        return True
    if kind == NAME:
        request.texts[field] = value
        return is_name(value)
    request.texts[field] = printable(value)
    return 0 < len(value) <= REASON_CHARACTERS_MAX


def _read_number(field: str, kind: int, value: Any, request: Request) -> bool:
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    least = 1 if kind == QUANTITY else 0
    most = QUANTITY_MAX if kind == QUANTITY else NUMBER_MAX
    if value < least or value > int(most):
        return False
    request.numbers[field] = value
    return True


def _read_orders(value: Any, command: Command) -> bool:
    """The orders of a batch, each with its own faults."""
    if not isinstance(value, list) or not 0 < len(value) <= BATCH_ORDERS_MAX:
        return False
    for at, entry in enumerate(value):
        place = f"orders[{at}]."
        if not isinstance(entry, dict):
            command.note(f"orders[{at}]: {shown(entry)}; expected an object")
            continue
        kind = entry.get("order")
        if not isinstance(kind, str) or kind not in ORDER_SHAPES:
            command.note(f"{place}order: {shown(kind)}; expected one of {', '.join(ORDER_SHAPES)}")
            continue
        request = Request(kind)
        _read(entry, ORDER_SHAPES[kind], ("order",), place, request, command)
        _check_order(request, place, command)
        command.orders.append(request)
    return True


def _check_order(request: Request, place: str, command: Command) -> None:
    """What no field of an order can know alone."""
    if request.kind != SINGLE:
        return
    is_market = request.number("type", LIMIT) == MARKET
    if is_market and request.has("price"):
        command.note(f"{place}price: given; expected none, since the type is market")
    if not is_market and not request.has("price"):
        command.note(f"{place}price: missing; expected a decimal number, since the type is limit")


def is_name(text: str) -> bool:
    """Whether the text is a name: letters, digits and `_ . : -`, not empty, not too long."""
    if not 0 < len(text) <= NAME_CHARACTERS_MAX:
        return False
    for character in text:
        if character not in _NAME_CHARACTERS:
            return False
    return True


def decimal_text(value: Any) -> str:
    """An exact decimal number as text, from a text or a JSON number; empty when it is none of at most 18 digits."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        return ""
    digits = text[1:] if text.startswith("-") else text
    whole, point, fraction = digits.partition(".")
    if not _is_digits(whole) or (point != "" and not _is_digits(fraction)):
        return ""
    return text if len(whole) + len(fraction) <= 18 else ""


def _is_digits(text: str) -> bool:
    for character in text:
        if character not in "0123456789":
            return False
    return len(text) > 0


def decimal_units(text: str, decimals: i64) -> i64 | None:
    """The number in units of 10**-decimals; None when it has more decimals than that.

    Args:
        text: from `decimal_text`.
    """
    digits = text[1:] if text.startswith("-") else text
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > decimals or len(whole) + int(decimals) > 18:
        return None
    units = int(whole + fraction.ljust(int(decimals), "0"))
    return -units if text.startswith("-") else units


def printable(text: str) -> str:
    """The text with what no file can hold replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def shown(value: Any) -> str:
    """A value in a fault: short and printable."""
    if value is None:
        return "missing"
    text = value if isinstance(value, str) else type(value).__name__
    if isinstance(value, bool):
        # Compiled, a truth value that is taken for an integer prints as one.
        text = "True" if value else "False"
    elif isinstance(value, int):
        text = "a number" if value.bit_length() > 64 else str(value)
    return printable(text[:60])
