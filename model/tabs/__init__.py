"""The web page, one module per tab: layout and events. `app.py` lays the tabs out.

`page_model.py` reads model folders, `markup.py` shows what the macros of `draw.html` draw, and
`look.py` and `style.css` are the look.
"""
