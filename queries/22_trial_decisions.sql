-- On images whose shape and texture are of two categories, how often did each observer name the one or the other?
-- The category is the shape's; the texture's ends the image's name, as in bird3-clock2.png (Geirhos et al. 2019).
SELECT
    experiment,
    observer,
    CAST(SUM(CASE WHEN response = category THEN 1 ELSE 0 END) AS BIGINT) AS n_shape,
    CAST(SUM(CASE WHEN response = texture THEN 1 ELSE 0 END) AS BIGINT) AS n_texture
FROM (
    SELECT
        experiment,
        observer,
        category,
        response,
        TRANSLATE(SPLIT_PART(SPLIT_PART(image, '.', 1), '-', -1), '0123456789', '') AS texture
    FROM trials
    WHERE experiment = 'cue-conflict'
) AS named
WHERE category <> texture
GROUP BY experiment, observer
ORDER BY experiment, observer;
