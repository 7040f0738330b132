"""What the panels show, without a window: QtCore only, each to be made and tested alone."""
