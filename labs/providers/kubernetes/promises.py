"""What the Kubernetes provider promises, line by line.

tests/integration/labs/test_isolation.py shows the lines with an `about`. Of the others tests/cluster shows the control
and what happens without it: who comes in from outside (test_tenancy_inwards), tokens (K17), Pod Security for the kernel
and for the processes of others (K01 to K07).
"""

from labs.ports import Promise, Promises

PROMISES = Promises(
    provider="kubernetes",
    summary="Each lab is a namespace of its own, fenced before anything runs in it.",
    rows=(
        Promise(
            subject="Files",
            kept="yes",
            how="A lab sees its own volume and a read-only image, nothing else.",
            about=("files",),
        ),
        Promise(
            subject="Network",
            about=("network",),
            kept="partly",
            how="Default-deny both ways, with the openings that the lab declares. It holds where the cluster's network "
            "enforces NetworkPolicy, and never between a pod and the node that it runs on.",
        ),
        Promise(subject="Processes", kept="yes", how="No lab sees another's processes."),
        Promise(
            subject="Memory, CPU, disk, number of processes",
            about=("memory", "cpu", "disk", "processes"),
            kept="partly",
            how="Memory and CPU by limits and a quota; the disk by the volume's size where the storage enforces it; "
            "the number of processes by the kubelet's setting, the same for all.",
        ),
        Promise(
            subject="Way in",
            kept="yes",
            how="Only the ingress reaches the workspace, which asks for this lab's token.",
        ),
        Promise(
            subject="The platform's secrets",
            kept="yes",
            how="No lab has a token of the cluster, unless it teaches kubectl: then one that lives an hour and may do "
            "little, in this lab alone.",
        ),
        Promise(
            subject="The kernel",
            kept="partly",
            how="Pods run under Pod Security `restricted`; labs share the node's kernel unless a RuntimeClass is set.",
        ),
        Promise(
            subject="Python packages",
            about=("packages",),
            kept="yes",
            how="`pip install` lands in a layer of this lab alone; the locked environment beneath stays as it is.",
        ),
    ),
)
