"""The learning platform: learners, progress, pages."""
