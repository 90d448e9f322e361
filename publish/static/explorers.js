// Explorers of a page without a kernel: plain controls, and a model with as much of Jupyter's manners as the drawer
// (`render`, from utils/explorer.js, above this) asks for. The data come from a script of their own, when the
// explorer comes into view: a page that is opened as a file may load a script, but not fetch a file.

const arrived = {}; // what to do with the data of an explorer, by its name

window.explorerData = (name, ...parts) => arrived[name](parts);

function load(figure) {
  return new Promise((resolve, reject) => {
    arrived[figure.dataset.name] = resolve;
    const script = document.createElement("script");
    script.src = figure.dataset.url;
    script.onerror = reject;
    document.head.append(script);
  });
}

async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new DataView(await new Response(stream).arrayBuffer());
}

function makeModel(state) {
  const handlers = {};
  return {
    get: (name) => state[name],
    set: (name, value) => {
      state[name] = value;
      handlers[`change:${name}`]?.();
    },
    on: (event, handler) => (handlers[event] = handler),
    off: (event) => delete handlers[event],
  };
}

// Tell the model where a control stands, and beside a slider what that means.
function follow(control, model) {
  model.set(`index_${control.dataset.control}`, Number(control.value));
  if (control.type !== "range") return;
  const label = JSON.parse(control.dataset.labels)[control.value];
  control.setAttribute("aria-valuetext", label);
  control.nextElementSibling.textContent = label;
}

async function start(figure) {
  const [drawn, data, pixels] = await Promise.all((await load(figure)).map(unpack));
  const model = makeModel({ ...JSON.parse(new TextDecoder().decode(drawn)), data, pixels });
  const controls = figure.querySelector(".explorer-controls");
  // A browser that comes back to a page puts its controls where they were left.
  const standing = controls.querySelectorAll("input[type=range], input:checked");
  standing.forEach((control) => follow(control, model));
  const picture = document.createElement("div");
  render({ model, el: picture });
  figure.querySelector(".explorer-picture").replaceChildren(picture);
  controls.addEventListener("input", ({ target }) => follow(target, model));
  controls.disabled = false;
  figure.dispatchEvent(new Event("explorer-drawn", { bubbles: true }));
}

const watcher = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      start(target).catch((error) => console.warn(`${target.dataset.name} stays a still picture:`, error));
    }
  },
  { rootMargin: "600px" },
);
document.querySelectorAll(".explorer-page:not([data-still])").forEach((figure) => watcher.observe(figure));
