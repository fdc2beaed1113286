// The map as a picture, with the names of what it shows.

/** Save what the map shows as PNG. */
export function savePicture(view, words, name) {
  const [map] = view.maps;
  map.once('rendercomplete', () => {
    const canvas = composed(map);
    caption(canvas, words);
    canvas.toBlob((blob) => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
  });
  map.render();
}

function composed(map) {
  const [width, height] = map.getSize();
  const canvas = document.createElement('canvas');
  const ratio = Math.min(2, devicePixelRatio);
  [canvas.width, canvas.height] = [width * ratio, height * ratio];
  const context = canvas.getContext('2d');
  context.fillStyle = getComputedStyle(map.getTargetElement()).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const part of map.getViewport().querySelectorAll('.ol-layer canvas, canvas.ol-layer')) {
    if (!part.width) continue;
    const { opacity } = part.parentNode.style;
    context.globalAlpha = opacity === '' ? 1 : Number(opacity);
    context.drawImage(part, 0, 0, canvas.width, canvas.height);
  }
  context.globalAlpha = 1;
  return canvas;
}

function caption(canvas, words) {
  const context = canvas.getContext('2d');
  const size = Math.max(12, Math.round(canvas.width / 90));
  context.font = `${size}px system-ui, sans-serif`;
  const height = size * 1.5 * words.length + size;
  context.fillStyle = 'rgba(10, 22, 34, 0.75)';
  context.fillRect(0, canvas.height - height, canvas.width, height);
  context.fillStyle = '#ffffff';
  words.forEach((line, i) => {
    context.fillText(line, size, canvas.height - height + size * 1.5 * (i + 1));
  });
}
