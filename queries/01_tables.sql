-- What a snapshot brings, in its own order: models, metrics, the cells that were run, and named selections.
CREATE TABLE models AS
SELECT model, position::INTEGER AS position FROM incoming_models ORDER BY position;

CREATE TABLE metrics AS
SELECT metric, higher_is_better, position::INTEGER AS position FROM incoming_metrics ORDER BY position;

CREATE TABLE scores AS
SELECT model, metric, score, state FROM incoming_scores ORDER BY position;

CREATE TABLE selections (selection VARCHAR, metric VARCHAR);
