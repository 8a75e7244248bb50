"""The command line `yanbao` with its commands; `yanbao --help` lists them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from ..logs import configure_logs
from ..settings import Settings
from .demo.topology import Addresses, Topology

app = typer.Typer(
    name="yanbao",
    help="烟爆：烟花爆竹安全生产风险监测预警系统。Fireworks safety for a province, as a GraphQL service.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console()

DEMO_PASSWORD = "Yanbao-demo-2026"


def settings() -> Settings:
    """Read the settings; if some are missing, print which and exit with code 2."""
    try:
        found = Settings()
    except ValueError as mistake:
        console.print(f"[red]configuration:[/red] {mistake}")
        raise typer.Exit(2) from None
    configure_logs()
    return found


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
    raise typer.Exit(run_demo(found, console, wish))


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    embedded: Annotated[
        bool | None, typer.Option(help="Run background work and clock in this process, too.")
    ] = None,
) -> None:
    """Serve the GraphQL API."""
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
        console.print(
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
        console.print(
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
    console.print(f"database is at {revision}")


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
    console.print(f"{len(table)} regions are in the database")


@app.command()
def seed(
    enterprises: Annotated[int, typer.Option(help="1 to 20,000.", min=1, max=20_000)] = 160,
    seed: Annotated[int, typer.Option(help="Another seed, another province.")] = 2026,
) -> None:
    """Fill the database with the demo province; a second run changes nothing."""
    from ..wiring import opened
    from .demo.filling import seed_demo

    with opened(settings()) as system, Progress(console=console) as progress:
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

    raise typer.Exit(play_day(console, api=url, ministry=ministry, sms=sms, password=DEMO_PASSWORD))


@app.command("demo-week")
def demo_week(
    url: Annotated[str, typer.Option(help="The running demo's API.")] = "http://127.0.0.1:8000",
    ministry: Annotated[str, typer.Option(help="The ministry simulator.")] = "http://127.0.0.1:8001",
    sms: Annotated[str, typer.Option(help="The SMS simulator.")] = "http://127.0.0.1:8002",
) -> None:
    """Play a week of patrols, spot checks, problems and the Friday push; compare both sides at its end."""
    from ..adapters.demo.week.story import play_week

    raise typer.Exit(play_week(console, api=url, ministry=ministry, sms=sms, password=DEMO_PASSWORD))


@app.command("demo-ministry")
def demo_ministry(
    url: Annotated[str, typer.Option(help="The running demo's API.")] = "http://127.0.0.1:8000",
    ministry: Annotated[str, typer.Option(help="The ministry simulator.")] = "http://127.0.0.1:8001",
    sms: Annotated[str, typer.Option(help="The SMS simulator.")] = "http://127.0.0.1:8002",
) -> None:
    """Play ten days of problems, warnings and certificates from the ministry; compare both sides at their end."""
    from ..adapters.demo.ministry.story import play_ministry

    raise typer.Exit(play_ministry(console, api=url, ministry=ministry, sms=sms, password=DEMO_PASSWORD))


account = typer.Typer(
    help="Accounts, for the first administrators of a new installation.", no_args_is_help=True
)
app.add_typer(account, name="account")


@account.command("create")
def account_create(
    username: Annotated[str, typer.Argument(help="3 to 32 characters.")],
    person: Annotated[str, typer.Option(help="The person's name, as imported.")],
    phone: Annotated[str, typer.Option(help="The person's phone number, as imported.")],
    department: Annotated[str, typer.Option(help="The department's name, as imported.")],
) -> None:
    """Create an account for an imported person of a department; asks for the password."""
    from ..application.access import SYSTEM
    from ..domain.refusals import Refused
    from ..wiring import opened

    with opened(settings()) as system:
        with system.storage.work(SYSTEM) as work:
            found = work.departments.by_name(department)
            employee = found and work.people.find_in(
                name=person, phone=phone, department_id=found.id, enterprise_id=None
            )
        if not employee:
            console.print("[red]account:[/red] no such person in that department; import people first")
            raise typer.Exit(1)
        password = typer.prompt("password", hide_input=True, confirmation_prompt=True)
        try:
            system.app.identity.save_account(
                SYSTEM, username=username, person_id=employee.id, password=password
            )
        except Refused as refusal:
            console.print(f"[red]{refusal.code}[/red] {refusal.sentence}")
            raise typer.Exit(1) from None
        console.print(f"account {username} created; the password must be changed at the first log-in")


def main() -> None:
    """Run the command line: the entry point of the console script."""
    from ..adapters.ministry.profile import UnfitProfile
    from ..application.ports.unavailable import Unavailable
    from ..wiring import NotMigrated
    from . import audit, exchange, exports, figures, imports, interface, ministry, report, restore, weekly
    from .doctor import command

    interface.add_commands(app, console)
    exchange.add_commands(app, console)
    ministry.add_commands(app, console)
    audit.add_commands(app, console, settings)
    restore.add_commands(app, console, settings)
    imports.add_commands(app, console, settings)
    exports.add_command(app, console, settings)
    weekly.add_command(app, console, settings)
    figures.add_commands(app, console, settings)
    report.add_commands(app, console, settings)
    command.add_command(app, console)
    try:
        app()
    except NotMigrated as why:
        console.print(f"[red]database:[/red] {why}", highlight=False)
        sys.exit(2)
    except UnfitProfile as why:
        lines = "\n".join((f"{why.source}:", *why.errors))
        console.print(f"[red]YANBAO_MINISTRY_PROFILE:[/red] {escape(lines)}", highlight=False, soft_wrap=True)
        sys.exit(2)
    except Unavailable as why:
        reason = escape(f"{why.reason}: see  yanbao doctor")
        console.print(f"[red]database:[/red] {reason}", highlight=False, soft_wrap=True)
        sys.exit(2)
