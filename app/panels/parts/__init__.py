"""What panels are made of: pieces that belong to one panel, or to two that are alike."""
