"""Whether a built site is whole: its links, documents, listings, digests, and what was locked."""
