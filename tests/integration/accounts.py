"""Real accounts on this machine, and what is run as them. Needs root: these tests say so and stop where they are not run as root."""
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

from conftest import BUILD, LIMIT

SUDOERS = pathlib.Path("/etc/sudoers.d/tidegate-test")


class Account:
    """A user, and a copy of the programs that it may read wherever the build is."""

    def __init__(self, name, programs):
        self.name = name
        self.programs = programs
        self.processes = []
        entry = pwd.getpwnam(name)
        self.uid, self.gid, self.home = entry.pw_uid, entry.pw_gid, entry.pw_dir

    def environment(self, **more):
        return {"PATH": os.environ["PATH"], "HOME": self.home, "LD_LIBRARY_PATH": str(self.programs), "LC_ALL": "C.UTF-8", **more}

    def start(self, arguments, **more):
        environment = self.environment(**more.pop("env", {}))
        process = subprocess.Popen([*map(str, arguments)], user=self.uid, group=self.gid, extra_groups=[], cwd="/",
                                   env=environment, **more)
        self.processes.append(process)
        return process

    def run(self, *arguments, **env):
        with self.start(arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            out, err = process.communicate(timeout=LIMIT)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def command(self, *arguments, **env):
        return self.run(self.programs / "tidegate", *arguments, **env)

    def sudo(self, *arguments):
        """`sudo tidegate …` as this user would type it."""
        return self.run("sudo", "-n", "env", f"LD_LIBRARY_PATH={self.programs}", self.programs / "tidegate", *arguments)


def make_programs():
    """A folder that everybody may read, with the programs and the library."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tgprograms"))
    folder.chmod(0o755)
    for path in (BUILD / "sdk/tools/tidegate/tidegate", BUILD / "samples/echo/echo", *(BUILD / "sdk").glob("libtidegate.so*")):
        shutil.copy(path, folder / path.name)
    return folder


def make(name, *options):
    subprocess.run(["useradd", "--shell", "/bin/sh", *options, name], check=True, capture_output=True)


def remove(account):
    for process in account.processes:
        if process.poll() is None:
            process.kill()
            process.wait(LIMIT)
    subprocess.run(["userdel", "--remove", account.name], check=False, capture_output=True)
