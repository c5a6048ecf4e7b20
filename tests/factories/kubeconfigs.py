"""Files that describe a way to a cluster, for tests of what happens where none answers."""

#: Well written, and nobody is there.
NOBODY_THERE = """
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: me, user: {}}]
"""
