"""The tabs of app.py, one module each: layout and events; the models are in model/.

`words.py` is what they call things, task by task. `shown.py` reads model folders; `markup.py`,
`matrix.py` and `by_label.py` write HTML; `tables.py` reads and writes lists: none of these knows
gradio. `look.py` and `style.css` are the look.
"""
