"""What a build need not do again: what each part of it depends on, and where results are kept."""
