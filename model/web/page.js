// The script in the head of both pages: what it imports is there before any other script. Others take what they
// import of these files from `window.page`, where model/tabs/scripts.py puts all that they export.

import './buttons.js';
import './game.js';
import './workers.js';
