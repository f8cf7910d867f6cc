"""What survives the program: jobs, timelines, durations and submissions, in one SQLite file."""
