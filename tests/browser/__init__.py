"""Journeys of people through the running panel, in a real Chromium."""
