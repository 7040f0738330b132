"""Dialogs, for where a decision is needed."""
