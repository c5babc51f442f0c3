"""Tests of mediajobs/services/cancel."""
