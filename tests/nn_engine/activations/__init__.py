"""Tests of the activation functions."""
