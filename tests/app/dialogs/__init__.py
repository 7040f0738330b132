"""Tests of app/dialogs."""
