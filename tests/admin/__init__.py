"""Tests of mediajobs/admin."""
