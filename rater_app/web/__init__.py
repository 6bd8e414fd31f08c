"""The browser shell: Streamlit pages, the server around them, and the guard before both."""
