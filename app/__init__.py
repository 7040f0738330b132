"""Backprop Studio's application: what a person starts, sees and types."""
