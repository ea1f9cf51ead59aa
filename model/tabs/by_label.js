// The first press on a heading puts the largest number on top, or A before Z; the next turns it.
element.addEventListener('click', (event) => {
  const head = event.target.closest('th[aria-sort]');
  if (!head) return;
  const column = head.cellIndex,
    body = element.querySelector('tbody');
  const isText = column === 0,
    was = head.getAttribute('aria-sort');
  const up = was === 'none' ? isText : was === 'descending';
  const key = (row) => row.cells[column].dataset.value;
  const order = (a, b) => (isText ? key(a).localeCompare(key(b)) : key(a) - key(b));
  const rows = [...body.rows].sort((a, b) => (up ? order(a, b) : order(b, a)));
  body.append(...rows);
  for (const other of element.querySelectorAll('th[aria-sort]'))
    other.setAttribute('aria-sort', 'none');
  head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
});
