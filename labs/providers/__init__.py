"""Who runs labs: local processes, containers, a cluster, and the fakes that tests need."""
