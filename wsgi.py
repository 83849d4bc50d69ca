"""The web face for any WSGI server: ``wsgi:app``. Configured by the environment."""

from caseflow.web.app import create_app

app = create_app()
