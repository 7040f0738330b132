"""Tests of app/workers."""
