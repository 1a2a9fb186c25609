-- Which columns does a Parquet file have, of which types? In the order of the file.
SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet($file));
