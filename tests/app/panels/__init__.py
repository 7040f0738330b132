"""Tests of app/panels."""
