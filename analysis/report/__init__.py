"""The report of a study: results.json, tables and report.html."""
