"""How much memory processes have had at most."""

from pathlib import Path


def peak_of(pid="self"):
    """Give it in MB, of this program alone: what getrusage says is also of whoever started it."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def children(pid):
    """Name the processes that a process has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
