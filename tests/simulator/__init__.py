"""Tests of the simulated media API."""
