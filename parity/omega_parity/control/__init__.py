"""Who may flip a flag: evidence written by what measures it, drills of the way back, and the verdict over both."""
