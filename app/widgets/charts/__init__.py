"""Charts painted by hand for data that keeps coming: a tick draws only what is new."""
