"""One version for all packages: that of Cargo.toml. A package's own file must say it, since its ecosystem reads it there."""

import json
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import tools  # noqa: E402

VERSION = re.search(r'(?m)^version = "(.+?)"', (tools.ROOT / "Cargo.toml").read_text(encoding="utf-8"))[1]
# Where each package says its version. A Go module has none, it is the tag's; the C++ headers have it from the library.
SAID = {
    "bindings/node/package.json": lambda text: json.loads(text)["version"],
    "bindings/dotnet/Directory.Build.props": lambda text: re.search(r"<Version>(.*?)</Version>", text)[1],
}


class Versions(unittest.TestCase):
    def test_every_package_says_the_librarys_version(self):
        for place, said in SAID.items():
            file = tools.ROOT / place
            if file.parent.exists():
                with self.subTest(place):
                    self.assertEqual(said(file.read_text(encoding="utf-8")), VERSION)


if __name__ == "__main__":
    unittest.main()
