"""The workers: thin tasks that lead from a hint to one step of a service."""
