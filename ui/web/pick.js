// Every way in for pictures: buttons, a drop anywhere on the page, a paste, a phone's camera. All
// hand the files to Streamlit's own inputs, which are out of sight, so that size limit, XSRF check
// and upload are those of any upload.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".pick");
  root.data = data;
  root.classList.toggle("small", data.small);
  label(root, ".files", data.small ? "Add photos" : "Choose noisy photos");
  label(root, ".folder", data.small ? "Add a folder" : "Choose a folder");
  tellWhatCame(root, data);
  root.querySelector(".note").onclick = () => say(root, ""); // on a phone it covers what is below
  root.querySelector(".files").onclick = () => input("files").click();
  root.querySelector(".folder").onclick = () => input("folder").click();
  root.querySelector(".shoot").onclick = () => root.querySelector(".capture").click();
  root.querySelector(".capture").onchange = (event) => hand(root, [...event.target.files]);
  if (!root.listening) listen(root);
  root.listening = true;
}

const input = (kind) => document.querySelector(`.st-key-input-${kind} input[type="file"]`);
const label = (root, button, words) => { // a phone shows only the icon
  root.querySelector(`${button} span`).textContent = words;
  root.querySelector(button).setAttribute("aria-label", words);
};
// As systems hide their own files; a name may come with its folders.
const isHidden = (name) => name.split(/[/\\]/).pop().startsWith(".");
// What a folder may hold beside pictures; browsers do not know the type of each picture.
const OTHER = /^(video|audio|text)\/|^application\/(pdf|zip|x-zip-compressed|json)$/;
const say = (root, words) => { root.querySelector(".note").textContent = words; };

function listen(root) {
  const over = root.querySelector(".over");
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const events = {
    paste: (event) => {
      const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
      if (!files.length) return;
      event.preventDefault();
      hand(root, files);
    },
    dragover: (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      over.hidden = false;
    },
    dragleave: (event) => { if (!event.relatedTarget) over.hidden = true; },
    drop: async (event) => {
      over.hidden = true;
      if (!carriesFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      const { files, unreadable } = await droppedFiles(event.dataTransfer);
      hand(root, files, unreadable);
    },
    change: (event) => { if (event.target.closest?.(".st-key-inputs")) uploading(root, event.target); },
  };
  whileShown(root, document, events, true);
}

// A dropped folder counts as the files in it.
async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return { files: [...transfer.files], unreadable: [] };
  const files = [], unreadable = [];
  for (const entry of entries) await collect(entry, files, unreadable);
  return { files: files.filter((file) => !isHidden(file.name)), unreadable: unreadable.filter((name) => !isHidden(name)) };
}

async function collect(entry, files, unreadable) {
  const ask = (of, method) => new Promise((found, failed) => of[method](found, failed));
  try {
    if (entry.isFile) return files.push(await ask(entry, "file"));
    const reader = entry.createReader();
    for (;;) { // a reader gives a hundred entries at a time, and none at the end
      const some = await ask(reader, "readEntries");
      if (!some.length) return undefined;
      for (const one of some) await collect(one, files, unreadable);
    }
  } catch { // locked, or gone meanwhile
    return unreadable.push(entry.name);
  }
}

function hand(root, files, unreadable = []) {
  if (!files.length) return unreadable.length && say(root, cannotRead(unreadable));
  const target = input("files");
  root.unreadable = unreadable;
  give(target, files);
  return target.dispatchEvent(new Event("change", { bubbles: true }));
}

function give(target, files) {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  target.files = transfer.files;
}

const cannotRead = ([first, ...more]) => `${first.slice(0, 40)}${more.length ? ` and ${more.length} more` : ""} could not be read.`;

// What was chosen, files or folder, is remembered on the page's own window: another picker may be
// there when it comes.
function uploading(root, target) {
  const kind = target.closest(".st-key-input-folder") ? "folder" : "files", uploads = (window.imageDenoiserUploads ??= {});
  const files = [...target.files].filter((file) => !isHidden(file.name)), unreadable = root.unreadable ?? [];
  const { taken, reasons } = thatFit(root.data, files);
  if (unreadable.length) reasons.push(cannotRead(unreadable));
  root.unreadable = [];
  if (taken.length < target.files.length) give(target, taken);
  if (!taken.length) return say(root, reasons.join(" "));
  const before = uploads[kind]?.round === root.data.rounds[kind] ? uploads[kind] : { chosen: 0, reasons: [] };
  const chosen = before.chosen + files.length + unreadable.length;
  uploads[kind] = { round: root.data.rounds[kind], chosen, reasons: [...before.reasons, ...reasons] };
  say(root, reasons.join(" ") || (taken.length === 1 ? "Uploading…" : `Uploading ${taken.length} files…`));
  watchForErrors(root, kind, uploads[kind]);
  return undefined;
}

// What the server will take, and why not the rest: it had the whole in memory before it could say.
function thatFit({ limit, room, full }, files) {
  const pictures = files.filter((file) => !OTHER.test(file.type)), others = files.length - pictures.length, reasons = [];
  const large = pictures.filter((file) => file.size > limit * 1e6);
  let left = room;
  const fits = (file) => file.size <= left && ((left -= file.size), true);
  const taken = pictures.filter((file) => !large.includes(file) && fits(file));
  if (others) reasons.push(others === 1 ? "1 file is not a picture." : `${others} files are not pictures.`);
  if (large.length) reasons.push(`${large[0].name.slice(0, 40)} is larger than the limit of ${limit} MB; save a smaller version and try again.`);
  if (taken.length + large.length < pictures.length) reasons.push(full);
  return { taken, reasons };
}

// Streamlit goes on without the files whose upload failed.
function tellWhatCame(root, { rounds, arrived }) {
  const uploads = window.imageDenoiserUploads ?? {}, said = [];
  const come = Object.keys(uploads).filter((kind) => uploads[kind].round !== rounds[kind]);
  for (const kind of come) {
    const { chosen, reasons } = uploads[kind], lost = chosen - (arrived[kind] ?? 0);
    if (lost > 0) said.push(`${lost} of ${chosen} files ${lost === 1 ? "was" : "were"} left out. ${reasons.join(" ") || "The upload failed; please try again."}`);
    delete uploads[kind];
  }
  if (come.length) say(root, said.join(" ") || (Object.keys(uploads).length ? "Uploading…" : ""));
}

// If all fail, nothing comes at all. Streamlit says so only in its own list, which is out of sight.
function watchForErrors(root, kind, upload) {
  const timer = setInterval(() => {
    if (window.imageDenoiserUploads?.[kind] !== upload || !root.isConnected) return clearInterval(timer);
    const list = document.querySelector(`.st-key-input-${kind}`), has = (icon) => list?.querySelector(`[data-testid="stFileChipIcon${icon}"]`);
    if (!has("Error") || has("Spinner")) return undefined;
    clearInterval(timer);
    delete window.imageDenoiserUploads[kind];
    return say(root, "The upload failed; please try again.");
  }, 500);
}
