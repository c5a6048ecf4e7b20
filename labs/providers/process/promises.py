"""What the process provider promises, line by line."""

from labs.ports import Promise, Promises

PROMISES = Promises(
    provider="process",
    summary="Labs run as ordinary processes of this machine's user. Use it for yourself and for people you trust.",
    rows=(
        Promise(
            subject="Files",
            kept="no",
            how="A lab can read and change whatever the platform's user can.",
            about=("files",),
        ),
        Promise(
            subject="Network", kept="no", how="A lab reaches everything that this machine reaches.", about=("network",)
        ),
        Promise(subject="Processes", kept="no", how="A lab can end processes of the same user."),
        Promise(
            subject="Memory, CPU, disk, number of processes",
            kept="no",
            how="No limit is enforced.",
            about=("memory", "cpu", "disk", "processes"),
        ),
        Promise(
            subject="Way in",
            kept="yes",
            how="The workspace and Prometheus ask for this lab's token; MLflow and the model server listen on the "
            "loopback address and refuse foreign host names. Kafka listens there too, and asks nobody.",
        ),
        Promise(
            subject="The platform's secrets",
            kept="partly",
            how="No lab inherits them in its environment, arguments or memory; files of the same user stay readable.",
        ),
        Promise(
            subject="Python packages",
            about=("packages",),
            kept="yes",
            how="`pip install` lands in a layer of this lab alone; the locked environment beneath stays as it is.",
        ),
    ),
)
