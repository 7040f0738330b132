"""The main window: the frame that stands still while views change."""
