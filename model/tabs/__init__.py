"""The web page, one module per tab: layout and events. `app.py` lays the tabs out.

`page_model.py` reads model folders; `markup.py` fills the macros of `draw.html`;
`tables.py` reads and writes lists. `look.py` and `style.css` are the look.
"""
