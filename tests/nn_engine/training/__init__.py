"""Tests of the trainer, its events, its state and its callbacks."""
