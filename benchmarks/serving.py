"""Reads through real servers: the API beside the bare server of reads and its peers, and two processes beside one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import psutil
from rich.progress import Progress

from .api import bare_reads_served, served
from .load import Sent, send, write_requests
from .options import Options, Part
from .peers import Peer, Unanswered, peers_served
from .served_requests import each_time, fill, served_requests
from .stage import Stage

OURS: Final = "our API"
BY_HAND: Final = "by hand"
REQUESTS: Final = 20_000
"""More than any server answers in a turn."""
LEAST_ROUNDS: Final = 5
SPREAD: Final = ("history-100", "problems-100", "overview")
"""Reads that are sent to one and to two processes."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one server answered in one round, and the CPU seconds of its process meanwhile."""

    sent: Sent
    cpu: float

    @property
    def cpu_each(self) -> float:
        """Milliseconds for each answer."""
        return 1e3 * self.cpu / max(1, self.sent.accepted)

    @property
    def is_known(self) -> bool:
        """Whether it answered at all, and was not done sooner than CPU is counted."""
        return self.sent.accepted > 0 and self.cpu > 0


@dataclass(frozen=True, slots=True)
class Served:
    """One read at each server: the turns of the rounds, by the name of the server."""

    short: str
    turns: Mapping[str, Sequence[Turn]]

    def ratios(self, server: str, beside: str = BY_HAND) -> list[float]:
        """CPU of an answer as parts of the other's, round by round; empty where a round has no answers to compare."""
        pairs = zip(self.turns[server], self.turns[beside], strict=True)
        return [one.cpu_each / other.cpu_each for one, other in pairs if one.is_known and other.is_known]


@dataclass(frozen=True, slots=True)
class Spread:
    """A read at one and at two processes of the API, in rounds. CPU in seconds of all processes of a kind together.

    `machine` is what everything on this machine used, `cores` how many it has.
    """

    short: str
    processes: int
    seconds: float
    accepted: int
    api: float
    database: float
    load: float
    machine: float
    cores: int

    @classmethod
    def together(cls, rounds: Sequence[Spread]) -> Spread:
        """All rounds as one."""
        first = rounds[0]
        return cls(
            short=first.short,
            processes=first.processes,
            seconds=sum(each.seconds for each in rounds),
            accepted=sum(each.accepted for each in rounds),
            api=sum(each.api for each in rounds),
            database=sum(each.database for each in rounds),
            load=sum(each.load for each in rounds),
            machine=sum(each.machine for each in rounds),
            cores=first.cores,
        )

    @property
    def rate(self) -> float:
        return self.accepted / self.seconds

    @property
    def cpu_each(self) -> float:
        """Milliseconds of the API's processes for each answer."""
        return 1e3 * self.api / max(1, self.accepted)

    @property
    def others(self) -> float:
        """Seconds of CPU of processes that have nothing to do with the run."""
        return max(0.0, self.machine - self.api - self.database - self.load)

    @property
    def most(self) -> float:
        """How many times the answers of one process that fills a core this machine has cores for.

        Database and load need theirs of the same cores.
        """
        used = self.api + self.database + self.load
        return self.cores * self.api / used if used else 0.0

    @property
    def alone(self) -> float:
        """Answers a second that these processes would give with a core each and nothing beside them."""
        return self.processes * 1e3 / self.cpu_each if self.cpu_each else 0.0


@dataclass(frozen=True, slots=True)
class Serving:
    """All that was found. `missing` says of each peer that did not start why."""

    reads: Sequence[Served]
    spread: Sequence[tuple[Spread, Spread]]
    missing: Mapping[str, str]


def serve(stage: Stage, options: Options, progress: Progress) -> Serving | None:
    """Fill what is missing, check that all servers give the same answers, and measure; None if it is not wanted."""
    if Part.SERVED not in options.parts:
        return None
    fill(stage, options)
    asked = served_requests(stage, options)
    bodies = {short: request.body for short, request in asked.items()}
    tokens = {short: request.token for short, request in asked.items()}
    var = stage.var / "serving"
    now = stage.system.clock.now()
    bar = progress.add_task("reads as served", total=len(asked) + len(SPREAD))
    load = _Load(stage.var, options, tokens)
    with served(stage.url, var, now=now, embedded=False) as api:
        ours = Peer(OURS, api, bodies)
        with (
            bare_reads_served(stage.url, var) as by_hand,
            peers_served(stage, var, bodies) as (peers, missing),
        ):
            servers = [ours, Peer(BY_HAND, by_hand, bodies), *peers]
            missing |= _checked(servers, tokens)
            servers = [server for server in servers if server.name not in missing]
            reads = []
            for short in asked:
                reads.append(load.in_turns(servers, short))
                progress.advance(bar)
        with served(stage.url, stage.var / "serving-too", now=now, embedded=False) as other:
            spread = []
            for short in SPREAD:
                spread.append(_spread(stage, load, (ours, Peer(OURS, other, bodies)), short))
                progress.advance(bar)
    return Serving(reads, spread, missing)


def _checked(servers: Sequence[Peer], tokens: Mapping[str, str]) -> dict[str, str]:
    """Compare the answers value by value. Gives what is wrong with each peer; raises if it is the floor or ours."""
    ours, by_hand, *others = servers
    wrong: dict[str, str] = {}
    for short, token in tokens.items():
        answer = ours.ask(short, token)
        if answer != by_hand.ask(short, token):
            raise AssertionError(f"{short} as served answers differently from the floor")
        for other in others:
            try:
                # Twice: the second time, a compiled query answers.
                same = [other.plain(answer) == other.plain(other.ask(short, token)) for _ in range(2)]
            except Unanswered as why:
                wrong[other.name] = str(why)
            else:
                if not all(same):
                    wrong[other.name] = f"answers {short} differently"
    return wrong


class _Load:
    """Sends a read to one server after the other, over so many connections."""

    def __init__(self, folder: Path, options: Options, tokens: Mapping[str, str]) -> None:
        self._folder = folder
        self._tokens = tokens
        self._connections = options.connections
        self._seconds = options.served_seconds
        self._rounds = max(LEAST_ROUNDS, options.rounds)

    @property
    def rounds(self) -> range:
        return range(self._rounds)

    def in_turns(self, servers: Sequence[Peer], short: str) -> Served:
        """The servers after each other, in each round; before, each has a turn to get warm, which compiles much in Node."""
        turns: dict[str, list[Turn]] = {server.name: [] for server in servers}
        files = {server.name: self.write(server, short) for server in servers}
        for server in servers:
            self.send(server, files[server.name])
        for _ in self.rounds:
            for server in servers:
                before = server.server.cpu
                sent = self.send(server, files[server.name])
                turns[server.name].append(Turn(sent, server.server.cpu - before))
        return Served(short, turns)

    def write(self, server: Peer, short: str) -> Path:
        """The file with the requests of a turn."""
        file = self._folder / f"requests-{server.name.split(',')[0]}"
        token = self._tokens[short]
        write_requests(file, ((token, body) for body in each_time(short, server.bodies[short], REQUESTS)))
        return file

    def send(self, server: Peer, file: Path, *, share: int = 1) -> Sent:
        """One turn, over this part of the connections."""
        connections = self._connections // share
        return send(server.server.port, file, connections=connections, seconds=self._seconds)


def _spread(stage: Stage, load: _Load, apis: tuple[Peer, Peer], short: str) -> tuple[Spread, Spread]:
    """Two processes of the load, each with half of the connections: both at the first API, or one at each."""
    one, two = apis
    file = load.write(one, short)
    for api in apis:
        load.send(api, file)
    found: dict[int, list[Spread]] = {1: [], 2: []}
    with ThreadPoolExecutor(2) as pair:
        for _ in load.rounds:
            for processes, targets in ((1, (one, one)), (2, (one, two))):
                before, before_database, before_all = _cpu(apis), _database_cpu(stage), _machine_cpu()
                sent = list(pair.map(lambda target: load.send(target, file, share=2), targets))
                found[processes].append(
                    Spread(
                        short=short,
                        processes=processes,
                        seconds=median(each.seconds for each in sent),
                        accepted=sum(each.accepted for each in sent),
                        api=_cpu(apis) - before,
                        database=_database_cpu(stage) - before_database,
                        load=sum(each.cpu for each in sent),
                        machine=_machine_cpu() - before_all,
                        cores=psutil.cpu_count() or 1,
                    )
                )
    return Spread.together(found[1]), Spread.together(found[2])


def _cpu(apis: Sequence[Peer]) -> float:
    return sum(api.server.cpu for api in apis)


def _machine_cpu() -> float:
    """Seconds of CPU that all processes of this machine have used."""
    times = psutil.cpu_times()
    # Guests are counted in `user` as well.
    return sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq"))


def _database_cpu(stage: Stage) -> float:
    """Seconds of the database's processes that serve this database; 0 where they run on another machine."""
    rows = stage.connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    found = 0.0
    for (pid,) in rows.fetchall():
        try:
            process = psutil.Process(pid)
            if process.name().startswith("postgres"):
                times = process.cpu_times()
                found += times.user + times.system
        except psutil.NoSuchProcess:
            continue  # It has ended since, or is not of this machine.
    return found
