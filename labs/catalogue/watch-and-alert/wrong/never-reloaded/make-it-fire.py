import subprocess

subprocess.run(["python", "send.py", "--seconds", "5", "--rate", "10", "--bad", "0.8"], check=True)
