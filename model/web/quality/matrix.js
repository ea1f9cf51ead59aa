// A cell is reached by mouse or by arrow keys: only one of the buttons at a time is in the tab order.

/** Where an arrow goes: so many rows down and columns to the right. */
const STEPS = {
  ArrowUp: {down: -1, right: 0},
  ArrowDown: {down: 1, right: 0},
  ArrowLeft: {down: 0, right: -1},
  ArrowRight: {down: 0, right: 1},
};

element.addEventListener('click', ({target}) => {
  const button = target.closest('button[data-row]');
  if (!button) return;
  for (const other of element.querySelectorAll('[aria-pressed=true]')) other.ariaPressed = 'false';
  button.ariaPressed = 'true';
  const {row, column} = button.dataset;
  element.dataset.row = row;
  element.dataset.column = column;
  trigger('click', {row: Number(row), column: Number(column)});
});

// Drawn again, it keeps the chosen cell.
watch('value', () => {
  const {row, column} = element.dataset;
  const button = element.querySelector(`button[data-row="${row}"][data-column="${column}"]`);
  if (button) button.ariaPressed = 'true';
});

element.addEventListener('keydown', (event) => {
  const button = event.target.closest('button[data-row]');
  const step = STEPS[event.key];
  if (!button || !step) return;
  event.preventDefault();
  const cell = button.closest('td');
  const {rows} = cell.closest('tbody');
  const down = cell.parentElement.sectionRowIndex + step.down;
  const right = cell.cellIndex + step.right;
  const next = rows[down]?.cells[right]?.querySelector('button');
  if (!next) return;
  button.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
