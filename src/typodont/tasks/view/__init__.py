"""What a picture shows and which way up it lies; the other jobs ask it before they start."""
