"""Figures from PyTorch that our own are compared with, and how they were made."""
