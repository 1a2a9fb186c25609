-- The panel's scores and ranks under a coverage policy, model by model, metrics in tree order.
--   complete    every cell is scored
--   attempted   failed counts 0, missing is left out
--   zero        failed and missing count 0
--   worst-rank  cells without a score share the last rank
-- Rank 1 is best and ties share the average of their ranks. Without worst-rank only scored cells have one.
SELECT
    CASE
        WHEN state = 'scored' THEN turned
        WHEN $policy = 'zero' OR ($policy = 'attempted' AND state = 'failed') THEN 0.0
    END AS score,
    CASE
        WHEN state = 'scored' OR $policy = 'worst-rank' THEN tied_rank
    END AS metric_rank
FROM panel
ORDER BY model_position, metric_position;
