"""The dependency layer: what `requirements.lock` pins, without what never runs."""

import shutil
import subprocess
from pathlib import Path

from saasgen.artifacts.runtime import Runtime
from saasgen.artifacts.uv import uv
from saasgen.artifacts.zipped import sha256, write_zip
from saasgen.errors import OutsideFailure

# Chalice's command line, templates and local server are 52 MB that no function imports.
_CHALICE_RUNTIME = {"__init__.py", "app.py", "py.typed"}
_NEVER_IMPORTED = ("*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED")


def install(stack: Path, runtime: Runtime, folder: Path, *, bytecode: bool = True) -> bool:
    """Install the pinned packages into `folder`; False when they are there already."""
    lock = stack / "requirements.lock"
    stamp = folder / ".installed"
    wanted = f"{sha256(lock)} {runtime.label} bytecode={bytecode}"
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return False
    shutil.rmtree(folder, ignore_errors=True)
    where = ["--python-platform", runtime.platform] if runtime.platform else []
    uv(
        *("pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-config"),
        *("--only-binary", ":all:", "--link-mode", "copy", "--python-version", runtime.python),
        *(*where, "--target", str(folder), "--requirement", str(lock)),
    )
    _strip(folder)
    if bytecode:
        compile_bytecode(folder, runtime)
    stamp.write_text(wanted, "utf-8")
    return True


def pack(folder: Path, target: Path) -> None:
    """Zip an installed `folder` the way Lambda wants a layer: under `python/`."""
    files = [p for p in folder.rglob("*") if p.is_file() and p.name != ".installed"]
    write_zip(target, ((f"python/{p.relative_to(folder).as_posix()}", p) for p in files))


def compile_bytecode(folder: Path, runtime: Runtime) -> None:
    """Compile every module for the target Python.

    On Lambda the folder is read-only, so bytecode that is not shipped is compiled at every cold
    start; unchecked hashes keep it valid whatever times the files get.

    Raises:
        OutsideFailure: a module does not compile.
    """
    command = [str(runtime.interpreter), "-m", "compileall", "-q", "-j", "0", "-f"]
    # Recorded paths would make the bytes depend on where the stack lies.
    options = ["--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", "/opt"]
    done = subprocess.run([*command, *options, str(folder)], capture_output=True, text=True)
    if done.returncode != 0:
        raise OutsideFailure(f"{folder} does not compile:\n{done.stdout}{done.stderr}")


def _strip(folder: Path) -> None:
    chalice = folder / "chalice"
    for path in chalice.iterdir():
        if path.name not in _CHALICE_RUNTIME:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(folder / "bin", ignore_errors=True)
    (folder / ".lock").unlink(missing_ok=True)
    for pattern in _NEVER_IMPORTED:
        for path in folder.glob(pattern):
            path.unlink()
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
