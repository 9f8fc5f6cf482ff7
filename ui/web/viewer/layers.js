// The pictures: sheets of images, mixed by the browser as helper.blend mixes pixels.

function address(source) {
  const folder = location.pathname.replace(/\/?$/, "/"); // right under a proxy's prefix, too
  return new URL(folder + source.replace(/^\//, ""), location.origin).href;
}

// data.patches lie over data.clean while tiles still finish: [{x, y, width, height, source}].
function loadPictures(viewer, data) {
  const size = { x: 0, y: 0, width: data.width, height: data.height };
  const whole = (source) => (source ? [{ ...size, source }] : []), clean = whole(data.clean);
  const fillAll = (selector, parts, alt) => viewer.all(selector).map((sheet, index) => fill(sheet, parts, index ? "" : alt));
  const coming = [...fillAll(".noisy", whole(data.noisy), data.before), ...fillAll(".clean", [...clean, ...(data.patches ?? [])], data.after)];
  Promise.all(coming).then(() => drawRemoved(viewer));
}

// An image that is replaced stays until the new one is decoded, so that nothing flickers. Resolves then.
function fill(sheet, parts, alt) {
  const wanted = (sheet.wanted = parts.map((part) => address(part.source)));
  const kept = new Map([...sheet.children].map((image) => [image.dataset.source, image]));
  const leaving = [...kept].filter(([source]) => !wanted.includes(source)).map(([, image]) => image);
  const coming = [];
  for (const [index, part] of parts.entries()) {
    let image = kept.get(wanted[index]);
    if (!image) {
      image = newImage(part, wanted[index]);
      coming.push(image.decode().catch(() => {}));
    }
    image.alt = index ? "" : alt;
    if (sheet.children[leaving.length + index] !== image) sheet.append(image);
  }
  return Promise.all(coming).then(() => {
    for (const image of leaving) if (!sheet.wanted.includes(image.dataset.source)) image.remove(); // unless wanted again
  });
}

function newImage(part, source) {
  const image = new Image();
  image.decoding = "sync";
  image.draggable = false;
  image.dataset.source = source;
  Object.assign(image.style, { left: `${part.x}px`, top: `${part.y}px`, width: `${part.width}px`, height: `${part.height}px` });
  image.src = source;
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
