"""What X-rays lose per mm in teeth and dental work."""

# Dentine at about 70 keV is near 1/6 cm; the others against it.
ENAMEL, DENTINE, PULP, METAL, CERAMIC, COMPOSITE, GUTTA_PERCHA = 0.75, 0.5, 0.15, 5.0, 2.4, 0.75, 3.0
