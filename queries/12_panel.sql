-- The cells of a selection, for its complete models or for all models with a cell that was run, and the
-- place of each score among those models on its metric. Cells without a score tie behind all scored ones.
CREATE OR REPLACE TABLE panel AS
WITH kept AS (
    SELECT model_position
    FROM cells
    JOIN selections USING (metric)
    WHERE selection = $selection
    GROUP BY model_position
    HAVING CASE WHEN $complete THEN bool_and(state = 'scored') ELSE bool_or(state <> 'missing') END
),
chosen AS (
    SELECT model_position, metric_position, state, turned
    FROM cells
    JOIN selections USING (metric)
    JOIN kept USING (model_position)
    WHERE selection = $selection
)
SELECT
    model_position,
    metric_position,
    state,
    turned,
    rank() OVER by_score
    + (count(*) OVER (by_score RANGE BETWEEN CURRENT ROW AND CURRENT ROW) - 1) / 2.0 AS tied_rank
FROM chosen
WINDOW by_score AS (PARTITION BY metric_position ORDER BY turned DESC NULLS LAST)
ORDER BY model_position, metric_position;
