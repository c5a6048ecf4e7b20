"""Enforces NetworkPolicy on the test cluster: a pure compiler to an nftables ruleset, and a thin loop that loads it.

The CNI bridge plugin enforces nothing, so the cluster brings this. Production clusters bring Calico or Cilium.
"""
