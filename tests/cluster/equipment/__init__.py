"""A real single-node Kubernetes for the tests: upstream components in namespaces of their own on this machine.

Test equipment, not a product: production clusters bring their own network, storage and ingress.
`scripts/cluster up` and `down` are its door; `places.py` says what is where.
"""
