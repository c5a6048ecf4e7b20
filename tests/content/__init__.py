"""Lessons, labs and projects, run as learners and the platform run them."""
