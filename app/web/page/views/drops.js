// Files dropped on an element.

/** Let an element take dropped files, and show it while they hover. */
export function takesDrops(element, take) {
  const over = (isOver) => (event) => {
    if (![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    element.classList.toggle('is-over', isOver);
    if (event.type === 'drop') take(event.dataTransfer.files);
  };
  element.addEventListener('dragover', over(true));
  element.addEventListener('dragleave', over(false));
  element.addEventListener('drop', over(false));
  return element;
}
