-- One metric of a named selection.
INSERT INTO selections VALUES ($selection, $metric);
