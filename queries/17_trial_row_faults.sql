-- Which rows of raw_trials lack a value, and of which column?
SELECT source, row, column_name
FROM (
    SELECT source, row, 'experiment' AS column_name FROM raw_trials WHERE COALESCE(experiment, '') = ''
    UNION ALL
    SELECT source, row, 'subj' FROM raw_trials WHERE COALESCE(subj, '') = ''
    UNION ALL
    SELECT source, row, 'object_response' FROM raw_trials WHERE COALESCE(object_response, '') = ''
    UNION ALL
    SELECT source, row, 'category' FROM raw_trials WHERE COALESCE(category, '') = ''
    UNION ALL
    SELECT source, row, 'condition' FROM raw_trials WHERE COALESCE(condition, '') = ''
    UNION ALL
    SELECT source, row, 'imagename' FROM raw_trials WHERE COALESCE(imagename, '') = ''
) AS faults
ORDER BY source, row, column_name
LIMIT 51;
