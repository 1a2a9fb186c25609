-- How do the ranks of each model spread over the metrics of a panel? Cells without a rank are left out.
SELECT
    model,
    avg(metric_rank) AS mean_rank,
    median(metric_rank) AS median_rank,
    min(metric_rank) AS best_rank,
    max(metric_rank) AS worst_rank,
    count(*) FILTER (WHERE metric_rank = 1) AS n_first
FROM panel
GROUP BY model, model_position
ORDER BY model_position;
