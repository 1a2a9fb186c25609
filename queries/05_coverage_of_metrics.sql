-- How many models does each metric have?
SELECT
    metric,
    count(*) FILTER (WHERE state = 'scored') AS scored,
    count(*) FILTER (WHERE state = 'failed') AS failed,
    count(*) FILTER (WHERE state = 'missing') AS missing
FROM cells
GROUP BY metric, metric_position
ORDER BY metric_position;
