"""Tests of data: reading, splitting, preparing, batches."""
