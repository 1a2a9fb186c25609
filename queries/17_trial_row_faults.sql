-- Which rows of the raw trials lack a value, and of which column?
SELECT lacking.source, lacking.row, names.column_name
FROM (
    SELECT *
    FROM raw_trial_rows
    WHERE COALESCE(experiment, '') = '' OR COALESCE(subj, '') = '' OR COALESCE(object_response, '') = ''
        OR COALESCE(category, '') = '' OR COALESCE(condition, '') = '' OR COALESCE(imagename, '') = ''
) AS lacking
CROSS JOIN (
    VALUES ('experiment'), ('subj'), ('object_response'), ('category'), ('condition'), ('imagename')
) AS names (column_name)
WHERE COALESCE(
    CASE names.column_name
        WHEN 'experiment' THEN lacking.experiment
        WHEN 'subj' THEN lacking.subj
        WHEN 'object_response' THEN lacking.object_response
        WHEN 'category' THEN lacking.category
        WHEN 'condition' THEN lacking.condition
        ELSE lacking.imagename
    END,
    ''
) = ''
ORDER BY lacking.source, lacking.row, names.column_name
LIMIT 51;
