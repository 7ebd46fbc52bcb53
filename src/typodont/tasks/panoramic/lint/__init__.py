"""What is wrong with a set of labelled panoramics, before a training learns it or a test is decided by it."""
