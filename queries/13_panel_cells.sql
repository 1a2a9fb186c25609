-- The panel's scores and ranks, model by model, metrics in tree order.
SELECT model, score, metric_rank
FROM panel
ORDER BY model_position, metric_position;
