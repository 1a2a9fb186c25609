-- In each condition, how many trials has each observer, of how many images, and how many are right?
CREATE OR REPLACE TABLE trial_counts AS
SELECT
    experiment,
    condition,
    observer,
    CAST(SUM(n_trials) AS BIGINT) AS n_trials,
    CAST(SUM(BIT_COUNT(judged)) AS BIGINT) AS n_images,
    CAST(SUM(BIT_COUNT(correct)) AS BIGINT) AS n_correct
FROM trial_masks
GROUP BY experiment, condition, observer
ORDER BY experiment, condition, observer;
