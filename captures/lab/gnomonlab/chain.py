"""The whole chain on the sets that are there: `python -m gnomonlab.chain GNOMON RULES INTO SET…`.

The recipes of a kind are divided into two halves. `gnomon calibrate` fits on one with its key logs, and
`gnomon evaluate` measures the other twice: with the shipped profiles, and with those that came of the
fit. What was made stays in INTO/KIND; the rules that are shipped are read and never written.

A recipe is never cut in two. But the lab replays the same recorded calls in many recipes, so that a
call may stand in both halves. The turns of the second half whose call is in no recipe of the first are
therefore shown once more by themselves.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ENDINGS = (".pcapng", ".pcapng.gz", ".pcapng.zst", ".pcap")
TRUTH = ".truth.json"
OWN, SHARED = "calls of this half alone", "calls that the fit has seen too"


class Problem(Exception):
    """Why the chain cannot go on; one line."""


class TooFew(Problem):
    """There is nothing to divide."""


def halves(services: dict[str, tuple[str, ...]]) -> tuple[list[str], list[str]]:
    """Divides recipes, given with the services that they call: to fit on, to measure.

    Recipes that call the same services take turns, in an order that their names' digests give, so that
    both halves have each service where there are two recipes of it. The same recipes are always divided
    in the same way.
    """
    if len(services) < 2:
        raise TooFew(f"two recipes at least are needed to divide, there is {len(services) or 'none'}")
    order = sorted(services, key=lambda name: (services[name],
                                               hashlib.sha256(name.encode()).digest()))
    return sorted(order[0::2]), sorted(order[1::2])


def call_of(turn: dict) -> tuple:
    """What a recorded call is known again by, however it was sent: by its usage, rather too often."""
    usage = turn["usage"]
    return (turn.get("source"), turn.get("model"), usage["prompt_total"], usage["completion_visible"])


class Sets:
    """The labelled sets of one folder that have a capture and a key log."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.truths, self.captures, self.without = {}, {}, []
        for path in sorted(folder.glob("*" + TRUTH)):
            name = path.name.removesuffix(TRUTH)
            capture = next((folder / (name + ending) for ending in ENDINGS
                            if (folder / (name + ending)).is_file()), None)
            if capture is None or not (folder / (name + ".keys")).is_file():
                self.without.append(name)
                continue
            try:
                self.truths[name] = json.loads(path.read_text())
            except ValueError as error:
                raise Problem(f"{path}: {error}") from None
            self.captures[name] = capture

    def services(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(sorted({turn["service"] for turn in truth["turns"]}))
                for name, truth in self.truths.items()}

    def link(self, names: list[str], into: Path, *, keys: bool) -> None:
        into.mkdir(parents=True)
        for name in names:
            linked = [self.captures[name]]
            linked += [self.folder / (name + ".keys"), self.folder / (name + TRUTH)] if keys else []
            for path in linked:
                (into / path.name).symlink_to(path.resolve())


DAMAGED = 65  # gnomon's status for a capture that is damaged; what could be read is in the output


def run(*command) -> str:
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    if done.returncode == DAMAGED and done.stdout:
        run.saw_damage = True
    elif done.returncode:
        raise Problem(f"{' '.join(str(part) for part in command[:2])} ended with status {done.returncode}")
    return done.stdout


run.saw_damage = False


def profile_id(path: Path) -> str:
    for line in path.read_text().splitlines():
        if line.startswith("id:"):
            return line[3:].strip().strip("\"'")
    raise Problem(f"{path}: no id in this profile")


def rules_with(rules: Path, profiles: Path, into: Path) -> list[str]:
    """Copies the rules with new profiles in the places of those of the same id; gives their ids."""
    shutil.copytree(rules, into)
    fresh = {profile_id(path): path for path in sorted(profiles.glob("*.yaml"))}
    for path in sorted((into / "profiles").glob("*.yaml")):
        if profile_id(path) in fresh:
            path.unlink()
    for path in fresh.values():
        shutil.copy(path, into / "profiles")
    return sorted(fresh)


def scores(gnomon: Path, folder: Path, rules: Path, *more) -> dict:
    """What `gnomon evaluate` says: by label of the split, profile and figure."""
    groups = json.loads(run(gnomon, "evaluate", folder, "--rules", rules, "--format", "json", *more))["groups"]
    return {group.get("label") or "": {(row["profile"].partition("@")[0], figure): row[figure]
                                       for row in group["profiles"]
                                       for figure in ("completion", "prompt")}
            for group in groups}


def percent(value, signed: bool = False) -> str:
    if value is None:
        return "–"
    return f"{value * 100:{'+' if signed else ''}.1f} %".replace("-", "−")


COLUMNS = (
    ("median", lambda s: percent(s["median_error"])), ("p90", lambda s: percent(s["p90_error"])),
    ("total", lambda s: percent(s["total_bias"], True)), ("in 90 %", lambda s: percent(s["coverage"])),
    ("width", lambda s: "–" if s["median_width"] is None else f"×{s['median_width']:.1f}"))


def table(before: dict, after: dict) -> list[str]:
    """Both side by side: the rows that calibration has changed, and how many it has not."""
    lines = [f"{'profile':26}{'figure':12}{'turns':>6}  {'abstained':>9}"
             + "".join(f"{title:>22}" for title, _ in COLUMNS)]
    same = 0
    for key in sorted(before):
        old, new = before[key], after.get(key)
        if not old["turns"]:
            continue
        if new is None:
            lines.append(f"{key[0]:26}{key[1]:12}{old['turns']:>6}  no longer estimated by this profile")
            continue
        if all(text(old) == text(new) for _, text in COLUMNS) and old["estimated"] == new["estimated"]:
            same += 1
            continue
        abstained = [score["turns"] - score["estimated"] for score in (old, new)]
        lines.append(f"{key[0]:26}{key[1]:12}{old['turns']:>6}  {f'{abstained[0]} → {abstained[1]}':>9}"
                     + "".join(f"{f'{text(old)} → {text(new)}':>22}" for _, text in COLUMNS))
    lines.append(f"{same} rows are as before")
    return lines


def better(before: dict, after: dict) -> tuple[int, int]:
    """In how many of the changed rows the median error is smaller, and in how many larger."""
    pairs = [(old["median_error"], after[key]["median_error"]) for key, old in before.items()
             if key in after and old["median_error"] is not None and after[key]["median_error"] is not None]
    return sum(new < old for old, new in pairs), sum(new > old for old, new in pairs)


def chain(gnomon: Path, rules: Path, into: Path, folder: Path) -> None:
    sets = Sets(folder)
    for name in sets.without:
        print(f"{folder / name}: left out: no capture or no key log beside the truth")
    fitted, measured = halves(sets.services())
    if into.exists():
        shutil.rmtree(into)
    into.mkdir(parents=True)
    sets.link(fitted, into / "fit", keys=True)
    sets.link(measured, into / "measure", keys=False)
    seen = {call_of(turn) for name in fitted for turn in sets.truths[name]["turns"]}
    own = 0
    for name in measured:
        truth = sets.truths[name]
        for turn in truth["turns"]:
            is_own = call_of(turn) not in seen
            turn["source"] = OWN if is_own else SHARED
            own += is_own
        (into / "measure" / (name + TRUTH)).write_text(json.dumps(truth))
    turns = sum(len(sets.truths[name]["turns"]) for name in measured)
    print(f"{folder.name}: {len(fitted)} recipes to fit on, {len(measured)} to measure with {turns} turns, "
          f"{own} of them of calls that the fit has not seen")

    report = run(gnomon, "calibrate", into / "fit", "--from", "keys", "--rules", rules,
                 "--out", into / "profiles")
    (into / "calibrate.txt").write_text(report)
    print(*(line for line in report.splitlines() if line.startswith(("known usage", "pairs to fit on"))), sep="\n")
    if not (into / "profiles").is_dir():
        print(f"gnomon calibrate has found no profile that gets better; its report is {into / 'calibrate.txt'}")
        return
    ids = rules_with(rules, into / "profiles", into / "rules")
    print(f"new profiles in {into / 'profiles'}: {', '.join(ids)}")
    for title, more, label in (("all turns of the other half", (), ""),
                               ("of these, " + OWN, ("--by", "source"), OWN)):
        before, after = (scores(gnomon, into / "measure", place, *more).get(label, {})
                         for place in (rules, into / "rules"))
        if not before:
            continue
        print(f"\n{folder.name}, {title}: shipped → calibrated", *table(before, after), sep="\n")
        smaller, larger = better(before, after)
        print(f"median error: smaller in {smaller} rows, larger in {larger}")


def main(arguments: list[str]) -> int:
    gnomon, rules, into, *folders = map(Path, arguments)
    done = 0
    for folder in folders:
        try:
            chain(gnomon, rules, into / folder.name, folder)
            done += 1
        except TooFew as problem:
            print(f"{folder}: no chain: {problem}")
        except (Problem, OSError, KeyError, TypeError) as problem:
            print(f"chain: {folder}: {problem if isinstance(problem, (Problem, OSError)) else repr(problem)}",
                  file=sys.stderr)
            return 1
    # Two says that there was nothing to divide.
    return 1 if run.saw_damage else 0 if done else 2


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main(sys.argv[1:]))
