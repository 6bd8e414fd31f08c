"""`python -m rater_app` is the same as `rater-app`."""

from rater_app.cli import main

main()
