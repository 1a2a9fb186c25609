"""Results and charts in, a directory of static pages out."""
