-- How many cells are scored, failed and missing?
SELECT
    count(*) FILTER (WHERE state = 'scored') AS scored,
    count(*) FILTER (WHERE state = 'failed') AS failed,
    count(*) FILTER (WHERE state = 'missing') AS missing
FROM cells;
