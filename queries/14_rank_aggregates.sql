-- How do the ranks of each model spread over the metrics of the panel? Unscored cells have a rank only
-- under worst-rank, where they share the last.
WITH ranked AS (
    SELECT
        model_position,
        CASE
            WHEN state = 'scored' OR $policy = 'worst-rank' THEN tied_rank
        END AS metric_rank
    FROM panel
)
SELECT
    any_value(model) AS model,
    avg(metric_rank) AS mean_rank,
    median(metric_rank) AS median_rank,
    min(metric_rank) AS best_rank,
    max(metric_rank) AS worst_rank,
    count(*) FILTER (WHERE metric_rank = 1) AS n_first
FROM ranked
JOIN models ON models.position = model_position
GROUP BY model_position
ORDER BY model_position;
