"""The version of the studio and its library, recorded in every run."""

VERSION = "0.1.0"
