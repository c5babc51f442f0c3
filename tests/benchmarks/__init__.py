"""How fast it is: scripts that measure the panel beside a named peer, in one run on one machine."""
