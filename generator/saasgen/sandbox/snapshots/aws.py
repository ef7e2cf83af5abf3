"""The simulated AWS as bytes: every backend of moto, pickled.

moto keeps each service in objects of its own that know nothing of being stored. Pickle stores any
of them, with a few exceptions that are reduced here. What is read runs code: `store.py` says whose
bytes are read.
"""

import gc
import io
import marshal
import pickle
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib import import_module
from types import CellType, CodeType, FunctionType
from typing import Any
from weakref import WeakValueDictionary

from saasgen.errors import OutsideFailure

_Backends = dict[tuple[str, str], dict[str, dict[str, Any]]]


def dump() -> bytes:
    """Every backend that was used; nothing may call the simulated AWS meanwhile.

    Raises:
        OutsideFailure: something in a backend cannot be stored.
    """
    _share_code()
    buffer = io.BytesIO()
    try:
        _Pickler(buffer, protocol=5).dump((_backends(), _shared()))
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise OutsideFailure(f"The simulated AWS cannot be saved: {error}") from error
    return buffer.getvalue()


def restore(data: bytes) -> None:
    """Put back what `dump` gave, into a process whose simulated AWS is empty."""
    gc.disable()  # there is no garbage yet, and looking for it takes as long as the rest
    try:
        backends, shared = pickle.loads(data)  # noqa: S301 - `store.py` says whose bytes are read
    finally:
        gc.enable()
    for (module, name), accounts in backends.items():
        kept = getattr(import_module(module), name)
        for account, regions in accounts.items():
            for region, backend in regions.items():
                kept[account][region] = backend
    for (module, name), attributes in shared.items():
        vars(getattr(import_module(module), name)).update(attributes)


def state_locks() -> list[str]:
    """The locks that Terraform holds on states in the simulated S3."""
    return list(_stored(".tflock"))


def states() -> dict[str, str]:
    """The hash of each state of Terraform in the simulated S3."""
    return _stored(".tfstate")


def _stored(suffix: str) -> dict[str, str]:
    """The hashes of the objects in the simulated S3 whose keys end so."""
    from moto.s3.models import s3_backends

    backends: list[Any] = [backend for _, _, backend in s3_backends.iter_backends()]
    return {
        f"{bucket.name}/{key}": str(found.etag)
        for backend in backends
        for bucket in list(backend.buckets.values())
        for key in list(bucket.keys)
        if key.endswith(suffix) and (found := backend.head_object(bucket.name, key)) is not None
    }


def _share_code() -> None:
    """Let functions with the same code hold one copy of it; pickle then stores it once."""
    from moto.awslambda.models import lambda_backends

    known: dict[bytes, bytes] = {}
    backends: list[Any] = [backend for _, _, backend in lambda_backends.iter_backends()]
    for backend in backends:
        for versions in backend._lambdas._functions.values():
            for function in [versions["latest"], *versions["versions"]]:
                function.code_bytes = known.setdefault(function.code_bytes, function.code_bytes)


def _backends() -> _Backends:
    """Backends by the variable that holds them, account and region."""
    return {
        _variable(kept): {account: dict(regions.items()) for account, regions in kept.items()}
        for kept in _used()
    }


def _shared() -> dict[tuple[str, str], dict[str, Any]]:
    """What all accounts of a service share, such as the names of S3's buckets."""
    own = set(vars(_base()(object, "none")))
    return {
        _variable(kept): {name: value for name, value in vars(kept).items() if name not in own}
        for kept in _used()
    }


def _base() -> Any:
    from moto.core.base_backend import BackendDict

    return BackendDict


def _used() -> list[Any]:
    return list(_base()._instances)


def _variable(kept: Any) -> tuple[str, str]:
    """The module and the name under which moto keeps the backends of a service."""
    module = kept.backend.__module__
    names = [name for name, value in vars(sys.modules[module]).items() if value is kept]
    if not names:
        raise OutsideFailure(f"The simulated AWS cannot be saved: {module} has no backends.")
    return module, names[0]


class _Pickler(pickle.Pickler):
    """Stores what pickle refuses: locks, keys, weak dictionaries and functions without a name."""

    def reducer_override(self, value: Any) -> Any:
        """How one object is stored; NotImplemented leaves it to pickle."""
        kind = type(value)
        if kind in _REDUCERS:
            return _REDUCERS[kind](value)
        if isinstance(value, _base()):
            return _found, _variable(value)
        if isinstance(value, defaultdict) and kind is not defaultdict:
            # pickle would call its constructor with the factory alone
            return _empty, (kind, value.default_factory), vars(value), None, iter(value.items())
        if kind.__module__.startswith("cryptography."):
            return _reduced_key(value)
        return NotImplemented


def _reduced_function(function: FunctionType) -> Any:
    """A function that no name leads to, such as a lambda, by its code."""
    found: Any = sys.modules.get(function.__module__)
    for name in function.__qualname__.split("."):
        found = getattr(found, name, None)
    if found is function:
        return NotImplemented
    cells = tuple(cell.cell_contents for cell in function.__closure__ or ())
    code = marshal.dumps(function.__code__)
    return _made, (code, function.__module__, function.__name__, function.__defaults__, cells)


def _made(
    code: bytes, module: str, name: str, defaults: tuple[Any, ...] | None, cells: tuple[Any, ...]
) -> FunctionType:
    loaded: CodeType = marshal.loads(code)  # noqa: S302 - see `restore`
    closure = tuple(map(CellType, cells))
    return FunctionType(loaded, vars(import_module(module)), name, defaults, closure)


def _empty(kind: type[defaultdict[Any, Any]], factory: Callable[[], Any] | None) -> Any:
    made = kind.__new__(kind)
    defaultdict.__init__(made, factory)
    return made


def _found(module: str, name: str) -> Any:
    return getattr(import_module(module), name)


def _reduced_key(key: Any) -> Any:
    from cryptography.hazmat.primitives import serialization as ser

    if hasattr(key, "private_bytes"):
        plain = ser.NoEncryption()
        return _private_key, (key.private_bytes(ser.Encoding.DER, ser.PrivateFormat.PKCS8, plain),)
    if hasattr(key, "public_bytes") and hasattr(key, "verify"):
        form = ser.PublicFormat.SubjectPublicKeyInfo
        return _public_key, (key.public_bytes(ser.Encoding.DER, form),)
    return NotImplemented


def _private_key(der: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    # it was checked when it was made, which takes 0.1 s for each
    return load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)


def _public_key(der: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    return load_der_public_key(der)


_REDUCERS: Mapping[type, Callable[[Any], Any]] = {
    type(threading.Lock()): lambda _: (threading.Lock, ()),
    type(threading.RLock()): lambda _: (threading.RLock, ()),
    WeakValueDictionary: lambda weak: (WeakValueDictionary, (), None, None, iter(weak.items())),
    FunctionType: _reduced_function,
}
