-- Which models are scored on every metric of a selection?
SELECT model
FROM cells
JOIN selections USING (metric)
WHERE selection = $selection
GROUP BY model, model_position
HAVING bool_and(state = 'scored')
ORDER BY model_position;
