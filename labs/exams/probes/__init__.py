"""The probes: each looks at one kind of thing in a running lab and says in sentences what it looked for and found."""
