-- What is each observer's accuracy, and how near are its accuracy and its errors to people's?
-- For each condition, and for each experiment (condition NULL): accuracy over the trials, the others the mean
-- over conditions and then over people, both without the conditions that an experiment leaves out.
WITH kept AS (
    SELECT counts.*
    FROM trial_counts AS counts
    LEFT JOIN conditions_left_out AS left_out
        ON counts.experiment = left_out.experiment AND counts.condition = left_out.condition
    WHERE left_out.condition IS NULL
),
accuracies AS (
    SELECT
        experiment,
        CAST(NULL AS VARCHAR) AS condition,
        observer,
        CAST(SUM(n_correct) AS BIGINT) AS n_correct,
        CAST(SUM(n_images) AS BIGINT) AS n_images
    FROM kept
    GROUP BY experiment, observer
    UNION ALL
    SELECT experiment, condition, observer, n_correct, n_images
    FROM trial_counts
    WHERE condition <> ''
),
per_human AS (
    SELECT
        pairs.experiment,
        CAST(NULL AS VARCHAR) AS condition,
        pairs.observer,
        pairs.human,
        AVG((pairs.p_observer - pairs.p_human) * (pairs.p_observer - pairs.p_human)) AS accuracy_difference,
        AVG(pairs.observed) AS observed,
        AVG(pairs.kappa) AS kappa
    FROM trial_pairs AS pairs
    LEFT JOIN conditions_left_out AS left_out
        ON pairs.experiment = left_out.experiment AND pairs.condition = left_out.condition
    WHERE left_out.condition IS NULL
    GROUP BY pairs.experiment, pairs.observer, pairs.human
    UNION ALL
    SELECT
        experiment,
        condition,
        observer,
        human,
        (p_observer - p_human) * (p_observer - p_human),
        observed,
        kappa
    FROM trial_pairs
    WHERE condition <> ''
),
consistencies AS (
    SELECT
        experiment,
        condition,
        observer,
        AVG(accuracy_difference) AS accuracy_difference,
        AVG(observed) AS observed,
        AVG(kappa) AS kappa
    FROM per_human
    GROUP BY experiment, condition, observer
)
SELECT
    accuracies.experiment,
    accuracies.condition,
    accuracies.observer,
    CAST(accuracies.n_correct AS DOUBLE) / accuracies.n_images AS accuracy,
    accuracies.n_images,
    consistencies.accuracy_difference,
    consistencies.observed,
    consistencies.kappa
FROM accuracies
LEFT JOIN consistencies
    ON accuracies.experiment = consistencies.experiment
    AND accuracies.condition IS NOT DISTINCT FROM consistencies.condition
    AND accuracies.observer = consistencies.observer
ORDER BY accuracies.experiment, accuracies.condition NULLS FIRST, accuracies.observer;
