"""Drills: real processes, and what dies under them."""
