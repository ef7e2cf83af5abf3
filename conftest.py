"""How the suite runs is `tests/running`; pytest takes plugins from the top level alone."""

pytest_plugins = [
    "tests.running.changed",
    "tests.running.interrupts",
    "tests.running.left_out",
    "tests.running.once",
    "tests.running.schedule",
    "tests.running.slowest",
]
