// The window that offers the picture of an answer.

import {addressOfPage} from './address.js';
import {isOnDisk, linkButton} from './answer.js';
import {pictureOf} from './answer_picture.js';
import {esc} from './drawing.js';

/** Offer the picture of the answer beside a button: to save it, and to send it on where that can be. */
export async function share(button) {
  const text = button.dataset.share;
  const answers = button.closest('.answers');
  const canvas = pictureOf(text, answers);
  const content = await new Promise((end) => canvas.toBlob(end));
  const {type} = content;
  const file = new File([content], `${text}.png`, {type});
  const link = isOnDisk ? {} : {url: addressOfPage()};
  const sent = {files: [file], ...link};
  const address = URL.createObjectURL(file);
  const canSend = navigator.canShare?.(sent);
  const dialog = document.createElement('dialog');
  dialog.className = 'game shared';
  dialog.ariaLabel = 'Picture of the answer';
  dialog.innerHTML = ofWindow(text, file, address, canSend);
  const send = () => navigator.share(sent).catch(() => {}); // which a visitor may cancel
  dialog.addEventListener('click', ({target}) => {
    if (target.matches('.close')) dialog.close();
    if (target.matches('.send')) send();
  });
  dialog.addEventListener('close', () => {
    URL.revokeObjectURL(address);
    dialog.remove();
  });
  answers.append(dialog);
  dialog.showModal();
}

/** The HTML of the window. */
function ofWindow(text, {name}, address, canSend) {
  const send = canSend ? '<button class="primary send">Send …</button>' : '';
  return `<p class="tally"><button class="close" aria-label="Close">✕</button></p>
    <img src="${address}" alt="The answer to ${esc(text)} as a picture"><p>
    ${send}
    <a class="download" download="${esc(name)}" href="${address}">Download</a>
    ${linkButton()}</p>`;
}
