"""Sealing the trail, and showing that it is whole."""
