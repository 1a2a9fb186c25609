-- Which metric costs how many models: how many would a selection regain without this one metric?
-- They are the models that lack this metric and no other.
WITH lacking AS (
    SELECT model, any_value(metric) AS metric
    FROM cells
    JOIN selections USING (metric)
    WHERE selection = $selection AND state <> 'scored'
    GROUP BY model
    HAVING count(*) = 1
)
SELECT metrics.metric, count(lacking.model) AS regained
FROM metrics
JOIN selections ON selections.metric = metrics.metric AND selections.selection = $selection
LEFT JOIN lacking ON lacking.metric = metrics.metric
GROUP BY metrics.metric, metrics.position
ORDER BY regained DESC, metrics.position;
