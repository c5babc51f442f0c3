"""The vendor, played by us: a whole media API in memory, for tests, the demo and fault drills."""

from .faults import FAULTS
from .replies import Reply
from .server import SimulatorServer
from .world import World

__all__ = ["FAULTS", "Reply", "SimulatorServer", "World"]
