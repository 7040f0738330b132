"""Tests of the neural-network library."""
