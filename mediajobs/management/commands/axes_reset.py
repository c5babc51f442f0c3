"""axes_reset: that of axes, on record."""

from axes.management.commands import axes_reset

from mediajobs.management.lifting import LiftingOnRecordMixin


class Command(LiftingOnRecordMixin, axes_reset.Command):
    """Forgets failed tries to sign in."""
