// What the server holds for the page: where it is, and how an image of it comes.

const PAUSES_S = [0.5, 1, 2, 4, 8, 16, 30]; // a phone may be between two networks

function address(source) {
  const folder = location.pathname.replace(/\/?$/, "/"); // right under a proxy's prefix, too
  return new URL(folder + source.replace(/^\//, ""), location.origin).href;
}

// Resolves once `image.there` says that it can be drawn. A request that fails is made again after a
// while, for as long as the image is on the page.
async function load(image, from) {
  image.dataset.source = image.src = from; // the first stays the same in another try
  for (let tries = 0; ; tries++) {
    image.there = await image.decode().then(() => true, () => image.naturalWidth > 0);
    image.hidden = !image.there; // or its place would show a broken one
    if (image.there) return;
    await new Promise((over) => setTimeout(over, 1000 * PAUSES_S[Math.min(tries, PAUSES_S.length - 1)]));
    if (!image.isConnected) return image.remove();
    image.src = `${from}?again=${Date.now()}`;
  }
}
