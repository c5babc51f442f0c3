"""Tests of mediajobs/services."""
