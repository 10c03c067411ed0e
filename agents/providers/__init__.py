"""Language models, one vendor per file, and the brain that needs none."""
