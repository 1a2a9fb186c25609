-- The scores of a selection under a coverage policy, one row a cell, each metric's ranks beside them.
--   complete    only models scored on every metric
--   attempted   models with a cell that was run; failed counts 0, missing is left out
--   zero        models with a cell that was run; failed and missing count 0
--   worst-rank  models with a cell that was run; cells without a score share the last rank
-- Rank 1 is best, ties share the average of their ranks; a cell without a score has a rank only under
-- worst-rank, where such cells tie behind all scored ones.
CREATE OR REPLACE TABLE panel AS
WITH chosen AS (
    SELECT cells.*
    FROM cells
    JOIN selections USING (metric)
    WHERE selection = $selection
    QUALIFY
        CASE
            WHEN $policy = 'complete' THEN bool_and(state = 'scored') OVER (PARTITION BY model)
            ELSE bool_or(state <> 'missing') OVER (PARTITION BY model)
        END
),
counted AS (
    SELECT
        model,
        model_position,
        metric_position,
        CASE
            WHEN state = 'scored' THEN turned
            WHEN $policy = 'zero' OR ($policy = 'attempted' AND state = 'failed') THEN 0.0
        END AS score,
        state = 'scored' OR $policy = 'worst-rank' AS is_ranked,
        rank() OVER (PARTITION BY metric ORDER BY turned DESC NULLS LAST) AS first_rank,
        count(*) OVER (PARTITION BY metric, turned) AS n_tied
    FROM chosen
)
SELECT
    model,
    model_position,
    metric_position,
    score,
    CASE WHEN is_ranked THEN first_rank + (n_tied - 1) / 2.0 END AS metric_rank
FROM counted
ORDER BY model_position, metric_position;
