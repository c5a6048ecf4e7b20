"""Makers of rows for tests: `create_x` gives a new one each time, with every value that matters nameable."""
