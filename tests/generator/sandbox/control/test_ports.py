"""The API's port: one that cannot be had is refused before anything is built or stamped."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from saasgen import cli
from saasgen.errors import UserError
from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.control.ports import require_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    assert cli.run(["new", str(folder), "--defaults"]) == 0
    return folder


def test_a_free_port_is_let_through() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    require_free(port)


@pytest.mark.parametrize("port", [0, -1, 65536, 99999])
def test_a_port_out_of_range_is_named(port: int) -> None:
    with pytest.raises(UserError, match=rf"Port {port} does not exist: ports are 1 to 65535"):
        require_free(port)


def test_a_port_of_a_stopped_server_can_be_had_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()  # the server's side waits out its last packets
    require_free(port)


def test_up_refuses_a_taken_port_before_it_builds(stack: Path, taken: int, capsys) -> None:
    assert cli.run(["sandbox", "up", str(stack), "--port", str(taken)]) == 1

    assert f"Port {taken} on 127.0.0.1 is in use" in " ".join(capsys.readouterr().err.split())
    assert not (stack / "build").exists()
    assert not Sandbox(stack).running


def test_up_refuses_a_port_that_does_not_exist_before_it_builds(stack: Path, capsys) -> None:
    assert cli.run(["sandbox", "up", str(stack), "--port", "99999"]) == 1

    said = " ".join(capsys.readouterr().err.split())
    assert "Port 99999 does not exist: ports are 1 to 65535" in said
    assert "--port" in said
    assert not (stack / "build").exists()


def test_demo_refuses_a_taken_port_before_it_stamps(tmp_path: Path, taken: int, capsys) -> None:
    folder = tmp_path / "demo"

    assert cli.run(["demo", str(folder), "--port", str(taken)]) == 1

    assert f"Port {taken} on 127.0.0.1 is in use" in " ".join(capsys.readouterr().err.split())
    assert not folder.exists()
