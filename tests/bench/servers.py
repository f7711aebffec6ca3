"""Servers that a workload needs, each started for it alone, with its data and its socket in a folder of its own."""
import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time


def wait_for(path, server):
    """Until something listens at this socket; false: it ended, or did not begin in time."""
    for _ in range(600):
        if server.poll() is not None:
            return False
        with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
            client.connect(path)
            return True
        time.sleep(0.05)
    return False


@contextlib.contextmanager
def running(command, path, **how):
    """Whether it runs, and listens at `path`."""
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
    try:
        yield wait_for(path, server)
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def postgres(near):
    """The folder of its socket; None: it is not installed. It refuses to run as root, and is user postgres then. `near`: on whose
    disk it is."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    account = None
    if os.geteuid() == 0:
        with contextlib.suppress(KeyError):
            account = pwd.getpwnam("postgres")
    if not found or (os.geteuid() == 0 and account is None):
        yield None
        return
    with tempfile.TemporaryDirectory(dir=os.path.dirname(near)) as folder:
        how = {}
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
            how = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": folder}
        programs, data = os.path.dirname(found[-1]), os.path.join(folder, "data")
        made = subprocess.run([found[-1], "-A", "trust", "-N", "-U", "postgres", "-D", data], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, **how)
        command = [os.path.join(programs, "postgres"), "-D", data, "-k", folder, "-c", "listen_addresses=",
                   "-c", "synchronous_commit=on", "-c", "fsync=on"]
        with running(command, os.path.join(folder, ".s.PGSQL.5432"), **how) as up:
            yield folder if up and made.returncode == 0 else None


@contextlib.contextmanager
def redis(near):
    """Its socket; None: it is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(dir=os.path.dirname(near)) as folder:
        path = os.path.join(folder, "socket")
        command = [program, "--port", "0", "--unixsocket", path, "--dir", folder, "--appendonly", "yes", "--appendfsync",
                   "always", "--save", ""]
        with running(command, path) as up:
            yield path if up else None
