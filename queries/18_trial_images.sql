-- Which images has each condition of each experiment? Numbered, 60 to a block, so that a set of them is an integer.
-- A condition that is a number has one spelling, however it is written: 0.5 for 00.50, 15.0 for 15. It is read as a
-- decimal, for engines spell floating-point numbers differently; one with an exponent stays as it is written.
CREATE OR REPLACE TABLE trial_images AS
SELECT
    experiment,
    condition,
    written,
    image,
    CAST(FLOOR((place - 1) / 60) AS INTEGER) AS block,
    CAST((place - 1) % 60 AS INTEGER) AS bit
FROM (
    SELECT
        experiment,
        condition,
        written,
        image,
        DENSE_RANK() OVER (PARTITION BY experiment, condition ORDER BY image) AS place
    FROM (
        SELECT
            experiment,
            CASE
                WHEN REGEXP_MATCHES(written, '^[+-]?([0-9]{1,18}([.][0-9]{0,18})?|[.][0-9]{1,18})\z')
                    THEN REGEXP_EXTRACT(
                        CAST(TRY_CAST(written AS DECIMAL(38, 18)) AS VARCHAR), '^(-?[0-9]+[.][0-9]+?)0*$', 1
                    )
                ELSE LOWER(written)
            END AS condition,
            written,
            image
        FROM (SELECT DISTINCT experiment, written, image FROM trials) AS listed
    ) AS spelled
) AS numbered
ORDER BY experiment, condition, block, bit, written;
