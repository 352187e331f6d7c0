"""The command line `xmc`: thin commands, each of which imports its room only when it runs.

Every command keeps the same promises. With `--json` the last line of standard output is exactly one JSON
object. Progress and warnings go to standard error. Exit code 0: done; 1: it ran and the answer is bad;
2: bad input, told in one line with the place and the remedy.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cross_market_connect import __version__, _build
from cross_market_connect.answers import BAD_ANSWER as BAD_ANSWER
from cross_market_connect.answers import AsJson, finish
from cross_market_connect.client import order
from cross_market_connect.instrument_cli import instruments

BAD_INPUT = 2


def group(name: str, text: str, example: str) -> typer.Typer:
    """Commands of one subject; `example` is one of them as one types it."""
    return typer.Typer(
        name=name, no_args_is_help=True, rich_markup_mode=None, help=text, epilog=f"Example: xmc {name} {example}"
    )


app = typer.Typer(
    name="xmc",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Cross-market spread execution.",
    epilog="Example: xmc demo --duration 20",
)
config = group("config", "Configuration files.", "check examples/if_hsi.toml")
explain = group("explain", "What the engine would do.", "reject --spread if_hsi --leg XHKF.HSIF1 --code E0024")
audit = group("audit", "What the log tells and proves.", "verify data/if_hsi")
bench = group("bench", "Benchmarks.", "core")
app.add_typer(config)
app.add_typer(explain)
app.add_typer(instruments)
app.add_typer(audit)
app.add_typer(bench)
app.add_typer(order)


def print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"xmc {__version__}")
        raise typer.Exit


@app.callback()
def before_every_command(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Cross-market spread execution."""
    reason = _build.reason_interpreted()
    if reason:
        typer.echo(f"xmc: running interpreted, about 25 times slower than compiled ({reason})", err=True)


@app.command(epilog="Example: xmc doctor --json")
def doctor(as_json: AsJson = False) -> None:
    """Show what is compiled and what this machine offers; exit 1 when something that was compiled is stale."""
    from cross_market_connect import doctor as room

    findings = room.examine()
    if not as_json:
        typer.echo(room.as_text(findings))
    finish(findings, as_json, bad=bool(findings["faults"]))


@config.command("check", epilog="Example: xmc config check examples/if_hsi.toml")
def config_check(file: Annotated[Path, typer.Argument(help="The configuration (TOML).", metavar="FILE")]) -> None:
    """Check a configuration: every fault at once, one line each with its place; exit 2 when there is one.

    Secrets that are not set here are noted and are no fault.
    """
    from cross_market_connect.config import commands

    raise typer.Exit(commands.check(file))


@explain.command("reject", epilog="Example: xmc explain reject --spread if_hsi --leg XHKF.HSIF1 --code E0024")
def explain_reject(
    spread: Annotated[str, typer.Option(help="The spread's name.")],
    leg: Annotated[str, typer.Option(help="The leg's symbol, or its number from 0.")],
    code: Annotated[str, typer.Option(help="The venue's code, a FIX OrdRejReason, or a reject class.")],
    file: Annotated[
        Path | None, typer.Option("--config", help="The configuration (TOML); the demonstration's when absent.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what would happen when a venue refused a leg with a code: class, attempts, prices, waits, and the end."""
    from cross_market_connect.config import commands

    answer = commands.explain_reject(spread, leg, code, file)
    if not as_json:
        for line in commands.explain_reject_lines(answer):
            typer.echo(line)
    finish(answer, as_json)


@explain.command(
    "value",
    epilog="Example: xmc explain value --spread if_hsi --quote CCFX.IF2101=5264/5264.4 --quote XHKF.HSIF1=27400/27402",
)
def explain_value(
    spread: Annotated[str, typer.Option(help="The spread's name.")],
    quote: Annotated[list[str], typer.Option(help="SYMBOL=BID/ASK, once for each leg and live rate.")],
    file: Annotated[
        Path | None, typer.Option("--config", help="The configuration (TOML); the demonstration's when absent.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a spread is worth at given quotes: gross and net, how each leg counts, FX delta, basis, fair value."""
    from cross_market_connect.config import commands

    answer = commands.explain_value(spread, quote, file)
    if not as_json:
        for line in commands.explain_value_lines(answer):
            typer.echo(line)
    finish(answer, as_json)


@app.command(epilog="Example: xmc calendar XSGE.shfe_gold XCEC.comex_metals --date 2026-11-27")
def calendar(
    pair: Annotated[
        list[str],
        typer.Argument(
            help="Two markets, each a symbol (CCFX.IF2101), VENUE.SESSION (XSGE.shfe_gold) or a venue with one session "
            "(CCFX); or the name of a spread.",
            metavar="PAIR",
        ),
    ],
    date: Annotated[str, typer.Option(help="YYYY-MM-DD; today in China when absent.", metavar="DATE")] = "",
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    file: Annotated[
        Path | None, typer.Option("--config", help="The configuration (TOML); the demonstration's when absent.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a day of two markets: phases in local time and UTC, where both trade, trading days, half days, holidays.

    The day is the first market's, from midnight to midnight. A day that a calendar does not know is an error.
    """
    from cross_market_connect.config import calendar_day

    answer = calendar_day.show(pair, date, file)
    if not as_json:
        for line in calendar_day.lines(answer, language):
            typer.echo(line)
    finish(answer, as_json)


Speed = Annotated[float, typer.Option(help="Calendar seconds per second.", min=0.001, max=1000)]
Faults = Annotated[str, typer.Option(help="What the simulated venues do wrong: none, light or heavy.")]


@app.command(epilog="Example: xmc demo --headless --duration 20 --seed 7 --faults light --json")
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Without the page.")] = False,
    duration: Annotated[float, typer.Option(help="Seconds of real time.", min=1)] = 60,
    speed: Speed = 20,
    seed: Annotated[int, typer.Option(help="Decides modelled quotes and faults.", min=0)] = 7,
    faults: Faults = "light",
    directory: Annotated[Path | None, typer.Option(help="Where log and capture go; a new one when absent.")] = None,
    script: Annotated[
        Path | None, typer.Option(help="Lines of what each venue does besides (docs/simulated-venues.md).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Trade two cross-market spreads on four simulated venues over real protocols, and show what came of it."""
    from cross_market_connect.simulation import commands

    answer = commands.demo(headless, duration, speed, seed, faults, directory, script)
    if not as_json:
        for line in commands.demo_lines(answer):
            typer.echo(line)
    finish(answer, as_json, bad=not commands.is_good(answer))


@app.command(epilog="Example: xmc conformance simulated-4.4 --report conformance")
def conformance(
    gateway: Annotated[
        str, typer.Argument(help="A source of FILE; else simulated-4.2, -4.4, -5.0, -ocg-c.", metavar="GATEWAY")
    ],
    file: Annotated[Path | None, typer.Option("--config", help="The configuration (TOML) that has it.")] = None,
    report: Annotated[Path | None, typer.Option(help="Where conformance.html and conformance.json go.")] = None,
    as_json: AsJson = False,
) -> None:
    """Play the numbered cases of conformance through the real gateway; exit 1 when one fails."""
    from cross_market_connect.conformance import commands

    answer = commands.conformance(gateway, file, report)
    if not as_json:
        for line in commands.lines(answer):
            typer.echo(line)
    finish(answer, as_json, bad=not answer["passed"])


@app.command(epilog="Example: xmc run examples/if_hsi.toml")
def run(file: Annotated[Path, typer.Argument(help="The configuration (TOML).", metavar="CONFIG")]) -> None:
    """Run one engine until Ctrl-C; it then cancels, confirms, balances and logs out."""
    from cross_market_connect.run import run_file

    answer = run_file(file)
    finish(answer, as_json=True, bad=not answer["final"])


@app.command(epilog="Example: xmc guardian examples/if_hsi.toml")
def guardian(file: Annotated[Path, typer.Argument(help="The configuration (TOML).", metavar="CONFIG")]) -> None:
    """Run one engine and look after it: a hang is fenced and killed, a death followed by a start, and people told."""
    from cross_market_connect.guardian import guard_file

    answer = guard_file(file)
    finish(answer, as_json=True, bad=bool(answer["given_up"]))


@app.command(epilog="Example: xmc console data/if_hsi")
def console(
    directory: Annotated[Path, typer.Argument(help="The engine's data directory.", metavar="DIRECTORY")],
    port: Annotated[int, typer.Option(help="0 lets the system choose.", min=0, max=65535)] = 0,
) -> None:
    """Serve the page of a running or finished engine on this machine; its address is the first line printed."""
    from cross_market_connect.console import process

    raise typer.Exit(process.main(directory, port))


@app.command(epilog="Example: xmc books data/if_hsi")
def books(
    directory: Annotated[Path, typer.Argument(help="The engine's data directory.", metavar="DIRECTORY")],
    as_json: AsJson = False,
) -> None:
    """Show every market of a running or finished engine once: best prices, states, what is unusual, who is best."""
    from cross_market_connect.console import books as room

    snapshot, description = room.read(directory)
    if not as_json:
        for line in room.lines(snapshot, description):
            typer.echo(line)
    finish(room.as_object(snapshot, description), as_json)


@app.command(epilog="Example: xmc simulate --seed 7 --json")
def simulate(
    seed: Annotated[int, typer.Option(help="One history.", min=0)] = 7,
    seeds: Annotated[str, typer.Option(help="Many histories, FIRST:LAST.", metavar="FIRST:LAST")] = "",
    duration: Annotated[float, typer.Option(help="Virtual seconds.", min=1)] = 20,
    speed: Speed = 20,
    faults: Faults = "light",
    kills: Annotated[int, typer.Option(help="How often the engine is killed and started again.", min=0)] = 1,
    trace: Annotated[bool, typer.Option("--trace", help="Tell the planned history of SEED as a story.")] = False,
    shrink: Annotated[bool, typer.Option("--shrink", help="Tell the smallest one that goes wrong like it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Virtual time: one seed of the demonstration's world, or many planned histories with faults, each one judged."""
    from cross_market_connect.simulation import commands

    if trace or shrink:
        for line in commands.story(seed, faults, shrink):
            typer.echo(line)
        return
    answer = commands.simulate(seed, seeds, duration, speed, faults, kills)
    if not as_json:
        for line in commands.simulate_lines(answer):
            typer.echo(line)
    finish(answer, as_json, bad=not commands.is_good(answer))


@app.command(epilog="Example: xmc replay data/if_hsi --json")
def replay(
    directory: Annotated[Path, typer.Argument(help="The engine's data directory.", metavar="DIRECTORY")],
    as_json: AsJson = False,
) -> None:
    """Run the engine's core again over a log and its capture, and compare every decision."""
    from cross_market_connect.replay import commands

    answer = commands.replay(directory)
    if not as_json:
        typer.echo(commands.as_text(answer))
    finish(answer, as_json, bad=not answer["identical"])


@audit.command("show", epilog="Example: xmc audit show 3 --directory data/if_hsi")
def audit_show(
    spread_order: Annotated[int, typer.Argument(help="The spread order's number.", metavar="SPREAD_ORDER")],
    directory: Annotated[Path, typer.Option(help="The engine's data directory.")],
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Tell the story of one spread order: each step with its reason, what followed, and how long it took."""
    from cross_market_connect.audit import commands

    story = commands.show(spread_order, directory, language)
    if not as_json:
        for line in commands.story_text(story, language):
            typer.echo(line)
    finish(commands.story_fields(story), as_json)


@audit.command("verify", epilog="Example: xmc audit verify data/if_hsi --json")
def audit_verify(
    directory: Annotated[Path, typer.Argument(help="The engine's data directory.", metavar="DIRECTORY")],
    as_json: AsJson = False,
) -> None:
    """Check every byte and rule of a log; exit 1 naming the first broken record."""
    from cross_market_connect.audit import commands

    proof = commands.verify(directory)
    if not as_json:
        for line in commands.proof_text(proof):
            typer.echo(line)
    finish(commands.proof_fields(proof), as_json, bad=not proof.ok)


@bench.command("core", epilog="Example: xmc bench core --json")
def bench_core(as_json: AsJson = False) -> None:
    """What one quote costs inside the core, and what a trigger costs until both orders are encoded."""
    from cross_market_connect.bench import core as room

    finish_bench(room.run(), as_json)


@bench.command("wire", epilog="Example: xmc bench wire --json")
def bench_wire(as_json: AsJson = False) -> None:
    """From a datagram to the last byte of both orders, against a floor of the same system calls in C."""
    from cross_market_connect.bench import wire as room

    finish_bench(room.run(), as_json)


@bench.command("repair", epilog="Example: xmc bench repair --json")
def bench_repair(as_json: AsJson = False) -> None:
    """From a refusal to the bytes that answer it, under a load of quotes, against a floor in C."""
    from cross_market_connect.bench import repair as room

    finish_bench(room.run(), as_json)


@bench.command("policy", epilog="Example: xmc bench policy --json")
def bench_policy(as_json: AsJson = False) -> None:
    """What the repair ladder is worth against no repair, on the market model of docs/policy.md."""
    from cross_market_connect.bench import policy as room

    finish_bench(room.run(), as_json)


@bench.command("clock", epilog="Example: xmc bench clock --json")
def bench_clock(
    seed: Annotated[int, typer.Option(help="Of the worlds' random numbers.", min=0)] = 1, as_json: AsJson = False
) -> None:
    """How well venues' clocks are known, in worlds with drift, steps and heavy queues whose true times are known."""
    from cross_market_connect.bench import clock as room

    finish_bench(room.run(seed), as_json)


@bench.command("feed", epilog="Example: xmc bench feed --protocol omd-d --faults loss=1%,reorder=1%,dup=1% --json")
def bench_feed(
    protocol: Annotated[str, typer.Option(help="mdp3, mdp3-by-order, omd-c or omd-d")] = "omd-d",
    faults: Annotated[str, typer.Option(help="Of each of two lines, in percent of its datagrams.")] = "",
    messages: Annotated[int, typer.Option(help="Messages of the live channel.", min=1)] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Of orders and network.", min=0)] = 1,
    as_json: AsJson = False,
) -> None:
    """Whether books survive a network that loses, doubles and overtakes, against the exchange's own books."""
    from cross_market_connect.bench import feed as room

    finish_bench(room.run(protocol, room.parse_faults(faults), messages, seed), as_json)


@bench.command("decode", epilog="Example: xmc bench decode --json")
def bench_decode(as_json: AsJson = False) -> None:
    """How fast packets of MDP 3.0, OMD-D and OMD-C become books, and the memory of 10,000 instruments' books."""
    from cross_market_connect.bench import decode as room

    finish_bench(room.run(), as_json)


@bench.command("fix", epilog="Example: xmc bench fix --json")
def bench_fix(as_json: AsJson = False) -> None:
    """Parsing and encoding FIX beside simplefix and, where installed, quickfix, in the same run."""
    from cross_market_connect.bench import fix as room

    finish_bench(room.run(), as_json)


@bench.command("load", epilog="Example: xmc bench load --json")
def bench_load(as_json: AsJson = False) -> None:
    """How late quotes are taken at 50,000 and 200,000 messages a second with ten-times bursts, sent without waiting."""
    from cross_market_connect.bench import load as room

    finish_bench(room.run(), as_json)


@bench.command("burst", epilog="Example: xmc bench burst --json")
def bench_burst(as_json: AsJson = False) -> None:
    """Whether 200,000 datagrams at 100,000 a second reach the books through a real socket: none lost, or repaired."""
    from cross_market_connect.bench import burst as room

    finish_bench(room.run(), as_json)


@bench.command("restart", epilog="Example: xmc bench restart --json")
def bench_restart(
    records: Annotated[int, typer.Option(help="Records of the log behind the engine.", min=1000)] = 10_000_000,
    as_json: AsJson = False,
) -> None:
    """How long an engine needs after a kill: with a day's log behind it, and from a kill in mid-order to balanced."""
    from cross_market_connect.bench import restart as room

    finish_bench(room.run(records), as_json)


def finish_bench(answer: dict[str, Any], as_json: bool) -> None:
    """Show a benchmark's figures."""
    if not as_json:
        for name, value in answer.items():
            typer.echo(f"{name}: {value}")
    finish(answer, as_json)


def main() -> None:
    """Entry point of `xmc`: errors that the user can cure end in one line each and exit code 2."""
    from cross_market_connect.domain.errors import InputError

    try:
        app()
    except InputError as error:
        for fault in error.faults:
            print(f"xmc: {fault}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    except OSError as error:
        print(f"xmc: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
