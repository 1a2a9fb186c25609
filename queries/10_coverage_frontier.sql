-- How many models stay complete as the metrics of each selection are added one at a time, always the one
-- that costs fewest models (ties: tree order)? One bit a model: a metric's mask has a 1 where it is scored.
WITH RECURSIVE
masks AS MATERIALIZED (
    SELECT
        metric,
        metric_position,
        string_agg(CASE WHEN state = 'scored' THEN '1' ELSE '0' END, '' ORDER BY model_position)::BIT AS mask
    FROM cells
    GROUP BY metric, metric_position
),
steps AS (
    SELECT
        selection,
        0 AS step,
        ''::VARCHAR AS metric,
        repeat('1', (SELECT count(*) FROM models)::INT)::BIT AS alive,
        []::VARCHAR[] AS used
    FROM (SELECT DISTINCT selection FROM selections)
    UNION ALL
    (
        SELECT
            steps.selection,
            steps.step + 1,
            masks.metric,
            steps.alive & masks.mask,
            list_append(steps.used, masks.metric)
        FROM steps
        JOIN selections ON selections.selection = steps.selection
        JOIN masks ON masks.metric = selections.metric
        WHERE NOT list_contains(steps.used, masks.metric)
        QUALIFY 1 = row_number() OVER (
            PARTITION BY steps.selection
            ORDER BY bit_count(steps.alive & masks.mask) DESC, masks.metric_position
        )
    )
)
SELECT
    selection,
    step,
    metric,
    bit_count(alive)::BIGINT AS n_models,
    (lag(bit_count(alive)) OVER (PARTITION BY selection ORDER BY step) - bit_count(alive))::BIGINT AS lost
FROM steps
QUALIFY step > 0
ORDER BY selection, step;
