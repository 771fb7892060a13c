#!/usr/bin/env python3
"""The program in a real window, by keyboard alone, killed again and again in the middle of its work.

First the first run: a clip of the demo model, exported as MP4. Then kills (SIGKILL) at random moments of a queue of five jobs with
exports. After each kill what is on the disk is looked at as it is, and the next start must go on with it:

- a clip that was finished stays: its file is there with the same bytes, and every file decodes whole;
- a job that was queued is in the journal or is a clip, never neither;
- an export has its name only when it is whole, and no temporary file has the name of a finished one;
- after the next start the library's index and the files agree.

    cargo build
    tests/soak/window.py target/debug/hummingbird --kills 50 --seed 1

It needs Xvfb, xdotool, ffmpeg and ffprobe. What it counted is printed as JSON; it ends with 1 where something was lost. This is a
soak of many minutes and no part of `cargo test`, which has a short form without a window (tests/tests/journal.rs).
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

PROMPTS = [
    "a red ball rising over the ocean",
    "a yellow fish moving left in the blue sky",
    "a white boat at sunset",
    "a purple star spinning in the night sky with stars",
    "a green balloon hovering over a green meadow",
]
# Those that FFmpeg decodes in every version.
FORMATS = ["mp4", "gif", "apng"]
# Of a clip of the demo model.
FRAMES = 16
# What unfinished files are called (engine/base/src/files.rs).
PART_PREFIX, PART_SUFFIX = ".hummingbird-", ".part"
# Ends of windows in a row from which on a safe start is offered (app/src/window/tasks/session_file.rs).
CRASHES = 2


class Broken(Exception):
    """What must not be."""


def wait_for(what, found, secs, every=0.1):
    """What `found` gives once it gives something; breaks after so many seconds."""
    end = time.monotonic() + secs
    while True:
        value = found()
        if value:
            return value
        if time.monotonic() > end:
            raise Broken(f"{what}: not within {secs} s")
        time.sleep(every)


class Screen:
    """A screen of its own, and its keyboard."""

    def __init__(self, folder):
        read, write = os.pipe()
        # Without the last option it starts anew when its last window goes, and who connects in that moment is refused.
        size = ["-screen", "0", "1280x800x24", "-noreset"]
        log = open(folder / "xvfb.log", "wb")
        self.process = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-nolisten", "tcp", *size], pass_fds=[write], stderr=log)
        os.close(write)
        number = os.read(read, 16).decode().strip()
        if not number:
            raise Broken("Xvfb does not start")
        self.display = f":{number}"
        wait_for("the screen answers", lambda: self.tool("getdisplaygeometry"), 30)

    def environment(self):
        environment = {name: value for name, value in os.environ.items() if name not in ("WAYLAND_DISPLAY", "DISPLAY")}
        return {**environment, "DISPLAY": self.display}

    def tool(self, *args, secs=60):
        done = subprocess.run(["xdotool", *args], env=self.environment(), capture_output=True, text=True, timeout=secs)
        return done.stdout.split()

    def keys(self, *keys):
        self.tool("key", "--delay", "40", *keys)

    def type(self, text):
        self.tool("type", "--delay", "15", text)

    def picture(self, path):
        """What is on the screen, for whoever has to find out why this failed."""
        grab = ["ffmpeg", "-v", "error", "-y", "-f", "x11grab", "-i", self.display, "-frames:v", "1", str(path)]
        subprocess.run(grab, env=self.environment(), check=False, timeout=60)

    def close(self):
        self.process.terminate()
        self.process.wait()


class Window:
    """One run of the program."""

    def __init__(self, program, home, screen, log, cwd=None):
        self.screen, self.home = screen, home
        environment = {**screen.environment(), "HUMMINGBIRD_HOME": str(home)}
        self.process = subprocess.Popen([str(program)], env=environment, stdout=log, stderr=log, cwd=cwd or home)
        try:
            self.id = wait_for("the window opens", self.find, 120)[0]
            self.focus()
        except BaseException:
            self.kill()
            raise

    def find(self):
        if self.process.poll() is not None:
            raise Broken(f"the program ended by itself with {self.process.returncode}")
        return self.screen.tool("search", "--onlyvisible", "--name", "^Hummingbird$")

    def focus(self):
        self.screen.tool("windowfocus", "--sync", self.id)

    def keys(self, *keys):
        if self.process.poll() is not None:
            raise Broken(f"the program ended by itself with {self.process.returncode}")
        self.screen.keys(*keys)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def crashes(self):
        """Windows in a row before this one that were not closed."""
        session = read_json(self.home / "settings" / "session.json")
        return session.get("crashes", 0) if session else 0


def read_json(path):
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def made_by(job):
    """What tells the clip of a job of the journal from others: its seed and its prompt."""
    request = job["request"]
    clip = request.get("clip", request)
    return clip["seed"], clip["prompt"]


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def decodes(path, frames=None):
    """Whether a clip can be read to its end, with so many frames."""
    whole = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-f", "null", "-"], capture_output=True, text=True, timeout=120)
    # Its GIF and WebP readers say nothing of files that are cut off by their return codes alone.
    if whole.returncode != 0 or whole.stderr.strip():
        return False
    if frames is None:
        return True
    count = ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"]
    counted = subprocess.run([*count, str(path)], capture_output=True, text=True, timeout=120).stdout.strip().strip(",")
    return counted == str(frames)


def is_part(path):
    return path.name.startswith(PART_PREFIX) and path.name.endswith(PART_SUFFIX)


def files_in(folder):
    """Finished files of a folder, and those that are not finished."""
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    return {path for path in files if not is_part(path)}, {path for path in files if is_part(path)}


class State:
    """What is on the disk while no program runs."""

    def __init__(self, home):
        self.clips, self.parts = files_in(home / "clips")
        self.index = index(home)
        # Jobs by their keys: those that wait, run or were stopped.
        self.jobs = {}
        for path in (home / "journal").glob("*/*.json"):
            job = read_json(path)
            if job is None:
                raise Broken(f"{path} is half written")
            if job.get("request"):
                self.jobs[path.stem] = made_by(job)
        self.steps = {path.stem: path.stat().st_size for path in (home / "journal").glob("*/*.safetensors")}

    def made(self):
        """Seeds and prompts of the clips of the index that are there."""
        return {row["made"] for path, row in self.index.items() if pathlib.Path(path) in self.clips}


def index(home):
    """The clips of the library's index by their files."""
    path = home / "library" / "index.sqlite"
    if not path.exists():
        return {}
    connection = sqlite3.connect(path, timeout=20)
    try:
        if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise Broken("the library's index is damaged")
        rows = connection.execute("SELECT path, sha256, frames, provenance FROM clips").fetchall()
    finally:
        connection.close()
    found = {}
    for path, digest, frames, provenance in rows:
        settings = json.loads(provenance)
        found[path] = {"sha256": digest, "frames": frames, "made": (settings["seed"], settings["prompt"])}
    return found


class Soak:
    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.home, self.exports = folder / "home", folder / "exports"
        self.home.mkdir()
        self.exports.mkdir()
        self.random = random.Random(args.seed)
        self.screen = Screen(folder)
        self.log = open(folder / "program.log", "wb")
        self.counts = {
            "kills": 0, "starts": 0, "times_gone_on": 0, "jobs": 0, "clips": 0, "clips_again": 0, "exports": 0, "kills_with_a_job_begun": 0,
            "kills_in_an_export": 0, "parts_left": 0, "files_decoded": 0, "safe_starts_offered": 0,
        }
        # How long a dialog may take to open before something is typed into it.
        self.dialog_secs = 0.7
        # What has to stay: files by their paths, jobs by their keys.
        self.files, self.jobs, self.unlisted = {}, {}, set()

    def start(self):
        self.counts["starts"] += 1
        window = Window(self.args.program, self.home, self.screen, self.log)
        if window.crashes() >= CRASHES:
            # Started as usual: the dialog's main button.
            self.counts["safe_starts_offered"] += 1
            time.sleep(1.0)
            window.keys("ctrl+Return")
        return window

    # The first run

    def first_run(self):
        began = time.monotonic()
        window = self.start()
        try:
            # The three first steps are in front; their main button leads through them, and then the prompt has the keyboard.
            wait_for("the first steps are noted", lambda: self.settings().get("first_steps_seen"), 120)
            for _ in range(3):
                time.sleep(0.7)
                window.keys("ctrl+Return")
            time.sleep(0.7)
            self.queue(window, PROMPTS[0])
            started = time.monotonic()
            clip = wait_for("the first clip is kept", lambda: [*(self.home / "clips").rglob("*.mp4")], 600)[0]
            self.clip_secs = max(2.0, time.monotonic() - started)
            time.sleep(1.0)
            path = self.exports / "first.mp4"
            self.export(window, path)
            wait_for("the export is written", path.exists, 120)
            if not decodes(path, FRAMES):
                raise Broken("the first export does not decode whole")
            self.counts["first_run_secs"] = round(time.monotonic() - began, 1)
            self.counts["first_clip_secs"] = round(self.clip_secs, 1)
            self.counts["first_export"] = self.probe(path)
            self.close(window)
        except BaseException:
            self.fail(window, "first")
            raise
        self.look(after_kill=False)
        if clip not in self.files:
            raise Broken("the first clip is gone")

    def settings(self):
        return read_json(self.home / "settings" / "window.json") or {}

    def close(self, window):
        window.keys("ctrl+q")
        window.process.wait(timeout=120)
        if window.process.returncode != 0:
            raise Broken(f"the window closed with {window.process.returncode}")

    def fail(self, window, name):
        self.screen.picture((self.args.keep or pathlib.Path(".")) / f"soak-failed-{name}.png")
        window.kill()

    def probe(self, path):
        entries = "stream=codec_name,width,height,nb_frames:format=format_name"
        done = subprocess.run(["ffprobe", "-v", "error", "-show_entries", entries, "-of", "json", str(path)], capture_output=True, text=True, check=True)
        probed = json.loads(done.stdout)
        return {**probed["streams"][0], "format": probed["format"]["format_name"]}

    def export(self, window, path):
        window.keys("ctrl+e")
        time.sleep(self.dialog_secs)
        window.keys("ctrl+a")
        self.screen.type(str(path))
        time.sleep(0.3)
        window.keys("Return")

    # The queue

    def fill(self, window):
        """Queues jobs by their prompts."""
        for _ in range(self.args.jobs):
            self.queue(window, self.random.choice(PROMPTS))

    def queue(self, window, prompt):
        """Types a prompt and generates until the journal has a job more: before its model is open the program takes none."""
        before = len(self.jobs)
        end = time.monotonic() + 180
        window.keys("ctrl+p", "ctrl+a")
        self.screen.type(prompt)
        while len(self.jobs) == before:
            if time.monotonic() > end:
                raise Broken("a job does not get into the queue")
            window.keys("ctrl+Return")
            for _ in range(60):
                time.sleep(0.05)
                self.note_jobs()
                if len(self.jobs) > before:
                    break

    def note_jobs(self):
        """Whatever was in the journal once must not be lost."""
        for path in (self.home / "journal").glob("*/*.json"):
            if path.stem not in self.jobs and (job := read_json(path)) and job.get("request"):
                self.jobs[path.stem] = made_by(job)
                self.counts["jobs"] += 1

    def queued_keys(self):
        return [path.stem for path in (self.home / "journal").glob("*/*.json")]

    def waiting_keys(self):
        """Jobs that are queued or run; those that were cancelled stay until they are resumed or dropped."""
        jobs = ((path.stem, read_json(path)) for path in (self.home / "journal").glob("*/*.json"))
        return [key for key, job in jobs if job and job.get("standing", "queued") == "queued"]

    def is_going(self, since):
        """Whether the queue has done anything since this start."""
        steps = (self.home / "journal").glob("*/*.safetensors")
        fresh = [path for path in [*steps, *(self.home / "clips").rglob("*.mp4")] if safe_mtime(path) > since]
        return bool(fresh)

    def go_on(self, window, since):
        """Sets the queue of the last session going; it comes back paused."""
        end = time.monotonic() + 180
        while not self.is_going(since):
            if time.monotonic() > end:
                raise Broken("the queue does not go on after a kill")
            window.keys("ctrl+shift+Return")
            for _ in range(20):
                time.sleep(0.1)
                if self.is_going(since):
                    break

    def kill_once(self, number):
        since = time.time()
        window = self.start()
        try:
            listed = lambda: self.unlisted <= {pathlib.Path(path) for path in index(self.home)}
            wait_for("what was made in the moment of the last kill is listed", listed, 120)
            waiting = self.queued_keys()
            if waiting:
                self.go_on(window, since)
                self.counts["times_gone_on"] += 1
            if len(waiting) < 2:
                self.fill(window)
            # From the next step to well into the next clip.
            patience = self.random.uniform(0.0, 1.5 * self.clip_secs)
            until = time.monotonic() + patience
            if self.random.random() < 0.6:
                self.export_something(window, number)
                # Every other time in the middle of the export.
                if self.random.random() < 0.5:
                    until = time.monotonic() + self.random.uniform(0.0, 0.2)
            while time.monotonic() < until:
                time.sleep(0.02)
            exporting = any(is_part(path) for path in self.exports.iterdir())
        except BaseException:
            self.fail(window, number)
            raise
        window.kill()
        self.counts["kills"] += 1
        self.counts["kills_in_an_export"] += exporting
        self.look(after_kill=True)
        self.agree()

    def export_something(self, window, number):
        """Exports the newest clip of the history, or all of it, and does not wait for the end."""
        window.keys("ctrl+Page_Down")
        time.sleep(self.random.uniform(0.3, 1.0))
        if self.random.random() < 0.3:
            window.keys("ctrl+shift+e")
            time.sleep(0.5)
            window.keys("ctrl+Return")
        else:
            ending = self.random.choice(FORMATS)
            self.export(window, self.exports / f"kill-{number}.{ending}")

    # What must be

    def look(self, after_kill):
        """Looks at everything as a kill left it."""
        state = State(self.home)
        exports, parts = files_in(self.exports)
        self.counts["parts_left"] = len(parts | state.parts)
        if after_kill:
            self.counts["kills_with_a_job_begun"] += any(size for size in state.steps.values())
        for path, digest in self.files.items():
            if not path.exists():
                raise Broken(f"{path} is lost")
            if sha256(path) != digest:
                raise Broken(f"{path} is another file now")
        for path in state.clips | exports:
            if path in self.files:
                continue
            # A GIF may make one frame of several that are the same.
            if not decodes(path, FRAMES if path.suffix == ".mp4" else None):
                raise Broken(f"{path} has the name of a finished file and does not decode whole")
            self.counts["files_decoded"] += 1
            self.files[path] = sha256(path)
        made = state.made()
        self.unlisted = state.clips - {pathlib.Path(path) for path in state.index}
        self.counts["clips"] = len(state.clips)
        self.counts["exports"] = len(exports)
        for key, what in self.jobs.items():
            # A clip whose file came in the moment of the kill is not in the index yet: the next start finds it.
            if key not in state.jobs and what not in made and not self.unlisted:
                raise Broken(f"the job {key} ({what}) is neither queued nor a clip")
        self.note_jobs()

    def agree(self):
        """What the next start makes of it is looked at in that start: here what the last one left."""
        rows = index(self.home)
        for path, row in rows.items():
            path = pathlib.Path(path)
            if path in self.files and row["sha256"] != self.files[path]:
                raise Broken(f"the index says something else of {path}")
        made = [row["made"] for row in rows.values()]
        self.counts["clips_again"] = len(made) - len(set(made))

    def end(self):
        """The queue runs to its end, and then all jobs are clips."""
        since = time.time()
        window = self.start()
        if self.queued_keys():
            self.go_on(window, since)
        wait_for("the queue is done", lambda: not self.queued_keys(), 60 * self.args.jobs + 600, every=0.5)
        wait_for("files and index agree", lambda: {str(path) for path in State(self.home).clips} == set(index(self.home)), 60, every=0.5)
        self.close(window)
        self.look(after_kill=False)
        self.agree()
        made = State(self.home).made()
        lost = [what for what in self.jobs.values() if what not in made]
        if lost:
            raise Broken(f"{len(lost)} jobs have no clip: {lost[:3]}")

    def run(self):
        began = time.monotonic()
        self.first_run()
        for number in range(1, self.args.kills + 1):
            self.kill_once(number)
            print(f"kill {number}: {json.dumps(self.counts)}", file=sys.stderr, flush=True)
        self.end()
        self.counts["secs"] = round(time.monotonic() - began)


def safe_mtime(path):
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", type=pathlib.Path, help="the program, built with its window")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=5, help="jobs that are queued at a time")
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for all that the program wrote, instead of a temporary one")
    args = parser.parse_args()
    args.program = args.program.resolve()
    with tempfile.TemporaryDirectory(prefix="hummingbird-soak-") as temporary:
        folder = args.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        soak = Soak(args, folder)
        try:
            soak.run()
            verdict = {"ok": True}
        except Broken as broken:
            verdict = {"ok": False, "broken": str(broken)}
        finally:
            soak.screen.close()
        print(json.dumps({**verdict, "seed": args.seed, **soak.counts}, indent=2))
        return 0 if verdict["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
