"""Made-up patients: tooth atlas, dentition, soft tissue and a virtual scanner."""
