#!/usr/bin/env python3
"""Tries the files for Windows under Wine, on a screen of its own.

    installers/windows/build
    installers/windows/try.py target/windows [--keep FOLDER]

Installs silently and looks at what is there, runs the command line (versions, devices, clips in every format, odd paths, a download that is
killed and goes on, a queue that is killed and goes on), then the window: first steps, a prompt typed, a clip, an export, closed. Then
it uninstalls. Pictures of the window are left in FOLDER. It needs wine, Xvfb, xdotool, ffmpeg and a Vulkan driver. What only a real
Windows can show stands in README.md.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "soak"))
from endurance import MODEL_BYTES, SlowServer, queue_file
from window import FRAMES, PROMPTS, Broken, Screen, decodes, sha256, wait_for

FORMATS = ["mp4", "gif", "webp", "apng", "webm"]


class Wine:
    def __init__(self, folder, screen):
        self.prefix = folder / "wine"
        self.environment = {
            **screen.environment(), "WINEPREFIX": str(self.prefix), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree=;mshtml=", "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", "/tmp"),
        }
        self.run("wineboot", "--init")

    def run(self, *args, secs=600, **options):
        return subprocess.run(["wine", *map(str, args)], env={**self.environment, **options.pop("env", {})}, capture_output=True, timeout=secs, **options)

    def start(self, *args, **options):
        return subprocess.Popen(["wine", *map(str, args)], env={**self.environment, **options.pop("env", {})}, **options)

    def kill_all(self):
        """Ends what is left of this Wine."""
        server = shutil.which("wineserver") or next(map(str, pathlib.Path("/usr/lib").glob("**/wine/wineserver*")))
        subprocess.run([server, "-k9"], env=self.environment, check=False)

    def path(self, path):
        """A path of this system as programs under Wine name it."""
        return "Z:" + str(path).replace("/", "\\")


class Try:
    def __init__(self, files, folder):
        self.folder, self.files = folder, files
        self.screen = Screen(folder)
        self.wine = Wine(folder, self.screen)
        self.home = folder / "home"
        self.home.mkdir()
        self.told = []

    def say(self, text):
        self.told.append(text)
        print(text, flush=True)

    def program(self, *args, ok=True, **options):
        env = {"HUMMINGBIRD_HOME": self.wine.path(self.home), **options.pop("env", {})}
        done = self.wine.run(self.exe, *args, env=env, **options)
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        if (done.returncode == 0) != ok or "panicked at" in err:
            raise Broken(f"{args}: ended with {done.returncode}: {out[-300:]} {err[-600:]}")
        return out, err

    def run(self):
        self.install()
        self.command_line()
        self.odd_paths()
        self.download()
        self.queue()
        self.window(self.exe.with_name("hummingbird-window.exe"))
        if self.is_installed:
            self.uninstall()
        self.portable()

    def install(self):
        setup = next(self.files.glob("*-setup.exe"))
        if not (self.wine.prefix / "drive_c" / "windows" / "syswow64" / "kernel32.dll").exists():
            # Installers of NSIS are programs of 32 bits, whatever they install.
            self.say("NOT TRIED: the installer. This Wine runs no programs of 32 bits (Debian: wine32). What follows is the portable archive's program")
            self.is_installed = False
            self.exe = self.unpack()
            shutil.rmtree(self.exe.parent / "portable")
            return
        self.is_installed = True
        done = self.wine.run(setup, "/S")
        found = list(self.wine.prefix.glob("drive_c/users/*/AppData/Local/Programs/Hummingbird/hummingbird.exe"))
        found = found or list(self.wine.prefix.glob("drive_c/users/*/Local Settings/Application Data/Programs/Hummingbird/hummingbird.exe"))
        if done.returncode != 0 or not found:
            raise Broken(f"{setup.name} /S ended with {done.returncode} and left no program")
        self.exe = found[0]
        names = sorted(path.name for path in self.exe.parent.iterdir())
        menu = list(self.wine.prefix.glob("drive_c/users/*/**/Hummingbird.lnk"))
        if not menu or "NOTICES.txt" not in names or "uninstall.exe" not in names:
            raise Broken(f"installed without menu entry, notices or uninstaller: {names} {menu}")
        self.say(f"installed: {', '.join(names)}; menu entry")

    def uninstall(self):
        (self.exe.parent / "mine.txt").write_text("not the installer's")
        self.wine.run(self.exe.with_name("uninstall.exe"), "/S")
        wait_for("the program is gone", lambda: not self.exe.exists(), 60)
        left = sorted(path.name for path in self.exe.parent.iterdir()) if self.exe.parent.exists() else []
        if "mine.txt" not in left:
            raise Broken("the uninstaller took a file of the user's")
        found = self.wine.run("reg", "query", r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Hummingbird")
        if found.returncode == 0:
            raise Broken("the uninstaller left its entry")
        self.say(f"uninstalled; left there: {', '.join(left)}")

    def unpack(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="portable-", dir=self.folder))
        with zipfile.ZipFile(next(self.files.glob("*-portable.zip"))) as packed:
            packed.extractall(folder)
        return next(folder.glob("*/hummingbird.exe"))

    def portable(self):
        exe = self.unpack()
        clip = self.folder / "portable.mp4"
        done = self.wine.run(exe, "generate", PROMPTS[0], "--seed", "1", "-o", self.wine.path(clip), "--quiet", env={"HUMMINGBIRD_HOME": ""})
        kept = [path for path in (exe.parent / "portable").rglob("*") if path.is_file() and path.name != "README.txt"]
        outside = [path for path in self.wine.prefix.glob("drive_c/users/*/AppData/*/Hummingbird*") if path.is_dir()]
        if done.returncode != 0 or not decodes(clip, FRAMES) or outside:
            raise Broken(f"portable: ended with {done.returncode}, kept {kept}, outside {outside}: {done.stderr.decode(errors='replace')[-300:]}")
        self.say(f"portable archive: a clip; kept beside the program: {len(kept)} files, elsewhere nothing")

    def command_line(self):
        out, _ = self.program("version")
        self.say(f"version: {out.strip()}")
        out, _ = self.program("devices", "--json")
        self.say(f"devices: {', '.join(device.get('name', '?') for device in json.loads(out))}")
        for ending in FORMATS:
            clip = self.folder / f"clip.{ending}"
            began = time.monotonic()
            self.program("generate", PROMPTS[0], "--seed", "1", "--device", "cpu", "-o", self.wine.path(clip), "--quiet")
            whole = clip.stat().st_size > 1000 if ending == "webp" else decodes(clip)
            if not whole:
                raise Broken(f"{clip} does not decode")
            self.say(f"{ending}: {clip.stat().st_size} bytes in {time.monotonic() - began:.1f} s")
        (self.folder / "frames").mkdir()
        self.program("generate", PROMPTS[0], "--seed", "1", "-o", self.wine.path(self.folder / "frames" / "f.png"), "--quiet")
        frames = list((self.folder / "frames").glob("*.png"))
        if len(frames) != FRAMES:
            raise Broken(f"{len(frames)} PNG frames")
        self.program("export", self.wine.path(self.folder / "clip.mp4"), "-o", self.wine.path(self.folder / "again.gif"), "--quiet")
        if not decodes(self.folder / "again.gif"):
            raise Broken("an export of an export does not decode")
        shell = f'"{self.wine.path(self.exe)}" models list | findstr /n "^" | findstr "^1:"'
        done = self.wine.run("cmd", "/c", shell)
        if b"os error" in done.stderr or b"panicked" in done.stderr:
            raise Broken(f"a reader that goes: {done.stderr.decode(errors='replace')}")
        self.say("a pipe whose reader goes: no error")

    def odd_paths(self):
        deep = self.folder / "/".join(["a-folder-with-quite-a-long-name"] * 9)
        deep.mkdir(parents=True)
        for path in (self.folder / "Höhle 空 \U0001f388.mp4", deep / "clip.mp4"):
            self.program("generate", PROMPTS[1], "--seed", "2", "-o", self.wine.path(path), "--quiet")
            if not decodes(path, FRAMES):
                raise Broken(f"{path} does not decode")
        self.say(f"a name of other scripts and a path of {len(self.wine.path(deep / 'clip.mp4'))} characters: written")
        for path in ("C:\\", "C:\\con.mp4", "C:\\no such folder\\nul", "\\\\nowhere\\share\\clip.mp4", "C:\\a?.mp4"):
            _, err = self.program("generate", PROMPTS[1], "--seed", "2", "-o", path, "--quiet", ok=False)
            if "error: " not in err:
                raise Broken(f"{path}: no word of what is wrong: {err}")
            self.say(f"{path}: {err.strip().splitlines()[-1]}")

    def download(self):
        body = os.urandom(MODEL_BYTES)
        header = json.dumps({"w": {"dtype": "U8", "shape": [len(body)], "data_offsets": [0, len(body)]}}).encode()
        body = len(header).to_bytes(8, "little") + header + body
        source = self.folder / "served.safetensors"
        source.write_bytes(body)
        server = SlowServer(body, MODEL_BYTES // 4)
        models = self.home / "models"
        models.mkdir(exist_ok=True)
        model = {
            "id": "soak", "repository": "me/soak", "files": [{"path": "soak.safetensors", "bytes": len(body), "sha256": sha256(source)}],
            "licence": {"name": "Test-1.0", "url": "https://example.org/licence"},
        }
        (models / "catalogue.json").write_text(json.dumps({"models": [model]}))
        get = ("models", "get", "soak", "--accept-licence", "--endpoint", server.address, "--quiet")
        process = self.wine.start(self.exe, *get, env={"HUMMINGBIRD_HOME": self.wine.path(self.home)}, stderr=subprocess.DEVNULL)
        part = wait_for("something has arrived", lambda: [path for path in models.glob("soak*") if path.stat().st_size > MODEL_BYTES // 8], 60)[0]
        arrived = part.stat().st_size
        process.kill()
        process.wait()
        self.program(*get)
        if sha256(models / "soak.safetensors") != sha256(source):
            raise Broken("the download is another file")
        self.say(f"download: killed after {arrived} of {len(body)} bytes, went on, is whole")

    def queue(self):
        queue_file(self.folder / "queue.json", 4)
        clips = self.folder / "clips"
        run = ("queue", "run", self.wine.path(self.folder / "queue.json"), "-o", self.wine.path(clips), "--quiet")
        process = self.wine.start(self.exe, *run, env={"HUMMINGBIRD_HOME": self.wine.path(self.home)}, stderr=subprocess.DEVNULL)
        wait_for("a clip is made", lambda: list(clips.glob("*.mp4")), 120, every=0.02)
        process.kill()
        process.wait()
        made = len(list(clips.glob("*.mp4")))
        self.program(*run)
        found = list(clips.glob("*.mp4"))
        if len(found) != 4 or not all(decodes(clip, FRAMES) for clip in found):
            raise Broken(f"the queue left {len(found)} clips")
        self.say(f"queue: killed with {made} of 4 clips, went on, all whole")

    def window(self, exe):
        env = {"HUMMINGBIRD_HOME": self.wine.path(self.home)}
        began = time.monotonic()
        log = open(self.folder / "window.log", "wb")
        process = self.wine.start(exe, env=env, stdout=log, stderr=log)
        try:
            identity = wait_for("the window opens", lambda: self.screen.tool("search", "--onlyvisible", "--name", "^Hummingbird$"), 180)[0]
            self.say(f"window: open after {time.monotonic() - began:.1f} s")
            self.screen.tool("windowfocus", "--sync", identity)
            settings = self.home / "settings" / "window.json"
            wait_for("the first steps are noted", lambda: settings.exists() and json.loads(settings.read_text()).get("first_steps_seen"), 120)
            time.sleep(2.0)
            self.screen.picture(self.folder / "window-first.png")
            for _ in range(3):
                time.sleep(1.5)
                self.screen.keys("ctrl+Return")
            time.sleep(1.5)
            self.screen.keys("ctrl+p", "ctrl+a")
            self.screen.type(PROMPTS[3])
            before = len(list((self.home / "clips").rglob("*.mp4"))) if (self.home / "clips").is_dir() else 0
            began = time.monotonic()
            self.screen.keys("ctrl+Return")
            wait_for("a clip is kept", lambda: len(list((self.home / "clips").rglob("*.mp4"))) > before, 240)
            self.say(f"window: a clip after {time.monotonic() - began:.1f} s")
            time.sleep(2.0)
            self.screen.picture(self.folder / "window-clip.png")
            exported = self.folder / "exported.mp4"
            self.screen.keys("ctrl+e")
            time.sleep(2.0)
            self.screen.keys("ctrl+a")
            self.screen.type(self.wine.path(exported))
            time.sleep(1.0)
            self.screen.picture(self.folder / "window-export.png")
            self.screen.keys("Return")
            wait_for("the export is written", exported.exists, 120)
            if not decodes(exported, FRAMES):
                raise Broken("the exported clip does not decode")
            self.screen.keys("ctrl+q")
            process.wait(timeout=60)
            self.say(f"window: exported and closed with {process.returncode}")
        except BaseException:
            self.screen.picture(self.folder / "window-failed.png")
            self.wine.kill_all()
            raise


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", type=pathlib.Path, help="the folder that installers/windows/build has made")
    parser.add_argument("--keep", type=pathlib.Path, help="an empty folder for all that is written, instead of a temporary one")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hummingbird-wine-") as temporary:
        folder = (args.keep or pathlib.Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        run = Try(args.files.resolve(), folder)
        try:
            run.run()
        except Broken as broken:
            print(f"BROKEN: {broken}")
            return 1
        finally:
            run.wine.kill_all()
            run.screen.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
