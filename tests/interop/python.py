"""Prints the folder of the Python packages that independent checks need (requirements.txt), for PYTHONPATH; installs them there once."""

import fcntl
import hashlib
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import tools  # noqa: E402


def folder():
    """The folder, complete. Whoever comes while it is made waits."""
    wanted = HERE / "requirements.txt"
    version = "{}.{}".format(*sys.version_info)
    place = tools.ROOT / ".tools" / f"python-{version}-{hashlib.sha256(wanted.read_bytes()).hexdigest()[:8]}"
    place.parent.mkdir(exist_ok=True)
    with open(place.parent / "python.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            pip = [sys.executable, "-m", "pip"]
            if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
                tools.install("python3-pip")
            part = place.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            tools.run(*pip, "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore", "--target", part, "-r", wanted,
                      stdout=sys.stderr)
            part.rename(place)
    return place


if __name__ == "__main__":
    print(folder())
