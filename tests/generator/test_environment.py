"""Nothing that is imported, and no server of moto's, changes the environment of its process.

A variable that one module sets is read by all that run in the process after it: one that told moto
to load AWS's managed policies made every later test with an account of its own five times as slow.
"""

import json
import subprocess
import sys

from tests.support import REPOSITORY

PROGRAM = """
import importlib, json, os, pkgutil, sys

sys.path.insert(0, "template")
before = dict(os.environ)
imported = []
for name in ("saasgen", "handlers", "tests", "benchmarks"):
    package = importlib.import_module(name)
    for found in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
            imported.append(found.name)

from saasgen.sandbox.aws.server import AwsServer

AwsServer()
changed = sorted(before.items() ^ os.environ.items())
print(json.dumps({"imported": len(imported), "changed": changed}))
"""


def test_importing_every_module_and_making_a_server_leaves_the_environment_as_it_was():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=REPOSITORY, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["imported"] > 300
    assert found["changed"] == []
