"""How labs and projects are judged by what they do."""
