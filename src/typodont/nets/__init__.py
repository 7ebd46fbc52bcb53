"""Networks: plain torch modules that know nothing of files, losses or training."""
