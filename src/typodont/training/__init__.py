"""Configs, checkpoints, weights and the loop that every job trains with."""
