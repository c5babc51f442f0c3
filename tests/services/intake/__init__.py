"""Tests of mediajobs.services.intake."""
