"""Tests of how configurable things are declared."""
