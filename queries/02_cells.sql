-- Every model x metric, with its state: a cell that nobody ran is there too, as 'missing'.
-- `turned` is the score with its sign changed where lower is better, so that more is always better.
CREATE TABLE cells AS
SELECT
    models.model,
    models.position AS model_position,
    metrics.metric,
    metrics.position AS metric_position,
    coalesce(scores.state, 'missing') AS state,
    scores.score,
    CASE WHEN metrics.higher_is_better THEN scores.score ELSE -scores.score END AS turned
FROM models
CROSS JOIN metrics
LEFT JOIN scores ON scores.model = models.model AND scores.metric = metrics.metric
ORDER BY models.position, metrics.position;
