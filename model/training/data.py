"""A folder of photographs -> batches of clean training crops.

Takes any folder, flat or nested (FFHQ ships as 70,000 PNGs in folders of a thousand), and never
holds it all: pictures are decoded when a batch needs them, by threads, ahead of the training step,
and kept only as far as a memory budget allows. Batch number i depends on the seed and on i alone,
so a run can be stopped, resumed and repeated exactly.
"""

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}
CLEAN_JPEG = 88  # files of a lower JPEG quality are halved at least, or blocks are learnt as detail
SOFT = 0.1  # share of the crops that are blurred a little, as a camera's own pixels are soft
WOVEN = 0.02  # share with a fine weave in a part of it: cloth that training pictures hardly show
# Share whose contrast is stretched beyond black and white. Clipped noise brightens shadows and
# darkens highlights; the network can learn this only from crops that have such areas.
STRETCHED = 0.25
DETAILED = 0.5  # share taken as the more detailed of two: much of a photograph is flat, and easy
TINTED = 0.15  # share with stronger colours: noise is cut off in one channel, and others go on
# Share of the batches whose roughest crop comes a second time, as the first crop, which the blind
# mixture leaves clean. Sand looks like noise, and by chance hardly a rough crop would come without.
ROUGH = 0.75
ROUGH_FROM = 10  # crops; smaller batches may leave none clean


class DataError(Exception):
    """The folder cannot be trained on; the message is a sentence for people."""


@dataclass(frozen=True)
class Picture:
    """One file of the folder; `least_scale` is how much it must be shrunk to count as clean."""

    path: Path
    width: int
    height: int
    least_scale: float


def find_pictures(folder: Path, side: int) -> tuple[list[Picture], list[str]]:
    """Every usable picture below a folder, in the order of their names.

    Args:
        folder: Searched with all its subfolders.
        side: Least width and height, in pixels, after the file's least shrinking.

    Returns:
        The pictures, and a sentence for each file that was passed over.

    Raises:
        DataError: There is no such folder, or nothing usable in it.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Give --data a folder of photographs.")
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    with ThreadPoolExecutor() as pool:
        looked = list(pool.map(_look, files))
    good, skipped = [], []
    for path, found in zip(files, looked, strict=True):
        if isinstance(found, str):
            skipped.append(f"{path}: {found}")
        elif min(found.width, found.height) / found.least_scale < side:
            skipped.append(f"{path}: smaller than the {side}-pixel crops")
        else:
            good.append(found)
    if not good:
        seen = f"for instance {skipped[0]}" if skipped else "it holds no picture files"
        raise DataError(f"No usable photograph of {side} pixels or more in {folder}: {seen}.")
    return good, skipped


def _look(path: Path) -> Picture | str:
    """Reads the header only."""
    try:
        with Image.open(path) as image:
            tables = getattr(image, "quantization", None)
            width, height = image.size
            deep = image.mode[0] in "IF"
    except Exception as error:  # decoders raise anything on untrusted bytes
        return f"not a readable picture ({type(error).__name__})"
    if deep:
        return "a grey picture of more than 8 bits; save it as 8-bit first"
    # libjpeg's quality, from how far its first table, luma's, is from the standard's mean of 57.6.
    quality = 100 - 50 * float(np.mean(next(iter(tables.values())))) / 57.6 if tables else 100.0
    return Picture(path, width, height, 2.0 if quality < CLEAN_JPEG else 1.0)


class Crops:
    """Batches of clean crops, each (batch, side, side, 3) uint8 RGB.

    Args:
        pictures: From `find_pictures`.
        side: Crop size in pixels.
        batch: Crops a batch.
        seed: Batch i is a function of the seed and i.
        whole: True shrinks each whole picture to side x side, each once an epoch; False takes
            random crops at random scales, flipped and turned, each pixel equally likely.
        cache_bytes: How many bytes of decoded pictures to keep.
        workers: Threads that decode.
        pairs: Makes the real pairs that follow the clean crops in each batch, by its number.
    """

    def __init__(
        self,
        pictures: Sequence[Picture],
        side: int,
        batch: int,
        *,
        seed: int,
        whole: bool = False,
        cache_bytes: int = 2 << 30,
        workers: int = 2,
        pairs: Callable[[int], np.ndarray] | None = None,
    ) -> None:
        self.pictures, self.side, self.batch, self.seed = pictures, side, batch, seed
        self.whole, self.workers, self._pairs = whole, workers, pairs
        self.skipped: dict[Path, str] = {}
        area = np.array([p.width * p.height / p.least_scale**2 for p in pictures])
        self._chance = area / area.sum()
        self._cache: dict[Path, np.ndarray] = {}
        self._room = cache_bytes
        self._lock = threading.Lock()

    def batches(self, start: int = 0) -> Generator[np.ndarray, None, None]:
        """Batch `start` and all that follow, without end, prepared ahead by the threads."""
        with ThreadPoolExecutor(self.workers) as pool:
            ahead: list[Future[np.ndarray]] = []
            number = start
            try:
                while True:
                    while len(ahead) < 2 * self.workers:
                        ahead.append(pool.submit(self._with_pairs, number))
                        number += 1
                    yield ahead.pop(0).result()
            finally:
                for future in ahead:
                    future.cancel()

    def _with_pairs(self, number: int) -> np.ndarray:
        crops = self.make(number)
        return np.concatenate([crops, self._pairs(number)]) if self._pairs else crops

    def make(self, number: int) -> np.ndarray:
        """The clean crops of batch `number`.

        Raises:
            DataError: Hardly a picture of the folder can be decoded.
        """
        random = np.random.default_rng([self.seed, number])
        order = self._order(number, random)
        crops: list[np.ndarray] = []
        for attempt in range(20 * self.batch):
            index = order[attempt] if attempt < len(order) else random.choice(len(self.pictures))
            pixels = self._pixels(self.pictures[index])
            if pixels is not None:
                crops.append(self._crop(pixels, self.pictures[index].least_scale, random))
            if len(crops) == self.batch:
                rough = self.batch >= ROUGH_FROM and random.random() < ROUGH
                return _roughest_first(crops) if rough else np.stack(crops)
        raise DataError("Nearly every picture of the folder is damaged; see the names above.")

    def _order(self, number: int, random: np.random.Generator) -> np.ndarray:
        count = len(self.pictures)
        if not self.whole:
            return random.choice(count, self.batch, p=self._chance)
        epoch, first = divmod(number * self.batch, count)
        passes = range(epoch, epoch + 2 + self.batch // count)
        orders = [np.random.default_rng([self.seed, 1, n]).permutation(count) for n in passes]
        return np.concatenate(orders)[first : first + self.batch]

    def _pixels(self, picture: Picture) -> np.ndarray | None:
        with self._lock:
            if picture.path in self._cache:
                return self._cache[picture.path]
            if picture.path in self.skipped:
                return None
        try:
            with Image.open(picture.path) as image:
                pixels = np.asarray(image.convert("RGB"))
        except Exception as error:  # as in `_look`
            with self._lock:
                if picture.path not in self.skipped:
                    print(f"\nSkipped {picture.path}: damaged ({error}).")
                self.skipped[picture.path] = str(error)
            return None
        with self._lock:
            if pixels.nbytes <= self._room and picture.path not in self._cache:
                self._room -= pixels.nbytes
                self._cache[picture.path] = pixels
        return pixels

    def _crop(self, pixels: np.ndarray, least: float, random: np.random.Generator) -> np.ndarray:
        side = self.side
        if self.whole:
            return cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA)
        most = min(min(pixels.shape[:2]) / side, 3.0 * least)
        # Half of the crops keep the most detail that is clean; the others shrink further.
        scale = least if random.random() < 0.5 else least * (most / least) ** random.random()
        size = max(round(side * scale), side)
        crop = _cut(pixels, size, random)
        if random.random() < DETAILED:
            crop = max(crop, _cut(pixels, size, random), key=np.std)
        if size != side:
            crop = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
        crop = _as_photographed(crop, random)
        crop = np.rot90(crop, int(random.integers(4)))
        return crop[:, ::-1] if random.random() < 0.5 else crop


def _roughest_first(crops: list[np.ndarray]) -> np.ndarray:
    """The one of the finest texture takes the first one's place, too; a few edges do not count.

    It also stays where it was: were it only moved, noisy crops would have less texture.
    """
    greys = [cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) for crop in crops]
    texture = [np.abs(cv2.Laplacian(grey, cv2.CV_16S)).mean() for grey in greys]
    return np.stack([crops[int(np.argmax(texture))], *crops[1:]])


def _cut(pixels: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
    top = random.integers(pixels.shape[0] - size + 1)
    left = random.integers(pixels.shape[1] - size + 1)
    return pixels[top : top + size, left : left + size]


def _as_photographed(crop: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Some crops softer, some with deep shadows and blown highlights, some with strong colours."""
    if random.random() < SOFT:
        crop = cv2.GaussianBlur(crop, (0, 0), random.uniform(0.4, 1.1))
    if random.random() < WOVEN:
        crop = _woven(crop, random)
    if random.random() < STRETCHED:
        black, white = random.uniform(0, 80), random.uniform(175, 255)
        stretched = (crop - np.float32(black)) * np.float32(255 / (white - black))
        crop = np.rint(np.clip(stretched, 0, 255)).astype(np.uint8)
    if random.random() < TINTED:
        gains = random.uniform(0.7, 1.3, 3).astype("float32")
        crop = np.rint(np.clip(crop * gains, 0, 255)).astype(np.uint8)
    return crop


def _woven(crop: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Two crossed gratings of two to five pixels modulate the brightness of a soft-edged part."""
    side = crop.shape[0]
    down, across = np.mgrid[:side, :side].astype("float32")
    weave, angle = np.ones((side, side), "float32"), random.uniform(0, np.pi)
    for turn in (angle, angle + random.uniform(0.3, 0.5) * np.pi):
        along = down * np.sin(turn) + across * np.cos(turn)
        sway = 0.6 * np.sin(along / random.uniform(8, 30) + random.uniform(0, 6))  # not a ruler's
        weave *= np.cos(2 * np.pi * along / random.uniform(2, 5) + sway)
    blobs = cv2.GaussianBlur(
        random.standard_normal((side, side)).astype("float32"), (0, 0), side / 6
    )
    mask = np.clip(0.5 + 2 * blobs / blobs.std(), 0, 1)
    woven = crop + (random.uniform(10, 60) * weave * mask)[..., None]
    return np.rint(np.clip(woven, 0, 255)).astype(np.uint8)
