"""What a team server or a cluster needs before it can run the platform: its images."""
