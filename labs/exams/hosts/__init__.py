"""Exams in containers: where the worker has them held. Whoever answers browsers loads none of this."""
