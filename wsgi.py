"""The application, for any WSGI server: `granian --interface wsgi wsgi:app`."""

from webapp.start import application_or_exit

app = application_or_exit()
