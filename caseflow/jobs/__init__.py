"""The worker and the timetable: thin, repeatable tasks."""
