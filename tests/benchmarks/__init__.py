"""Programs that measure. Each prints ratios taken in one run; none of them is a test with a time limit."""
