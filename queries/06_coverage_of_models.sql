-- How many metrics does each model have? Best covered first.
SELECT
    model,
    count(*) FILTER (WHERE state = 'scored') AS scored,
    count(*) FILTER (WHERE state = 'failed') AS failed,
    count(*) FILTER (WHERE state = 'missing') AS missing
FROM cells
GROUP BY model, model_position
ORDER BY scored DESC, failed DESC, model_position;
