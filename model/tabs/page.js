// What the page's small scripts share; in the head, so that it is there before any of them.
window.page = {
  find: (id) => document.querySelector(`#${id} textarea, #${id} input`),
  text: (id) => page.find(id)?.value ?? '',
  answer: (id) => document.getElementById(id.replace(/^name/, 'bars')),
  type(id, text) { // as if a visitor had typed it
    if (!page.find(id)) return;
    page.find(id).value = text;
    page.find(id).dispatchEvent(new Event('input', {bubbles: true}));
  },
  async copy(button, query) {
    const link = new URL(location.pathname, location.origin);
    const large = document.documentElement.classList.contains('large') ? {view: 'large'} : {};
    for (const [key, value] of Object.entries({...query, ...large})) link.searchParams.set(key, value);
    try { await navigator.clipboard.writeText(link); } catch { prompt('Copy this link:', link); }
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy link'; }, 2000);
  },
  enlarge(on) {
    document.documentElement.classList.toggle('large', on);
    for (const button of document.querySelectorAll('.enlarge')) button.ariaChecked = String(on);
  },
};
if (new URLSearchParams(location.search).get('view') === 'large') page.enlarge(true);
document.addEventListener('click', ({target}) => {
  const button = target.closest?.('button');
  if (!button) return;
  const {copy, box, text, tab} = button.dataset;
  if (copy) page.copy(button, JSON.parse(copy));
  if (button.matches('.enlarge')) page.enlarge(button.ariaChecked !== 'true');
  if (box) {
    page.type(box, text);
    const answer = page.answer(box); // on a phone it is below the examples
    if (answer?.getBoundingClientRect().top > 0.8 * innerHeight) answer.scrollIntoView({block: 'center'});
  }
  if (tab) [...document.querySelectorAll(`[data-tab-id="${tab}"]`)].find((b) => b.offsetParent)?.click();
});
// A text that the page brought is replaced by typing, not continued.
const untouched = new WeakSet();
document.addEventListener('focusin', ({target}) => {
  if (!target.matches?.('[id^="name"] :is(textarea, input)') || untouched.has(target)) return;
  untouched.add(target);
  target.select();
});
