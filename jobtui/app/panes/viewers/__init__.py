"""One viewer for each kind of result; all of them draw only the lines on show."""
