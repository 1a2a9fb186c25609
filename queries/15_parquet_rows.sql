-- The rows of a Parquet file, in the order of the file.
SELECT * FROM read_parquet($file);
