// A cell is reached by mouse or by arrow keys: only one of the buttons at a time is in the tab order.
element.addEventListener('click', (event) => {
  const cell = event.target.closest('button[data-row]');
  if (!cell) return;
  for (const old of element.querySelectorAll('[aria-pressed=true]')) old.ariaPressed = 'false';
  cell.ariaPressed = 'true';
  Object.assign(element.dataset, {row: cell.dataset.row, column: cell.dataset.column});
  trigger('click', {row: Number(cell.dataset.row), column: Number(cell.dataset.column)});
});
watch('value', () => {
  // drawn again, it keeps the chosen cell
  const {row, column} = element.dataset;
  const cell = element.querySelector(`button[data-row="${row}"][data-column="${column}"]`);
  if (cell) cell.ariaPressed = 'true';
});
element.addEventListener('keydown', (event) => {
  const cell = event.target.closest('button[data-row]');
  const steps = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};
  const step = steps[event.key];
  if (!cell || !step) return;
  event.preventDefault();
  const at = cell.closest('td'),
    rows = at.closest('tbody').rows;
  const to = rows[at.parentElement.sectionRowIndex + step[0]]?.cells[at.cellIndex + step[1]];
  const next = to?.querySelector('button');
  if (!next) return;
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
