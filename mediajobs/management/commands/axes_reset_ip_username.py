"""axes_reset_ip_username: that of axes, on record."""

from axes.management.commands import axes_reset_ip_username

from mediajobs.management.lifting import LiftingOnRecordMixin


class Command(LiftingOnRecordMixin, axes_reset_ip_username.Command):
    """Forgets failed tries to sign in."""
