"""The parts of the process provider, each with one job."""
