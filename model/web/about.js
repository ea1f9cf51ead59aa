// A button on each block of code copies it.

import {copy} from './address.js';

for (const code of element.querySelectorAll('pre code')) {
  code.insertAdjacentHTML('beforebegin', '<button class="copy">Copy</button>');
  code.previousElementSibling.onclick = ({target}) => copy(target, code.textContent);
}
