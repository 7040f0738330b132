"""Tests of app/view_models."""
