-- Who judged an image twice in a condition, or not all images that others judged in it?
SELECT
    judged.experiment,
    judged.condition,
    judged.observer,
    judged.n_trials,
    judged.n_images,
    listed.n_images AS n_listed
FROM (
    SELECT
        experiment,
        condition,
        observer,
        SUM(n_trials) AS n_trials,
        SUM(BIT_COUNT(judged)) AS n_images
    FROM trial_masks
    GROUP BY experiment, condition, observer
) AS judged
INNER JOIN (
    SELECT experiment, condition, COUNT(*) AS n_images
    FROM trial_images
    GROUP BY experiment, condition
) AS listed
    ON judged.experiment = listed.experiment AND judged.condition = listed.condition
WHERE judged.n_trials <> judged.n_images OR judged.n_images <> listed.n_images
ORDER BY judged.experiment, judged.condition, judged.observer;
