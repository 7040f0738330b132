"""The program as a whole, used as a person uses it: with the pointer and the keys, on a display of its own."""
