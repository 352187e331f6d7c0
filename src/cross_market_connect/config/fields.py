"""What every section of a configuration is made of: the strict model, and fields that check themselves.

Names of other parts come in by the validation context (`Names`), so that one pass finds every fault of every field.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from cross_market_connect.reference.units import UNITS

BASE_CURRENCY = "CNY"


@dataclass(frozen=True)
class Names:
    """What fields may refer to: symbols of the reference tables, symbols declared, order sources, venues."""

    known_symbols: tuple[str, ...] = ()
    declared_symbols: tuple[str, ...] = ()
    order_sources: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    allow_non_loopback: bool = False


def one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"expected one of {', '.join(allowed) or '(none declared)'}")
    return value


def names_of(info: ValidationInfo) -> Names | None:
    return info.context if isinstance(info.context, Names) else None


def known_symbol(value: str, info: ValidationInfo) -> str:
    names = names_of(info)
    return value if names is None else one_of(value, names.known_symbols)


def declared_symbol(value: str, info: ValidationInfo) -> str:
    names = names_of(info)
    return value if names is None else one_of(value, names.declared_symbols)


def order_source(value: str, info: ValidationInfo) -> str:
    names = names_of(info)
    return value if names is None else one_of(value, names.order_sources)


def known_venue(value: str, info: ValidationInfo) -> str:
    names = names_of(info)
    return value if names is None else one_of(value, names.venues)


def known_unit(value: str) -> str:
    return one_of(value, tuple(UNITS))


def allowed_host(value: str, info: ValidationInfo) -> str:
    """A loopback address, unless the engine allows others."""
    names = names_of(info)
    if names is None or names.allow_non_loopback or value == "localhost":
        return value
    try:
        loopback = ipaddress.ip_address(value).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError("expected a loopback address, or engine.allow_non_loopback = true")
    return value


def multicast_group(value: str) -> str:
    try:
        multicast = ipaddress.IPv4Address(value).is_multicast
    except ValueError:
        multicast = False
    if not multicast:
        raise ValueError("expected an IPv4 multicast address (224.0.0.0 to 239.255.255.255)")
    return value


def secret_variable(value: str, info: ValidationInfo) -> str:
    names = names_of(info)
    if names is not None and names.environment is not None and not names.environment.get(value):
        raise ValueError("expected this environment variable to hold the secret; it is not set")
    return value


def seconds_only(value: object) -> object:
    """A time of day without a zone: a zone would be taken for something that it is not."""
    if isinstance(value, datetime.time) and value.tzinfo is not None:
        raise ValueError("expected a local time without a zone")
    return value


def no_number(value: object) -> object:
    """A number is no date or time, though it could be read as seconds since 1970."""
    if isinstance(value, int | float | Decimal):
        raise ValueError("expected a date or time, not a number")
    return value


def symbol_table(value: object) -> object:
    return {"symbol": value} if isinstance(value, str) else value


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
# No control character: in a message it would be another field's beginning.
Text = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
# Strict: `true` is no number.
Flag = Annotated[bool, Field(strict=True)]
Port = Annotated[int, Field(strict=True, ge=1, le=65_535)]
Milliseconds = Annotated[int, Field(strict=True, ge=0, le=86_400_000)]
PositiveMilliseconds = Annotated[int, Field(strict=True, ge=1, le=86_400_000)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Unit = Annotated[str, AfterValidator(known_unit)]
Ticks = Annotated[int, Field(strict=True, ge=0, le=10_000)]
Lots = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Money = Annotated[Decimal, Field(gt=0, le=100_000_000_000)]
# What is smaller, or finer, than the core counts would be another number there.
Positive = Annotated[Decimal, Field(ge=Decimal("0.000000001"), le=1_000_000, decimal_places=9, allow_inf_nan=False)]
Rate = Annotated[Decimal, Field(ge=Decimal("0.00000001"), le=1_000_000, decimal_places=8, allow_inf_nan=False)]
Threshold = Annotated[Decimal, Field(ge=-1_000_000, le=1_000_000, allow_inf_nan=False)]
ConditionLots = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
Days = Annotated[int, Field(strict=True, ge=0, le=10_000)]
LocalTime = Annotated[datetime.time, BeforeValidator(no_number), AfterValidator(seconds_only)]
LocalDate = Annotated[datetime.date, BeforeValidator(no_number)]
Host = Annotated[str, AfterValidator(allowed_host)]
# Kinds of sources that bring quotes.
QUOTE_KINDS = ("fix_quotes", "omd_d", "omd_c", "mdp3")
Group = Annotated[str, AfterValidator(multicast_group)]
VenueName = Annotated[str, AfterValidator(known_venue)]
DeclaredSymbol = Annotated[str, AfterValidator(declared_symbol)]
SecretVariable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$"), AfterValidator(secret_variable)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
