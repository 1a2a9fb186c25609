-- Which images has each condition of each experiment? Numbered, 60 to a block, so that a set of them is an integer.
CREATE OR REPLACE TABLE trial_images AS
SELECT
    experiment,
    condition,
    image,
    CAST(FLOOR((place - 1) / 60) AS INTEGER) AS block,
    CAST((place - 1) % 60 AS INTEGER) AS bit
FROM (
    SELECT
        experiment,
        condition,
        image,
        ROW_NUMBER() OVER (PARTITION BY experiment, condition ORDER BY image) AS place
    FROM (SELECT DISTINCT experiment, condition, image FROM trials) AS listed
) AS numbered
ORDER BY experiment, condition, block, bit;
