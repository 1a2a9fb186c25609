-- Which images of each block did each observer judge, and which correctly? A bit an image.
CREATE OR REPLACE TABLE trial_masks AS
SELECT
    trials.experiment,
    trial_images.condition,
    trials.observer,
    trials.is_human,
    trial_images.block,
    COUNT(*) AS n_trials,
    BIT_OR(CAST(1 AS BIGINT) << trial_images.bit) AS judged,
    BIT_OR(CASE WHEN trials.correct THEN CAST(1 AS BIGINT) << trial_images.bit ELSE CAST(0 AS BIGINT) END) AS correct
FROM trials
INNER JOIN trial_images
    ON trials.experiment = trial_images.experiment
    AND trials.written = trial_images.written
    AND trials.image = trial_images.image
GROUP BY trials.experiment, trial_images.condition, trials.observer, trials.is_human, trial_images.block
ORDER BY trials.experiment, trial_images.condition, trials.observer, trial_images.block;
