"""`make storm`: the stress program against the platform in a box with its faults on. SECONDS (60) and THREADS (16) say how long and how hard."""

import os
import subprocess
import tempfile

import tools


def work():
    tools.need("cc")
    seconds, threads = os.environ.get("SECONDS", "60"), os.environ.get("THREADS", "16")
    tools.build_library()
    program = tools.compile_c("tests/c/storm.c", "-D_GNU_SOURCE", "-ldl")
    with tempfile.TemporaryDirectory() as folder, tools.Platform(tools.build_command_line(), folder) as platform:
        platform.faults()
        tools.say(f"{threads} threads for {seconds} s")
        done = subprocess.run([program, seconds, threads], check=False, env=tools.environment(platform.variables))
    print(f"storm: {'passed' if done.returncode == 0 else 'FAILED'}")
    return done.returncode


tools.main(work)
