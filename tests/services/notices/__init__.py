"""Tests of mediajobs.services.notices."""
