-- The cells of a selection, for its complete models or for all models with a cell that was run, and the
-- place of each score among those models on its metric. Cells without a score tie behind all scored ones.
CREATE OR REPLACE TABLE panel AS
WITH chosen AS (
    SELECT cells.*
    FROM cells
    JOIN selections USING (metric)
    WHERE selection = $selection
    QUALIFY
        CASE
            WHEN $complete THEN bool_and(state = 'scored') OVER (PARTITION BY model)
            ELSE bool_or(state <> 'missing') OVER (PARTITION BY model)
        END
)
SELECT
    model,
    model_position,
    metric_position,
    state,
    turned,
    rank() OVER (PARTITION BY metric_position ORDER BY turned DESC NULLS LAST) AS first_rank,
    count(*) OVER (PARTITION BY metric_position, turned) AS n_tied
FROM chosen
ORDER BY model_position, metric_position;
