"""The tests of Backprop Studio. ``python3 -m tests`` prepares what they need and runs them."""
