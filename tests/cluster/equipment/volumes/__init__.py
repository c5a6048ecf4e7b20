"""Local volumes with a real size: each an ext4 file system of its own, new for every claim.

The hostpath provisioner makes folders that no unprivileged user may enter, and plain `local` folders have no limit; so
each volume is a sparse file, loop-mounted in the cluster's mount namespace. A released one is thrown away with its file
and made anew under another name: the next claim finds an empty disk, and no data of the one before.
"""
