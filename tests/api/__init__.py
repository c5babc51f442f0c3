"""Tests of mediajobs.api."""
