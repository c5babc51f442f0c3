"""Tests; the folders mirror mediajobs/."""
