-- What is in the rows of these Parquet files, of which file and which row of it? A folder named column=value gives
-- its files that column, as text.
SELECT * FROM read_parquet($files, file_row_number = true, filename = true, hive_types_autocast = false);
