"""The web page, one module per tab: layout and events. `app.py` lays the tabs out.

`words.py` is what they call things, task by task. `shown.py` reads model folders; `markup.py`,
`matrix.py` and `by_label.py` write HTML; `tables.py` reads and writes lists: none of these knows
gradio. `look.py` and `style.css` are the look.
"""
