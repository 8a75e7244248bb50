"""The command line `yanbao` with its commands; `yanbao --help` lists them."""

from __future__ import annotations

import gc
import sys
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final

import typer

from . import interface
from .demo.topology import Addresses, Topology
from .later import Later, loading

if TYPE_CHECKING:
    from rich.console import Console

    from ..settings import Settings


@cache
def console() -> Console:
    """Where everything is printed. rich is loaded with the first word: a server has none to say."""
    from rich.console import Console

    return Console()


def settings() -> Settings:
    """Read the settings; if some are missing, print which and exit with code 2."""
    from ..logs import configure_logs
    from ..settings import Settings

    try:
        found = Settings()
    except ValueError as mistake:
        console().print(f"[red]configuration:[/red] {mistake}")
        raise typer.Exit(2) from None
    configure_logs()
    return found


def _add_account(app: typer.Typer) -> None:
    from . import account

    account.add_commands(app, console(), settings)


def _add_doctor(app: typer.Typer) -> None:
    from .doctor import command

    command.add_command(app, console())


def _add_exchange(app: typer.Typer) -> None:
    from . import exchange

    exchange.add_commands(app, console())


def _add_ministry(app: typer.Typer) -> None:
    from . import ministry

    ministry.add_commands(app, console())


def _add_audit(app: typer.Typer) -> None:
    from . import audit

    audit.add_commands(app, console(), settings)


def _add_restore(app: typer.Typer) -> None:
    from . import restore

    restore.add_commands(app, console(), settings)


def _add_imports(app: typer.Typer) -> None:
    from . import imports

    imports.add_commands(app, console(), settings)


def _add_exports(app: typer.Typer) -> None:
    from . import exports

    exports.add_command(app, console(), settings)


def _add_weekly(app: typer.Typer) -> None:
    from . import weekly

    weekly.add_command(app, console(), settings)


def _add_figures(app: typer.Typer) -> None:
    from . import figures

    figures.add_commands(app, console(), settings)


def _add_report(app: typer.Typer) -> None:
    from . import report

    report.add_commands(app, console(), settings)


LATER: Final = {
    "account": Later("Accounts, for the first administrators of a new installation.", _add_account),
    "export": Later(
        "导出。Write a list of the whole province as a workbook; who did it is in the audit trail.",
        _add_exports,
    ),
    "weekly": Later(
        "每周推送。Show what the push of a week holds, and from which facts each number comes.", _add_weekly
    ),
    "doctor": Later(
        "体检。Look at settings, database, duties, schedule, partners and disk, and say what is wrong.",
        _add_doctor,
    ),
    "exchange": Later("The exchange with the ministry's platform.", _add_exchange),
    "ministry": Later("部级平台模拟器：下发问题和预警，查看返回的结果。", _add_ministry),
    "audit": Later("The audit trail.", _add_audit),
    "restore": Later(
        "Put a database into use again that was restored from a backup. See docs/operations.md.", _add_restore
    ),
    "import": Later(
        "导入档案。Lookups from .xlsx or .csv: all rows are checked first; twice is an update, never double.",
        _add_imports,
    ),
    "figures": Later("统计指标。The figures of the statistics.", _add_figures),
    "report": Later("通报：日报、周报、月报。Written reports as .docx.", _add_report),
}
app = typer.Typer(
    name="yanbao",
    cls=loading(LATER),
    help="烟爆：烟花爆竹安全生产风险监测预警系统。Fireworks safety for a province, as a GraphQL service.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
DEMO_PASSWORD = "Yanbao-demo-2026"
NEW_OBJECTS: Final = 30_000
NEVER: Final = 1_000_000


@app.command()
def demo(
    enterprises: Annotated[int, typer.Option(help="How many enterprises the demo province has.")] = 160,
    seed: Annotated[int, typer.Option(help="Another seed, another province.")] = 2026,
    topology: Annotated[
        Topology,
        typer.Option(
            help="single: API and background work are one process. full: API, worker and clock apart, on the "
            "PostgreSQL of YANBAO_DATABASE_URL and the Redis of YANBAO_REDIS_URL."
        ),
    ] = Topology.SINGLE,
    history_days: Annotated[
        int,
        typer.Option(
            help="How many days before its first one the demo knows: commitments, inspections, problems.",
            min=0,
            max=400,
        ),
    ] = 60,
    port: Annotated[int | None, typer.Option(help="Port of the API.")] = None,
    ministry_port: Annotated[int, typer.Option(help="Port of the ministry simulator.")] = 8001,
    sms_port: Annotated[int, typer.Option(help="Port of the SMS simulator.")] = 8002,
    parent: Annotated[
        int | None, typer.Option(help="End when this is no longer the number of the parent process.")
    ] = None,
) -> None:
    """Run the whole demo: API, background work, clock, ministry and SMS simulators; Ctrl-C stops all of it."""
    from .demo.run import Wish, run_demo

    found = settings()
    wish = Wish(
        topology=topology,
        addresses=Addresses(port or found.port, ministry_port, sms_port),
        enterprises=enterprises,
        seed_number=seed,
        password=DEMO_PASSWORD,
        history_days=history_days,
        parent=parent,
    )
    raise typer.Exit(run_demo(found, console(), wish))


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    embedded: Annotated[
        bool | None, typer.Option(help="Run background work and clock in this process, too.")
    ] = None,
) -> None:
    """Serve the GraphQL API."""
    # Until the application is built, most of what is made stays: looking for garbage in all of it took a fifth of the
    # time. In what is new it costs little, and finds the classes that `dataclass` makes twice for their slots.
    gc.set_threshold(NEW_OBJECTS, NEVER, NEVER)
    import uvicorn

    from ..graphql.execution.manifest import UnfitManifest
    from ..graphql.transport.settings import EndpointSettings
    from ..main import create_app

    found = settings()
    changes = {"host": host, "port": port, "embedded": embedded}
    found = found.model_copy(update={name: value for name, value in changes.items() if value is not None})
    try:
        served = create_app(found)
    except UnfitManifest as why:
        from rich.markup import escape

        console().print(
            f"[red]YANBAO_DOCUMENTS_MANIFEST:[/red]\n{escape(str(why))}", highlight=False, soft_wrap=True
        )
        raise typer.Exit(2) from None
    uvicorn.run(
        served,
        host=found.host,
        port=found.port,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        # A sign of life for proxies, which give up after a minute of silence.
        ws_ping_interval=45.0,
        ws_max_size=EndpointSettings().max_body,
        timeout_graceful_shutdown=5,
        forwarded_allow_ips=found.trusted_proxies,
        access_log=False,
        log_config=None,
        server_header=False,
    )


@app.command()
def worker(threads: Annotated[int, typer.Option(help="Worker threads.")] = 8) -> None:
    """Process the outbox, at once when a message comes through Redis; needs YANBAO_REDIS_URL."""
    from ..worker import run_worker

    found = settings()
    if found.redis_url is None:
        console().print(
            "[red]worker:[/red] set YANBAO_REDIS_URL; without Redis the API process does the work itself"
        )
        raise typer.Exit(2)
    run_worker(found, threads=threads)


@app.command()
def clock() -> None:
    """Run the scheduled jobs."""
    from ..worker import run_clock

    run_clock(settings())


@app.command()
def migrate(
    revision: Annotated[
        str, typer.Argument(help="Go back to this revision; the newest when left out.")
    ] = "head",
) -> None:
    """Bring the database to the newest revision, or back to an earlier one."""
    from ..adapters.sql.engine import make_engine
    from ..adapters.sql.migrations import downgrade, upgrade

    found = settings()
    found.var.mkdir(parents=True, exist_ok=True)
    engine = make_engine(found.database, statement_seconds=None)
    if revision == "head":
        upgrade(engine)
    else:
        downgrade(engine, revision)
    engine.dispose()
    console().print(f"database is at {revision}")


@app.command("load-regions")
def load_regions() -> None:
    """Write the regions of Shaanxi to a new database, so that departments and people can be imported."""
    from ..adapters.demo.departments import regions
    from ..application.access import SYSTEM
    from ..wiring import opened

    table = regions()
    with opened(settings()) as system, system.storage.work(SYSTEM) as work:
        for region in table:
            work.regions.save(region)
        work.commit()
    console().print(f"{len(table)} regions are in the database")


@app.command()
def seed(
    enterprises: Annotated[int, typer.Option(help="1 to 20,000.", min=1, max=20_000)] = 160,
    seed: Annotated[int, typer.Option(help="Another seed, another province.")] = 2026,
) -> None:
    """Fill the database with the demo province; a second run changes nothing."""
    from rich.progress import Progress

    from ..wiring import opened
    from .demo.filling import seed_demo

    with opened(settings()) as system, Progress(console=console()) as progress:
        seed_demo(system, progress, enterprises=enterprises, seed_number=seed, password=DEMO_PASSWORD)


@app.command()
def schema() -> None:
    """Print the GraphQL schema."""
    from ..graphql.schema import make_schema

    sys.stdout.write(str(make_schema()) + "\n")


@app.command()
def workflow() -> None:
    """Print docs/workflow.md from the tables of the code."""
    from ..adapters.workflow.page import render

    sys.stdout.write(render())


@app.command("demo-day")
def demo_day(
    url: Annotated[str, typer.Option(help="The running demo's API.")] = "http://127.0.0.1:8000",
    ministry: Annotated[str, typer.Option(help="The ministry simulator.")] = "http://127.0.0.1:8001",
    sms: Annotated[str, typer.Option(help="The SMS simulator.")] = "http://127.0.0.1:8002",
) -> None:
    """Play one business day on a running demo, through its public API, and compare both sides at its end."""
    from ..adapters.demo.day.story import play_day

    raise typer.Exit(play_day(console(), api=url, ministry=ministry, sms=sms, password=DEMO_PASSWORD))


@app.command("demo-week")
def demo_week(
    url: Annotated[str, typer.Option(help="The running demo's API.")] = "http://127.0.0.1:8000",
    ministry: Annotated[str, typer.Option(help="The ministry simulator.")] = "http://127.0.0.1:8001",
    sms: Annotated[str, typer.Option(help="The SMS simulator.")] = "http://127.0.0.1:8002",
) -> None:
    """Play a week of patrols, spot checks, problems and the Friday push; compare both sides at its end."""
    from ..adapters.demo.week.story import play_week

    raise typer.Exit(play_week(console(), api=url, ministry=ministry, sms=sms, password=DEMO_PASSWORD))


@app.command("demo-ministry")
def demo_ministry(
    url: Annotated[str, typer.Option(help="The running demo's API.")] = "http://127.0.0.1:8000",
    ministry: Annotated[str, typer.Option(help="The ministry simulator.")] = "http://127.0.0.1:8001",
    sms: Annotated[str, typer.Option(help="The SMS simulator.")] = "http://127.0.0.1:8002",
) -> None:
    """Play ten days of problems, warnings and certificates from the ministry; compare both sides at their end."""
    from ..adapters.demo.ministry.story import play_ministry

    raise typer.Exit(play_ministry(console(), api=url, ministry=ministry, sms=sms, password=DEMO_PASSWORD))


interface.add_commands(app, console)


def main() -> None:
    """Run the command line: the entry point of the console script."""
    try:
        app()
    except Exception as why:
        told = _explained(why)
        if told is None:
            raise
        console().print(told, highlight=False, soft_wrap=True)
        sys.exit(2)


def _explained(why: Exception) -> str | None:
    """What to tell of a failure that the operator can end; None for any other."""
    from rich.markup import escape

    from ..adapters.ministry.profile import UnfitProfile
    from ..application.ports.unavailable import Unavailable
    from ..wiring import NotMigrated

    if isinstance(why, NotMigrated):
        return f"[red]database:[/red] {why}"
    if isinstance(why, UnfitProfile):
        lines = "\n".join((f"{why.source}:", *why.errors))
        return f"[red]YANBAO_MINISTRY_PROFILE:[/red] {escape(lines)}"
    if isinstance(why, Unavailable):
        reason = escape(f"{why.reason}: see  yanbao doctor")
        return f"[red]database:[/red] {reason}"
    return None
