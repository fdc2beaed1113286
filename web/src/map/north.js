// The arrow to north, which in polar planes is rarely up, and back to it.
import { northAt } from './plane.js';

export function northArrow(button, map) {
  const needle = button.querySelector('svg');

  function angle() {
    const view = map.getView();
    const centre = view.getCenter();
    return centre ? northAt(centre, view.getProjection().getCode()) : 0;
  }

  function turn() {
    const shown = angle() + (map.getView().getRotation() || 0);
    needle.style.transform = `rotate(${shown}rad)`;
    const degrees = ((Math.round((shown * 180) / Math.PI) % 360) + 360) % 360;
    button.dataset.north = degrees;
    button.setAttribute('aria-label', `North is at ${degrees} degrees clockwise from up. Turn the map.`);
  }

  button.addEventListener('click', () => {
    const view = map.getView();
    const up = -angle();
    const isUp = Math.abs(view.getRotation() - up) < 0.001;
    view.animate({ rotation: isUp ? 0 : up, duration: 250 });
  });
  map.on('postrender', turn);
}
