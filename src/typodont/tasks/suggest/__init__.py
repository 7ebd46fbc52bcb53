"""Which unlabelled case to label next: those that the network doubts and that are like nothing labelled so far."""
