"""Tests of mediajobs/models."""
