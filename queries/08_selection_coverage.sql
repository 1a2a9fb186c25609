-- For each model of a selection: how many of its metrics are scored, failed, missing?
-- A model is complete when all are scored; it was run when at least one is not missing.
SELECT
    model,
    count(*) FILTER (WHERE state = 'scored') AS scored,
    count(*) FILTER (WHERE state = 'failed') AS failed,
    count(*) FILTER (WHERE state = 'missing') AS missing
FROM cells
JOIN selections USING (metric)
WHERE selection = $selection
GROUP BY model, model_position
ORDER BY model_position;
