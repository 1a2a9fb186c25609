-- The state of every cell as a number (2 scored, 1 failed, 0 missing), models by falling coverage.
SELECT CASE state WHEN 'scored' THEN 2 WHEN 'failed' THEN 1 ELSE 0 END::TINYINT AS state
FROM cells
ORDER BY
    count(*) FILTER (WHERE state = 'scored') OVER (PARTITION BY model) DESC,
    count(*) FILTER (WHERE state = 'failed') OVER (PARTITION BY model) DESC,
    model_position,
    metric_position;
