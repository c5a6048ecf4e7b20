"""The parts of the Docker provider, each with one job."""
