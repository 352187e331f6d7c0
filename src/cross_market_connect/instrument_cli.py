"""The commands `xmc instruments ...`: thin, as those of `cli.py`."""

from pathlib import Path
from typing import Annotated

import typer

from cross_market_connect.answers import AsJson, finish_lines

instruments = typer.Typer(
    name="instruments",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The table of instruments.",
    epilog="Example: xmc instruments show CCFX.IF2101",
)

OfDay = Annotated[str, typer.Option("--date", help="Only what holds on YYYY-MM-DD.", metavar="DATE")]
OfProduct = Annotated[str, typer.Option("--product", help="Only one product, such as CCFX.IF.")]
Language = Annotated[str, typer.Option("--language", help="en or zh.")]
TablesOf = Annotated[
    Path | None, typer.Option("--config", help="The configuration whose tables are used; ours when absent.")
]


@instruments.command("list", epilog="Example: xmc instruments list --venue XHKG --language zh")
def instruments_list(
    date: OfDay = "",
    venue: Annotated[str, typer.Option(help="Only one market, by its MIC.")] = "",
    kind: Annotated[str, typer.Option("--type", help="Only one type, such as future or share.")] = "",
    product: OfProduct = "",
    contracts: Annotated[
        bool, typer.Option("--contracts", help="With the contracts that products list on the day (today when none).")
    ] = False,
    file: TablesOf = None,
    language: Language = "en",
    as_json: AsJson = False,
) -> None:
    """List the table of instruments, one row each."""
    from cross_market_connect.config import instrument_commands as room

    finish_lines(room.list_rows(date, venue, kind, product, contracts, file, language), as_json)


@instruments.command("show", epilog="Example: xmc instruments show XHKG.2318")
def instruments_show(
    name: Annotated[str, typer.Argument(help="A symbol: ours, the venue's, or one of a gateway.", metavar="SYMBOL")],
    date: OfDay = "",
    file: TablesOf = None,
    language: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Show everything that the table says of one instrument, with its names at venues, gateways and vendors."""
    from cross_market_connect.config import instrument_commands as room

    finish_lines(room.show(name, date, file, language), as_json)


@instruments.command("search", epilog="Example: xmc instruments search 平安 --language zh --json")
def instruments_search(
    words: Annotated[list[str], typer.Argument(help="Parts of any symbol or name; all must match.", metavar="WORD...")],
    date: OfDay = "",
    product: OfProduct = "",
    expiry: Annotated[
        str, typer.Option(help="Last trading day within, either end may be left out.", metavar="FROM:UNTIL")
    ] = "",
    file: TablesOf = None,
    language: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Find instruments by any symbol, by English or Chinese name, by product and by last trading day."""
    from cross_market_connect.config import instrument_commands as room

    finish_lines(room.search(words, date, product, expiry, file, language), as_json)


@instruments.command("roll", epilog="Example: xmc instruments roll CCFX.IF --date 2026-11-27")
def instruments_roll(
    name: Annotated[
        str,
        typer.Argument(
            help="A product (CCFX.IF) or a continuous name (CCFX.IF.main, CCFX.IF.c2); all products when absent.",
            metavar="NAME",
        ),
    ] = "",
    date: Annotated[str, typer.Option(help="YYYY-MM-DD; today in China when absent.", metavar="DATE")] = "",
    file: TablesOf = None,
    language: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Show which contracts are listed on a day, when each ends and is rolled, and what continuous names mean."""
    from cross_market_connect.config import instrument_commands as room

    finish_lines(room.roll(name, date, file, language), as_json)


@instruments.command("check", epilog="Example: xmc instruments check --json")
def instruments_check(
    date: Annotated[str, typer.Option(help="YYYY-MM-DD; today in China when absent.", metavar="DATE")] = "",
    file: TablesOf = None,
    as_json: AsJson = False,
) -> None:
    """Check the tables, each contract against the rules of its product, and whether the calendars reach far enough.

    Exit 1 when a contract contradicts its product, 2 when a table is faulty.
    """
    from cross_market_connect.config import instrument_commands as room

    answer = room.check(date, file)
    finish_lines(answer, as_json, bad=bool(answer[0]["contradictions"]))


@instruments.command("export", epilog="Example: xmc instruments export instruments.csv --venue XHKG")
def instruments_export(
    path: Annotated[Path, typer.Argument(help="A new file, .csv.", metavar="FILE")],
    date: OfDay = "",
    venue: Annotated[str, typer.Option(help="Only one market, by its MIC.")] = "",
    product: OfProduct = "",
    contracts: Annotated[bool, typer.Option("--contracts", help="With listed contracts of products.")] = False,
    file: TablesOf = None,
    as_json: AsJson = False,
) -> None:
    """Write the table as CSV, in the form that [symbology] instruments reads."""
    from cross_market_connect.config import instrument_commands as room

    finish_lines(room.export(path, date, venue, product, contracts, file), as_json)


@instruments.command(
    "import", epilog="Example: xmc instruments import --from mdp3-definitions data/gold --date 2021-01-04"
)
def instruments_import(
    path: Annotated[
        Path, typer.Argument(help="A capture (directory or segment), a file of FIX messages, or a CSV.", metavar="FILE")
    ],
    source: Annotated[str, typer.Option("--from", help="mdp3-definitions, omd-d, omd-c or fix-security-list.")],
    date: Annotated[str, typer.Option(help="YYYY-MM-DD; today in China when absent.", metavar="DATE")] = "",
    party: Annotated[str, typer.Option(help="Of fix-security-list: NAME of the scheme fix.NAME.")] = "",
    venue: Annotated[str, typer.Option(help="The one market that is defined, by its MIC.")] = "",
    proposal: Annotated[Path | None, typer.Option(help="Write rows to take over to this new file (TOML).")] = None,
    file: TablesOf = None,
    as_json: AsJson = False,
) -> None:
    """Compare what a venue defines with the tables: new, changed and vanished instruments. Changes nothing.

    Exit 1 when definitions contradict each other.
    """
    from cross_market_connect.config import instrument_commands as room

    answer = room.import_definitions(source, path, date, party, venue, proposal, file)
    finish_lines(answer, as_json, bad=bool(answer[0]["contradictions"]))
