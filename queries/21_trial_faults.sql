-- Who judged an image twice in a condition, or not all images that others judged in it?
SELECT
    judged.experiment,
    judged.condition,
    judged.observer,
    judged.n_trials,
    judged.n_images,
    listed.n_images AS n_listed
FROM trial_counts AS judged
INNER JOIN (
    SELECT experiment, condition, COUNT(DISTINCT image) AS n_images
    FROM trial_images
    GROUP BY experiment, condition
) AS listed
    ON judged.experiment = listed.experiment AND judged.condition = listed.condition
WHERE judged.n_trials <> judged.n_images OR judged.n_images <> listed.n_images
ORDER BY judged.experiment, judged.condition, judged.observer;
