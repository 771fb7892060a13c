#!/usr/bin/env python3
"""The program over hours, and when everything around it fails.

    cargo build
    tests/soak/endurance.py target/debug/hummingbird

runs all parts, or those that are named:

    kills     SIGKILL at random moments of a queue in the window (window.py), of `queue run`, `train lora`, a chain of `data` and
              `models get`; each goes on with the same command, and in the end has what an undisturbed run has, to the byte where a run
              is exact
    disks     a file system that is full after so many bytes, from none to nearly enough: a word instead of a crash, nothing half
              written under a finished name, and with room the same command works
    readonly  a home that cannot be written: clips are made and exported all the same
    clock     a clock that jumps back and forth while a queue is made
    hours     two hours in the window: clips, cancels, exports, other models, sleep; memory must not grow

It needs Xvfb, xdotool, ffmpeg, unshare, and libfaketime for `clock`. What it counted is printed as JSON; it ends with 1 where something
broke. A GPU that is lost at every step is a test of its own (tests/tests/gpu_faults.rs).
"""

import argparse
import hashlib
import http.server
import json
import os
import pathlib
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import window as by_window
from window import FRAMES, PROMPTS, Broken, Screen, Window, decodes, files_in, index, sha256, wait_for

# Bytes of the model that is downloaded, and bytes a second.
MODEL_BYTES, MODEL_RATE = 6_000_000, 4_000_000
# Growth of memory between the first and the last third of the hours that counts as none.
MOST_GROWTH, GROWTH_MIB = 1.10, 32


def words_of(done):
    return done.stderr.decode(errors="replace")


def crashed(text):
    return "panicked at" in text or "stack backtrace" in text


class Program:
    """The command line, with a home of its own."""

    def __init__(self, path, home, environment=None):
        self.path, self.home = path, home
        self.environment = {**os.environ, "HUMMINGBIRD_HOME": str(home), **(environment or {})}

    def start(self, *args, **options):
        return subprocess.Popen([str(self.path), *map(str, args)], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)

    def run(self, *args, **options):
        return subprocess.run([str(self.path), *map(str, args)], env=self.environment, capture_output=True, timeout=1800, **options)

    def must(self, *args, **options):
        done = self.run(*args, **options)
        if done.returncode != 0:
            raise Broken(f"{args[:3]} ended with {done.returncode}: {words_of(done)[-400:]}")
        return done


def queue_file(path, count, seed=1):
    jobs = [{"request": {"prompt": PROMPTS[number % len(PROMPTS)], "seed": seed + number}} for number in range(count)]
    path.write_text(json.dumps({"jobs": jobs}))


def style(program, folder, count):
    """A folder of small clips with captions, as the program makes them."""
    folder.mkdir(parents=True)
    queue_file(folder / "style.json", count)
    program.must("queue", "run", folder / "style.json", "-o", folder / "clips", "--quiet")
    for clip in (folder / "clips").glob("*.mp4"):
        clip.with_suffix(".txt").write_text(f"{clip.stem.replace('-', ' ')}\n")
    return folder / "clips"


def whole(folder, suffixes):
    """The finished files with these endings and what they hold."""
    return {str(path.relative_to(folder)): sha256(path) for path in sorted(files_in(folder)[0]) if path.suffix in suffixes}


class SlowServer:
    """A server that gives one file slowly, and goes on where it is asked to."""

    def __init__(self, body, rate):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                start = int((re.match(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
                self.send_response(206 if start else 200)
                self.send_header("ETag", '"one"')
                self.send_header("Content-Length", str(len(body) - start))
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
                self.end_headers()
                step = rate // 50
                try:
                    for at in range(start, len(body), step):
                        self.wfile.write(body[at : at + step])
                        time.sleep(0.02)
                except (BrokenPipeError, ConnectionResetError):
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"


class Killed:
    """Commands that are killed and begun again, against what an undisturbed run made."""

    def __init__(self, name, commands, result):
        self.name, self.commands, self.result = name, commands, result


class Endurance:
    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.random = random.Random(args.seed)
        self.home = folder / "home"
        self.home.mkdir()
        self.program = Program(args.program, self.home)
        self.found = {}

    def style(self):
        """Clips that several parts share, made once."""
        folder = self.folder / "style"
        return folder / "clips" if folder.is_dir() else style(self.program, folder, 8)

    def note(self, part, **counts):
        self.found.setdefault(part, {}).update(counts)
        print(f"{part}: {json.dumps(self.found[part])}", file=sys.stderr, flush=True)

    # Kills

    def kills(self):
        share = max(1, self.args.kills // 5)
        self.kills_of(self.of_queue(), share)
        self.kills_of(self.of_training(), share)
        self.kills_of(self.of_data(), share)
        self.kills_of(self.of_download(), share)
        folder = self.folder / "window"
        folder.mkdir()
        soak = by_window.Soak(argparse.Namespace(**{**vars(self.args), "kills": self.args.kills - 4 * share, "jobs": 5, "keep": folder}), folder)
        try:
            soak.run()
        finally:
            soak.screen.close()
        kept = ("kills", "jobs", "clips", "clips_again", "exports", "files_decoded", "kills_in_an_export")
        self.note("kills: window", **{name: soak.counts[name] for name in kept})

    def kills_of(self, subject, kills):
        """Kills the commands of a subject so often, a few times in each round; every round must end as the undisturbed one did."""
        began = time.monotonic()
        first = self.folder / f"{subject.name}-undisturbed"
        for command in subject.commands(first):
            self.program.must(*command)
        right, secs = subject.result(first), time.monotonic() - began
        if not right:
            raise Broken(f"{subject.name}: the undisturbed run left nothing")
        done = rounds = 0
        while done < kills:
            rounds += 1
            folder = self.folder / f"{subject.name}-{rounds}"
            here = min(kills - done, self.random.randint(1, 5))
            for number, command in enumerate(commands := subject.commands(folder)):
                # Kills are spread over the commands; the last one gets what is left.
                share = here if number == len(commands) - 1 else self.random.randint(0, here)
                ended = False
                for _ in range(share):
                    process = self.program.start(*command)
                    try:
                        process.communicate(timeout=self.random.uniform(0.0, 1.1 * secs / len(commands)))
                        ended = process.returncode == 0
                        break
                    except subprocess.TimeoutExpired:
                        process.send_signal(signal.SIGKILL)
                        process.communicate()
                        done, here = done + 1, here - 1
                        self.look(subject, folder, right)
                if not ended:
                    self.program.must(*command)
            if (result := subject.result(folder)) != right:
                wrong = sorted(set(result.items()) ^ set(right.items()))[:4]
                raise Broken(f"{subject.name}, round {rounds}: not what an undisturbed run makes: {wrong}")
            shutil.rmtree(folder)
        self.note(f"kills: {subject.name}", kills=done, rounds=rounds, files=len(right), undisturbed_secs=round(secs, 1))

    def look(self, subject, folder, right):
        """What a kill left under a finished name is what it should be."""
        for name, digest in subject.result(folder).items() if folder.is_dir() else []:
            if name in right and right[name] != digest:
                raise Broken(f"{subject.name}: {name} has its name and is not whole after a kill")

    def of_queue(self):
        def commands(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / "queue.json").exists():
                queue_file(folder / "queue.json", 4)
            return [("queue", "run", folder / "queue.json", "-o", folder / "clips", "--quiet")]

        return Killed("queue run", commands, lambda folder: whole(folder, {".mp4"}))

    def of_training(self):
        clips = self.style()

        def commands(folder):
            folder.mkdir(parents=True, exist_ok=True)
            keys = {
                "data.folder": clips, "data.frames": 4, "rank": 4, "run.updates": 30, "run.checkpoint_secs": 1.0, "run.grid_secs": 1000.0,
                "run.folder": folder / "run", "output": folder / "lora.safetensors", "optimizer.learning_rate": 1e-3,
            }
            return [("train", "lora", *[word for key, value in keys.items() for word in ("--set", f"{key}={value}")], "--device", "cpu", "--quiet")]

        return Killed("train lora", commands, lambda folder: only(whole(folder, {".safetensors"}), "lora.safetensors"))

    def of_data(self):
        clips = self.style()

        def commands(folder):
            folder.mkdir(parents=True, exist_ok=True)
            return [
                ("data", "scan", clips, "-o", folder / "scan.csv", "--quiet"),
                ("data", "motion", folder / "scan.csv", "-o", folder / "motion.csv", "--quiet"),
                ("data", "export", folder / "motion.csv", "--to", "webdataset", "-o", folder / "set", "--quiet"),
            ]

        return Killed("data", commands, lambda folder: whole(folder, {".csv", ".tar"}))

    def of_download(self):
        body = random.Random(7).randbytes(MODEL_BYTES - 64)
        header = json.dumps({"w": {"dtype": "U8", "shape": [len(body)], "data_offsets": [0, len(body)]}}).encode()
        body = len(header).to_bytes(8, "little") + header + body
        server = SlowServer(body, MODEL_RATE)
        digest = hashlib.sha256(body).hexdigest()
        home = self.home / "models"
        home.mkdir(parents=True, exist_ok=True)
        model = {
            "id": "soak", "repository": "me/soak", "files": [{"path": "soak.safetensors", "bytes": len(body), "sha256": digest}],
            "licence": {"name": "Test-1.0", "url": "https://example.org/licence"},
        }
        (home / "catalogue.json").write_text(json.dumps({"models": [model]}))

        def commands(folder):
            if not folder.is_dir():
                # Another round: nothing is there.
                folder.mkdir(parents=True)
                for path in home.glob("soak*"):
                    path.unlink()
            return [("models", "get", "soak", "--accept-licence", "--endpoint", server.address, "--quiet")]

        return Killed("models get", commands, lambda _: only(whole(home, {".safetensors"}), "soak.safetensors"))

    # Full disks

    def disks(self):
        self.with_own_mounts("disks", "--disks", str(self.args.disks))

    def with_own_mounts(self, part, *options):
        """Runs a part in another process that may mount file systems of its own, without any rights."""
        inside = [sys.executable, __file__, str(self.args.program), f"{part}-inside", "--seed", str(self.args.seed), "--keep", str(self.folder / part), *options]
        done = subprocess.run(["unshare", "--map-root-user", "--mount", *inside], stdout=subprocess.PIPE, text=True)
        told = json.loads(done.stdout)
        if not told["ok"]:
            raise Broken(told["broken"])
        self.found.update({name: value for name, value in told.items() if name.startswith(part)})

    def disks_inside(self):
        clips = self.style()
        download = self.of_download().commands(self.folder / "download")[0]
        subjects = {
            "generate": lambda disk: [("generate", PROMPTS[0], "--seed", "1", "-o", disk / "clip.mp4", "--quiet")],
            "queue run": lambda disk: [("queue", "run", self.folder / "queue.json", "-o", disk / "clips", "--quiet")],
            "train lora": lambda disk: [
                ("train", "lora", "--set", f"data.folder={clips}", "--set", "data.frames=4", "--set", "rank=4", "--set", "run.updates=6", "--set", "run.checkpoint_secs=1.0",
                 "--set", f"run.folder={disk / 'run'}", "--set", f"output={disk / 'lora.safetensors'}", "--set", "data.cache_mib=0", "--device", "cpu", "--quiet"),
            ],
            "data": lambda disk: [
                ("data", "scan", clips, "-o", disk / "scan.csv", "--quiet"),
                ("data", "motion", disk / "scan.csv", "-o", disk / "motion.csv", "--quiet"),
                ("data", "export", disk / "motion.csv", "--to", "webdataset", "-o", disk / "set", "--quiet"),
            ],
            "models get": lambda _: [download],
        }
        queue_file(self.folder / "queue.json", 2)
        for name, commands in subjects.items():
            self.disk_of(name, commands)

    def disk_of(self, name, commands):
        disk = self.home / "models" if name == "models get" else self.folder / "disk"
        disk.mkdir(exist_ok=True)
        catalogue = (self.home / "models" / "catalogue.json").read_text()

        def mount(kib):
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "none", str(disk)], check=True)
            if name == "models get":
                (disk / "catalogue.json").write_text(catalogue)

        # What an undisturbed run takes.
        mount(400_000)
        for command in commands(disk):
            self.program.must(*command)
        used = sum(path.stat().st_size + 8192 for path in disk.rglob("*") if path.is_file()) // 1024 + 64
        right = made_in(disk)
        subprocess.run(["umount", str(disk)], check=True)
        refused = 0
        for part in range(self.args.disks):
            kib = max(8, used * part // self.args.disks)
            mount(kib)
            try:
                for command in commands(disk):
                    done = self.program.run(*command)
                    text = words_of(done)
                    if crashed(text) or done.returncode < 0:
                        raise Broken(f"disks: {name} with {kib} KiB ended with {done.returncode}: {text[-400:]}")
                    if done.returncode != 0:
                        refused += 1
                        if "error: " not in text:
                            raise Broken(f"disks: {name} with {kib} KiB says nothing of it")
                        break
                for path, digest in made_in(disk).items():
                    if path in right and right[path] != digest:
                        raise Broken(f"disks: {name} with {kib} KiB left {path} half written")
                # There is room again.
                subprocess.run(["mount", "-o", "remount,size=400000k", str(disk)], check=True)
                for command in commands(disk):
                    done = self.program.run(*command)
                    # What is there already is not made again without being asked for.
                    if done.returncode != 0 and "is there already" not in words_of(done) and "exists" not in words_of(done):
                        raise Broken(f"disks: {name} does not go on after {kib} KiB: {words_of(done)[-400:]}")
                if (after := made_in(disk)) != right:
                    raise Broken(f"disks: {name} after {kib} KiB: {sorted(set(after.items()) ^ set(right.items()))[:4]}")
            finally:
                subprocess.run(["umount", str(disk)], check=True)
        self.note(f"disks: {name}", sizes=self.args.disks, refused=refused, needs_kib=used)

    # A home that cannot be written

    def readonly(self):
        self.with_own_mounts("readonly")

    def readonly_inside(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", str(self.home)], check=True)
        clip = self.folder / "clip.mp4"
        self.program.must("generate", PROMPTS[0], "--seed", "1", "-o", clip, "--quiet")
        if not decodes(clip, FRAMES):
            raise Broken("readonly: the clip does not decode")
        for command in (("models", "list"), ("devices",)):
            self.program.must(*command)
        screen = Screen(self.folder)
        exported = self.folder / "from-window.mp4"
        with open(self.folder / "program.log", "wb") as log:
            window = Window(self.args.program, self.home, screen, log, cwd=self.folder)
            try:
                # The first steps are in front, and cannot be noted as seen.
                time.sleep(3.0)
                for _ in range(3):
                    window.keys("ctrl+Return")
                    time.sleep(0.8)
                end = time.monotonic() + 240
                window.keys("ctrl+p", "ctrl+a")
                screen.type(PROMPTS[1])
                window.keys("ctrl+Return")
                while not exported.exists():
                    if time.monotonic() > end:
                        raise Broken("readonly: the window exports no clip")
                    time.sleep(5.0)
                    window.keys("ctrl+e")
                    time.sleep(0.7)
                    window.keys("ctrl+a")
                    screen.type(str(exported))
                    time.sleep(0.3)
                    window.keys("Return")
                    time.sleep(3.0)
                if not decodes(exported, FRAMES):
                    raise Broken("readonly: the exported clip does not decode")
                screen.picture(self.folder / "readonly.png")
                window.keys("ctrl+q")
                time.sleep(2.0)
                if window.process.poll() is None:
                    # It asks, because something would be lost.
                    window.keys("ctrl+Return")
                    window.process.wait(timeout=60)
            except BaseException:
                screen.picture(self.folder / "readonly-failed.png")
                window.kill()
                raise
            finally:
                screen.close()
        if crashed((self.folder / "program.log").read_text(errors="replace")):
            raise Broken("readonly: the window panicked")
        self.note("readonly", clips=2, window_ended_with=window.process.returncode)

    # A clock that jumps

    def clock(self):
        library = next((path for path in pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
        if library is None:
            raise Broken("libfaketime is missing: apt install faketime")
        now = self.folder / "now"
        now.write_text("+0")
        environment = {
            "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(now), "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        program = Program(self.args.program, self.folder / "clock-home", environment)
        queue_file(self.folder / "clock.json", 12)
        process = program.start("queue", "run", self.folder / "clock.json", "-o", self.folder / "clock")
        jumps = 0
        while process.poll() is None:
            now.write_text(self.random.choice(["+30d", "-30d", "+1y", "-20y", "+0", "+3h", "-3h"]))
            jumps += 1
            time.sleep(1.3)
        text = process.communicate()[1].decode(errors="replace")
        clips = sorted((self.folder / "clock").glob("*.mp4"))
        if process.returncode != 0 or crashed(text) or len(clips) != 12 or not all(decodes(clip, FRAMES) for clip in clips):
            raise Broken(f"clock: the queue ended with {process.returncode}, {len(clips)} clips: {text[-400:]}")
        self.note("clock", jumps=jumps, clips=len(clips))

    # Hours

    def hours(self):
        folder = self.folder / "hours"
        folder.mkdir()
        soak = by_window.Soak(argparse.Namespace(**{**vars(self.args), "kills": 0, "jobs": 3, "keep": folder}), folder)
        # Nothing hurries here, and a busy machine draws late.
        soak.dialog_secs = 3.0
        model = folder / "other.safetensors"
        shutil.copy(pathlib.Path(__file__).parents[2] / "assets" / "nano" / "nano.safetensors", model)
        counts = {"clips": 0, "cancels": 0, "exports": 0, "models": 0, "sleeps": 0}
        rss = []
        try:
            soak.first_run()
            window = soak.start()
            end, began = time.monotonic() + self.args.hours * 3600, time.monotonic()
            wait_for("the window answers", lambda: soak.settings(), 60)
            time.sleep(2.0)
            while time.monotonic() < end:
                self.hour_step(soak, window, model, counts)
                rss.append((round(time.monotonic() - began), resident_mib(window.process.pid)))
            wait_for("the queue is done", lambda: not soak.waiting_keys(), 900, every=0.5)
            soak.close(window)
            soak.look(after_kill=False)
        except BaseException:
            soak.fail(window, "hours")
            raise
        finally:
            soak.screen.close()
        third = len(rss) // 3
        first, last = (statistics.median(mib for _, mib in part) for part in (rss[third // 3 : third], rss[-third:]))
        (folder / "memory.csv").write_text("".join(f"{secs},{mib}\n" for secs, mib in rss))
        counts["clips"] = soak.counts["clips"]
        self.note("hours", **counts, hours=round((time.monotonic() - began) / 3600, 2), first_third_mib=round(first), last_third_mib=round(last), most_mib=max(mib for _, mib in rss))
        if last > first * MOST_GROWTH + GROWTH_MIB:
            raise Broken(f"hours: memory grew from {first:.0f} to {last:.0f} MiB")

    def hour_step(self, soak, window, model, counts):
        """Something that a person does, and its end."""
        what = self.random.choice(["clips", "clips", "cancel", "export", "model", "sleep"])
        if what == "clips":
            soak.fill(window)
        elif what == "cancel":
            soak.queue(window, self.random.choice(PROMPTS))
            time.sleep(self.random.uniform(0.0, 0.5))
            window.keys("ctrl+shift+BackSpace")
            counts["cancels"] += 1
        elif what == "export":
            ending = self.random.choice(by_window.FORMATS)
            soak.export(window, soak.exports / f"hour-{counts['exports']}.{ending}")
            counts["exports"] += 1
            time.sleep(1.5)
        elif what == "model":
            if counts["models"] % 2 == 0:
                window.keys("ctrl+o")
                time.sleep(soak.dialog_secs)
                window.keys("ctrl+a")
                soak.screen.type(str(model))
                window.keys("Return")
            else:
                window.keys("ctrl+shift+o")
            counts["models"] += 1
            time.sleep(3.0)
        else:
            # What a closed lid does to a process.
            window.process.send_signal(signal.SIGSTOP)
            time.sleep(self.random.uniform(1.0, 4.0))
            window.process.send_signal(signal.SIGCONT)
            counts["sleeps"] += 1
        wait_for("the queue is done", lambda: not soak.waiting_keys(), 600, every=0.3)
        time.sleep(1.0)


def made_in(folder):
    """What commands were asked to make; checkpoints come by the clock, so no two runs leave the same."""
    files = whole(folder, {".mp4", ".safetensors", ".csv", ".tar"})
    return {path: digest for path, digest in files.items() if not path.startswith("run/")}


def only(files, name):
    return {path: digest for path, digest in files.items() if path == name}


def resident_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


PARTS = ["kills", "disks", "readonly", "clock", "hours"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", type=pathlib.Path, help="the program, built with its window")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, "disks-inside", "readonly-inside", []], default=[])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--disks", type=int, default=12, help="sizes of the full disk for each command")
    parser.add_argument("--seed", type=int, default=1, help="of what happens when")
    parser.add_argument("--keep", type=pathlib.Path, help="an empty folder for all that is written, instead of a temporary one")
    args = parser.parse_args()
    args.program = args.program.resolve()
    with tempfile.TemporaryDirectory(prefix="hummingbird-endurance-") as temporary:
        folder = (args.keep or pathlib.Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        run = Endurance(args, folder)
        verdict = {"ok": True}
        for part in args.parts or PARTS:
            began = time.monotonic()
            try:
                getattr(run, part.replace("-", "_"))()
            except Broken as broken:
                verdict = {"ok": False, "broken": str(broken)}
                break
            run.found.setdefault(part, {})["secs"] = round(time.monotonic() - began)
        print(json.dumps({**verdict, "seed": args.seed, **run.found}, indent=2))
        return 0 if verdict["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
