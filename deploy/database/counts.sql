-- Rows of every table of ours, one table a line.
SELECT format('SELECT %L || count(*) FROM %I.%I', schemaname || '.' || tablename || ' ', schemaname, tablename)
FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
ORDER BY schemaname, tablename
\gexec
