"""What `streamlit run streamlit_app.py` finds: the room of RATER_APP_ROOM, or the demo study."""

import streamlit as st

from rater_app.web.server import app_arguments

app = st.App(**app_arguments())
