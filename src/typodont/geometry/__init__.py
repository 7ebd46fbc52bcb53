"""Meshes, rays, voxels, registration and shape statistics on plain arrays."""
