"""Teeth, decay, work and disease in photographs and radiographs, each with a mask."""
