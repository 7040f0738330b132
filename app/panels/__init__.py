"""The panels: each joins one view model to widgets, runs alone, and imports no other."""
