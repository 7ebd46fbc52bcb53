"""Chest-like CT volumes, healthy and with opacities, for a network to learn on before it sees teeth."""
