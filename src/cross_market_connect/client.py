"""`xmc order`: what a person asks of a running engine. Each prints the engine's answer; exit 1 when refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

order = typer.Typer(
    name="order",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Orders by hand.",
    epilog="Example: xmc order cancel 17 --directory data/if_hsi",
)

Directory = Annotated[Path, typer.Option(help="The engine's data directory.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")]
Id = Annotated[str, typer.Option("--id", help="The same id again gets the same answer and is carried out once only.")]
Role = Annotated[str, typer.Option(help="The role in which it is given; absent: the first of yours that may.")]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]
Price = Annotated[str, typer.Option(help="Limit price.")]


def ask(directory: Path, as_json: bool, command_id: str, role: str, fields: dict[str, Any]) -> None:
    """Give the command, print its answer, and end with 1 when it was refused."""
    from cross_market_connect.engine.control_client import answer_lines, give, new_id

    answer = give(directory, {"id": command_id or new_id(), "role": role, **fields})
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        for line in answer_lines(answer):
            typer.echo(line)
    if not answer["accepted"]:
        raise typer.Exit(1)


@order.command(epilog="Example: xmc order single CCFX.IF2101 buy 2 --price 5230.2 --directory data/if_hsi")
def single(
    instrument: Annotated[str, typer.Argument(help="The symbol.", metavar="INSTRUMENT")],
    side: Annotated[str, typer.Argument(help="buy or sell.", metavar="SIDE")],
    quantity: Annotated[int, typer.Argument(help="Lots.", metavar="QUANTITY")],
    directory: Directory,
    price: Price = "",
    order_type: Annotated[str, typer.Option("--type", help="limit or market.")] = "limit",
    tif: Annotated[str, typer.Option(help="day, ioc or fok; absent: day, and ioc for a market order.")] = "",
    route: Annotated[str, typer.Option(help="The order source, where more than one trades it.")] = "",
    offset: Annotated[str, typer.Option(help="none, open, close or close_today.")] = "",
    command_id: Id = "",
    role: Role = "",
    as_json: AsJson = False,
) -> None:
    """One order of one instrument."""
    fields = {"instrument": instrument, "side": side, "quantity": quantity, "price": price, "type": order_type}
    ask(
        directory,
        as_json,
        command_id,
        role,
        {"command": "single", **fields, "tif": tif, "route": route, "offset": offset},
    )


@order.command(epilog="Example: xmc order spread if_hsi buy 3 --directory data/if_hsi")
def spread(
    name: Annotated[str, typer.Argument(help="The spread.", metavar="SPREAD")],
    direction: Annotated[str, typer.Argument(help="buy or sell.", metavar="DIRECTION")],
    units: Annotated[int, typer.Argument(help="Units of the spread.", metavar="UNITS")],
    directory: Directory,
    action: Annotated[str, typer.Option(help="open, or close what the spread holds.")] = "open",
    limit: Annotated[list[str] | None, typer.Option(help="First limit price, once per leg.")] = None,
    command_id: Id = "",
    role: Role = "",
    as_json: AsJson = False,
) -> None:
    """One spread order without its trigger; limits and sessions hold all the same."""
    fields = {"spread": name, "direction": direction, "units": units, "action": action, "limits": limit}
    ask(directory, as_json, command_id, role, {"command": "spread", **fields})


@order.command(epilog="Example: xmc order batch orders.json --directory data/if_hsi")
def batch(
    file: Annotated[Path, typer.Argument(help="A JSON list of orders; - reads standard input.", metavar="FILE")],
    directory: Directory,
    command_id: Id = "",
    role: Role = "",
    as_json: AsJson = False,
) -> None:
    """Many orders, all or none: when one is wrong every fault is told and nothing is sent."""
    from cross_market_connect.domain.errors import InputError

    try:
        orders = json.loads(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError([f"{file}: {error}; expected a JSON list of orders"]) from error
    ask(directory, as_json, command_id, role, {"command": "batch", "orders": orders})


@order.command(epilog="Example: xmc order amend 1000000007 --price 5231.0 --directory data/if_hsi")
def amend(
    number: Annotated[int, typer.Argument(help="The client order id.", metavar="ORDER")],
    directory: Directory,
    price: Price = "",
    quantity: Annotated[int | None, typer.Option(help="The whole quantity, what has filled included.")] = None,
    command_id: Id = "",
    role: Role = "",
    as_json: AsJson = False,
) -> None:
    """Change price or quantity of an order that rests."""
    ask(
        directory,
        as_json,
        command_id,
        role,
        {"command": "amend", "order": number, "price": price, "quantity": quantity},
    )


@order.command(epilog="Example: xmc order cancel 17 --directory data/if_hsi")
def cancel(
    number: Annotated[int, typer.Argument(help="A spread order, or a client order id.", metavar="ORDER")],
    directory: Directory,
    command_id: Id = "",
    role: Role = "",
    as_json: AsJson = False,
) -> None:
    """Cancel what rests of it."""
    ask(directory, as_json, command_id, role, {"command": "cancel", "order": number})


@order.command("cancel-all", epilog="Example: xmc order cancel-all route ccfx_orders --directory data/if_hsi")
def cancel_all(
    directory: Directory,
    scope: Annotated[str, typer.Argument(help="all, route, spread or instrument.", metavar="SCOPE")] = "all",
    name: Annotated[str, typer.Argument(help="Which one.", metavar="NAME")] = "",
    command_id: Id = "",
    role: Role = "",
    as_json: AsJson = False,
) -> None:
    """Cancel everything of ours that rests there."""
    ask(directory, as_json, command_id, role, {"command": "cancel_all", "scope": scope, "name": name})


@order.command(
    epilog="Example: xmc order resolve 1000000007 cancelled 1 --evidence 'call 10:42' --directory data/if_hsi"
)
def resolve(
    number: Annotated[int, typer.Argument(help="The client order id.", metavar="ORDER")],
    status: Annotated[str, typer.Argument(help="filled, cancelled, rejected or expired.", metavar="STATUS")],
    filled: Annotated[int, typer.Argument(help="Lots that filled in all.", metavar="FILLED")],
    directory: Directory,
    evidence: Annotated[str, typer.Option(help="What the broker said, when, to whom.")],
    price: Annotated[str, typer.Option(help="Average price of the fills.")] = "",
    command_id: Id = "",
    role: Role = "",
    as_json: AsJson = False,
) -> None:
    """Say how an order ended whose state is unknown; it holds once a second person says the same."""
    fields = {"order": number, "status": status, "filled": filled, "price": price, "evidence": evidence}
    ask(directory, as_json, command_id, role, {"command": "resolve", **fields})


@order.command(epilog="Example: xmc order halted 17 unwind --reason 'broker cannot fill' --directory data/if_hsi")
def halted(
    number: Annotated[int, typer.Argument(help="The spread order.", metavar="ORDER")],
    decision: Annotated[str, typer.Argument(help="retry, unwind or accept.", metavar="DECISION")],
    directory: Directory,
    reason: Reason,
    command_id: Id = "",
    role: Role = "",
    as_json: AsJson = False,
) -> None:
    """Decide about a halted spread order: the ladder anew, an unwind now, or accepting what is held."""
    ask(
        directory,
        as_json,
        command_id,
        role,
        {"command": "halted", "order": number, "decision": decision, "reason": reason},
    )


@order.command(epilog="Example: xmc order pause if_hsi --reason 'news' --directory data/if_hsi")
def pause(
    name: Annotated[str, typer.Argument(help="The spread.", metavar="SPREAD")],
    directory: Directory,
    reason: Reason,
    command_id: Id = "",
    role: Role = "",
    as_json: AsJson = False,
) -> None:
    """Pull a spread's quotes; it opens and quotes nothing until a person enables it again."""
    ask(directory, as_json, command_id, role, {"command": "pause", "spread": name, "reason": reason})


@order.command("re-enable", epilog="Example: xmc order re-enable if_hsi --reason 'it is back' --directory data/if_hsi")
def re_enable(
    name: Annotated[str, typer.Argument(help="The spread.", metavar="SPREAD")],
    directory: Directory,
    reason: Reason,
    command_id: Id = "",
    role: Role = "",
    as_json: AsJson = False,
) -> None:
    """End a spread's pause: a person's, or one after refusals."""
    ask(directory, as_json, command_id, role, {"command": "re_enable", "spread": name, "reason": reason})


@order.command(
    "sign-off", epilog="Example: xmc order sign-off ccfx_orders --reason 'it agrees' --directory data/if_hsi"
)
def sign_off(
    route: Annotated[str, typer.Argument(help="The order source.", metavar="ROUTE")],
    directory: Directory,
    reason: Reason,
    instrument: Annotated[str, typer.Option(help="Absent: the block of every instrument.")] = "",
    command_id: Id = "",
    role: Role = "",
    as_json: AsJson = False,
) -> None:
    """Let an account and instrument open again that was blocked."""
    fields = {"route": route, "instrument": instrument, "reason": reason}
    ask(directory, as_json, command_id, role, {"command": "sign_off", **fields})


@order.command(epilog="Example: xmc order lift --reason 'input 7 understood' --directory data/if_hsi")
def lift(directory: Directory, reason: Reason, command_id: Id = "", role: Role = "", as_json: AsJson = False) -> None:
    """End cancel-only."""
    ask(directory, as_json, command_id, role, {"command": "lift", "reason": reason})


@order.command(epilog="Example: xmc order stop --reason 'end of the day' --directory data/if_hsi")
def stop(
    directory: Directory, reason: Reason = "", command_id: Id = "", role: Role = "", as_json: AsJson = False
) -> None:
    """Cancel, confirm, balance, end."""
    ask(directory, as_json, command_id, role, {"command": "stop", "reason": reason})
