"""What a new snapshot, or a change to a study, changes: read off the API of built sites, told in Markdown."""
