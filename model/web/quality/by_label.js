// The first press on a heading puts the largest number on top, or A before Z; the next turns it.

element.addEventListener('click', ({target}) => {
  const head = target.closest('th[aria-sort]');
  if (!head) return;
  const column = head.cellIndex;
  const isText = column === 0;
  const before = head.ariaSort;
  const isRising = before === 'none' ? isText : before === 'descending';
  sortRows(column, isText, isRising);
  for (const other of element.querySelectorAll('th[aria-sort]')) {
    other.ariaSort = 'none';
  }
  head.ariaSort = isRising ? 'ascending' : 'descending';
});

function sortRows(column, isText, isRising) {
  const body = element.querySelector('tbody');
  const rows = [...body.rows];
  const key = (row) => row.cells[column].dataset.value;
  rows.sort((a, b) => {
    const one = key(a);
    const other = key(b);
    return isText ? one.localeCompare(other) : one - other;
  });
  if (!isRising) rows.reverse();
  body.append(...rows);
}
