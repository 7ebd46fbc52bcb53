"""The scan job: number every tooth of an intra-oral scan."""
