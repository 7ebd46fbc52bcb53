"""Pre-training without labels, for the networks of all jobs."""
