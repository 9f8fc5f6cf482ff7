// The pictures: sheets of images, mixed by the browser as helper.blend mixes pixels.

// data.patches lie over data.clean while tiles still finish: [{x, y, width, height, source}].
function loadPictures(viewer, data) {
  const size = { x: 0, y: 0, width: data.width, height: data.height };
  const whole = (source) => (source ? [{ ...size, source }] : []), clean = [...whole(data.clean), ...(data.patches ?? [])];
  for (const [index, sheet] of viewer.all(".noisy").entries()) fill(viewer, sheet, whole(data.noisy), index ? "" : data.before);
  for (const [index, sheet] of viewer.all(".clean").entries()) fill(viewer, sheet, clean, index ? "" : data.after);
}

// An image that is replaced stays until all of the new ones are there, so that nothing flickers.
function fill(viewer, sheet, parts, alt) {
  const wanted = (sheet.wanted = parts.map((part) => address(part.source)));
  if (!wanted.length) return sheet.replaceChildren(); // at once: what is seen says whether to wait
  const kept = new Map([...sheet.children].map((image) => [image.dataset.source, image]));
  const leaving = [...kept].filter(([source]) => !wanted.includes(source)).map(([, image]) => image);
  const images = wanted.map((source, index) => kept.get(source) ?? newImage(viewer, parts[index], source));
  for (const [index, image] of images.entries()) {
    image.alt = index ? "" : alt;
    if (sheet.children[leaving.length + index] !== image) sheet.append(image);
  }
  Promise.all(images.map((image) => image.coming)).then(() => {
    if (!images.every((image) => image.there)) return;
    for (const image of leaving) if (!sheet.wanted.includes(image.dataset.source)) image.remove(); // unless wanted again
  });
  return undefined;
}

// Whether something of the second side can be seen.
const isClean = (viewer) => viewer.all(".clean").every((sheet) => [...sheet.children].some((image) => image.there));

function newImage(viewer, part, source) {
  const image = new Image();
  image.decoding = "sync";
  image.draggable = false;
  Object.assign(image.style, { left: `${part.x}px`, top: `${part.y}px`, width: `${part.width}px`, height: `${part.height}px` });
  image.coming = load(image, source).then(viewer.come);
  return image;
}

// Everything begins on whole device pixels, or 100 % would be blurred.
function drawPlace(viewer) {
  const { scale, left, top } = placeOf(viewer);
  for (const layers of viewer.all(".layers")) {
    const pane = layers.parentElement.getBoundingClientRect();
    layers.style.left = `${onDevice(pane.left) - pane.left}px`;
    layers.style.top = `${onDevice(pane.top) - pane.top}px`;
  }
  for (const sheet of viewer.all(".sheet")) {
    sheet.style.width = `${viewer.picture.width}px`;
    sheet.style.height = `${viewer.picture.height}px`;
    sheet.style.transform = `translate(${onDevice(left)}px, ${onDevice(top)}px) scale(${scale})`;
  }
}

// The luminosity blend takes its brightness from one mixture and its colour from the other.
function drawMixture(viewer) {
  const { state } = viewer, grain = state.grain / 100, colour = state.colour / 100;
  const [below, above] = viewer.all(".clean");
  below.style.opacity = colour;
  above.style.opacity = grain;
  viewer.$(".brightness").style.display = grain === colour ? "none" : "";
  viewer.root.style.setProperty("--split", `${state.split}%`);
}
