-- Of the images of a condition, how many did an observer get right, how many a human, and how many both?
-- The proportions of the two, of agreement, and of the agreement that two independent observers would have
-- (Geirhos, Meding and Wichmann 2020, equations 1 to 3).
CREATE OR REPLACE TABLE trial_pairs AS
SELECT
    *,
    p_observer * p_human + (1 - p_observer) * (1 - p_human) AS expected,
    CASE
        WHEN observed = 1 THEN 1
        ELSE (observed - (p_observer * p_human + (1 - p_observer) * (1 - p_human)))
            / (1 - (p_observer * p_human + (1 - p_observer) * (1 - p_human)))
    END AS kappa
FROM (
    SELECT
        experiment,
        condition,
        observer,
        human,
        CAST(n_observer AS DOUBLE) / n_images AS p_observer,
        CAST(n_human AS DOUBLE) / n_images AS p_human,
        CAST(n_images - n_observer - n_human + 2 * n_both AS DOUBLE) / n_images AS observed
    FROM (
        SELECT
            one.experiment,
            one.condition,
            one.observer,
            other.observer AS human,
            SUM(BIT_COUNT(one.judged)) AS n_images,
            SUM(BIT_COUNT(one.correct)) AS n_observer,
            SUM(BIT_COUNT(other.correct)) AS n_human,
            SUM(BIT_COUNT(one.correct & other.correct)) AS n_both
        FROM trial_masks AS one
        INNER JOIN trial_masks AS other
            ON one.experiment = other.experiment
            AND one.condition = other.condition
            AND one.block = other.block
        WHERE other.is_human AND one.observer <> other.observer
        GROUP BY one.experiment, one.condition, one.observer, other.observer
    ) AS counted
) AS proportions
ORDER BY experiment, condition, observer, human;
