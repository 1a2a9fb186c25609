-- What did each observer answer to which image of which experiment and condition?
-- From raw_trials, as model-vs-human writes it. An image's name carries the trial and the subject before its
-- own name; experiments without conditions have the one ''.
CREATE OR REPLACE VIEW trials AS
SELECT
    experiment,
    subj AS observer,
    subj LIKE 'subject-%' AS is_human,
    CASE
        WHEN experiment IN (SELECT experiment FROM experiments_without_conditions) THEN ''
        ELSE condition
    END AS written,
    CASE
        WHEN SPLIT_PART(imagename, '_', -2) LIKE 'n0%'
            THEN SPLIT_PART(imagename, '_', -2) || '_' || SPLIT_PART(imagename, '_', -1)
        ELSE SPLIT_PART(imagename, '_', -1)
    END AS image,
    category,
    object_response AS response,
    object_response = category AS correct
FROM raw_trials;
