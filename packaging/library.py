"""`make lib`: the shared library as it ships, and nothing else."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))
import tools  # noqa: E402


def work():
    library = tools.build_library()
    print(f"{library}: {library.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    tools.main(work)
