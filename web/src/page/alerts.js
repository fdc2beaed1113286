// What went wrong, said on the page once.
import { byId, element } from './dom.js';

export function tell(text) {
  const panel = byId('alerts');
  if ([...panel.children].some((line) => line.textContent === text)) return;
  panel.append(element('p', { text }));
}

/** Of several failures of one file only the first is told. */
export function tellOnce(error) {
  const file = error.file;
  const panel = byId('alerts');
  if (file && [...panel.children].some((line) => line.textContent.startsWith(`${file} `))) return;
  tell(error.message ?? String(error));
}
