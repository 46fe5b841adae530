"""Results for a reader: table, figures, formats and the HTML page."""
