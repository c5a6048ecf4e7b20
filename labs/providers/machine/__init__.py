"""What providers on this machine share: its processes, its locks, what is noted on its disk."""

LOOPBACK = "127.0.0.1"
