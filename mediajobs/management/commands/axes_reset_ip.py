"""axes_reset_ip: that of axes, on record."""

from axes.management.commands import axes_reset_ip

from mediajobs.management.lifting import LiftingOnRecordMixin


class Command(LiftingOnRecordMixin, axes_reset_ip.Command):
    """Forgets failed tries to sign in."""
