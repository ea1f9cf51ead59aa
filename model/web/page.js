// The script in the head of both pages, there before any other script. Below is what it offers and to whom; others take it
// from `window.page`, where model/tabs/scripts.py puts all that these files export.

// What it does at a press: for both pages
import './buttons.js';
// The address and `common`, what tabs share: name.js, inside.js, train.js, about.js
import './address.js';
// counts: tabs/listing.py, list.js; the rest: name.js
import './screen/answer.js';
// tabs/listing.py, list.js
import './screen/rows.js';
// showBelow: tabs/quality.py, alone.js; the rest: name.js, inside.js, train.js
import './boxes.js';
// All that draw
import './drawing.js';
// guess.js, train.js
import './screen/game.js';
// guess.js
import './presenter.js';
// train.js, server.js
import './workers.js';
