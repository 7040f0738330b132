"""Reusable pieces of the interface that know no view model."""
