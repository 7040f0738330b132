"""Tests of app/theme."""
