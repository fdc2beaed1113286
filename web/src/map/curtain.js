// The handle between the two pictures, for pointer and keys.

/** @param {function(number)} moved Is told the share of the width that the left picture has. */
export function curtain(handle, stage, moved) {
  let share = 0.5;

  function set(value) {
    share = Math.min(1, Math.max(0, value));
    handle.style.left = `${share * 100}%`;
    handle.setAttribute('aria-valuenow', Math.round(share * 100));
    moved(share);
  }

  handle.addEventListener('pointerdown', (event) => {
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
    handle.focus();
  });
  handle.addEventListener('pointermove', (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const box = stage.getBoundingClientRect();
    set((event.clientX - box.left) / box.width);
  });
  const steps = { ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1 };
  handle.addEventListener('keydown', (event) => {
    if (event.key in steps) set(share + steps[event.key]);
    else if (event.key === 'Home') set(0);
    else if (event.key === 'End') set(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return { set };
}
