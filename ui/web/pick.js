// Every way in for pictures: buttons, a drop anywhere on the page, a paste, a phone's camera. All
// hand the files to Streamlit's own inputs, which are out of sight, so that size limit, XSRF check
// and upload are those of any upload.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".pick");
  root.data = data;
  root.classList.toggle("small", data.small);
  label(root, ".files", data.small ? "Add photos" : "Choose noisy photos");
  label(root, ".folder", data.small ? "Add a folder" : "Choose a folder");
  if (root.round !== data.round) say(root, missing(data)); // what was being uploaded has arrived
  root.round = data.round;
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
      hand(root, await droppedFiles(event.dataTransfer));
    },
    change: (event) => { if (event.target.closest?.(".st-key-inputs")) uploading(root, event.target.files); },
  };
  whileShown(root, document, events, true);
}

// A dropped folder counts as the files in it.
async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const files = [];
  for (const entry of entries) await collect(entry, files);
  return files.filter((file) => !file.name.startsWith("."));
}

async function collect(entry, files) {
  if (entry.isFile) return files.push(await new Promise((found, failed) => entry.file(found, failed)));
  const reader = entry.createReader();
  for (;;) { // a reader gives a hundred entries at a time, and none at the end
    const some = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (!some.length) return undefined;
    for (const one of some) await collect(one, files);
  }
}

function hand(root, files) {
  if (!files.length) return;
  const target = input("files"), transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  target.files = transfer.files;
  target.dispatchEvent(new Event("change", { bubbles: true }));
}

// What was chosen is remembered on the page's own window: the next picker tells what did not come.
function uploading(root, list) {
  const files = [...list].filter((file) => !file.name.startsWith("."));
  const large = files.find((file) => file.size > root.data.limit * 1e6);
  const why = large ? `${large.name.slice(0, 40)} is larger than the limit of ${root.data.limit} MB; save it smaller and try again.` : "";
  window.imageDenoiserUpload = { round: root.round, chosen: files.length, why };
  if (why) return say(root, why);
  say(root, files.length === 1 ? "Uploading…" : `Uploading ${files.length} files…`);
  watchForErrors(root, root.round);
  return undefined;
}

// Streamlit goes on without the files whose upload failed.
function missing({ round, arrived }) {
  const upload = window.imageDenoiserUpload;
  if (!upload || upload.round === round) return "";
  window.imageDenoiserUpload = null;
  const lost = upload.chosen - arrived;
  return lost > 0 ? `${lost} of ${upload.chosen} files could not be uploaded. ${upload.why || "Please try again."}` : "";
}

// If all fail, nothing comes at all. Streamlit says so only in its own list, which is out of sight.
function watchForErrors(root, round) {
  const timer = setInterval(() => {
    if (root.round !== round || !root.isConnected) return clearInterval(timer);
    if (!document.querySelector('.st-key-inputs [data-testid="stFileChipIconError"]')) return undefined;
    if (document.querySelector('.st-key-inputs [data-testid="stFileChipIconSpinner"]')) return undefined;
    clearInterval(timer);
    return say(root, "The upload failed; please try again.");
  }, 500);
}
