"""One measured figure and its target."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A measurement.

    Attributes:
        value: in `unit`; a median unless the name says otherwise.
        baseline: what it is compared with, measured in the same run; None where there is none.
        target: in words.
    """

    name: str
    value: float
    unit: str
    baseline: float | None
    target: str
    holds: bool

    @property
    def ratio(self) -> float | None:
        """Value over baseline."""
        return None if self.baseline is None else self.value / self.baseline

    def as_json(self) -> dict[str, Any]:
        """The object in `build/bench.json`."""
        return {**asdict(self), "ratio": self.ratio}
