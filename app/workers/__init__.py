"""The only threads of the application: the training worker and one-shot tasks, and the pump that brings their news."""
