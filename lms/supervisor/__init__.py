"""Starts and watches the processes of one instance: broker, web, workers, beat. Knows nothing of what they do."""
