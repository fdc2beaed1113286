// Elements of the page. Text is always set as text, so that no name can become markup.

export const byId = (id) => document.getElementById(id);

/**
 * Element with attributes and children.
 * @param {string} tag
 * @param {object} [attributes] `class`, `text`, listeners as `onclick`, anything else as it is.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  fill(made, attributes, children);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

export function drawing(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  fill(made, attributes, children);
  return made;
}

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'text') made.textContent = value;
    else if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (name === 'style') Object.assign(made.style, value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null));
}

export function replace(parent, ...children) {
  parent.replaceChildren(...children.filter(Boolean));
}
