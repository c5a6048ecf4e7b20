"""Labs as namespaces of a Kubernetes cluster. `manifests` is pure; only `client` and `streams` load `kubernetes`."""
