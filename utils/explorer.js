// Draws the panels of an explorer as SVG, at the position of its controls. All arrays are here from
// the start: `data` holds them as float32, `pixels` those of pictures as bytes, `panels` says where
// each begins and what shape it has.

const WIDTH = 460;
const HEIGHT = 320;
const LEFT = 62;
const RIGHT = 12;
const TOP = 34;
const BOTTOM = 50;
const MANY_POINTS = 200; // as in panels.py
const STYLE = `
.explorer { color: var(--jp-ui-font-color1, currentColor); font-size: 13px; max-width: 1000px; }
.explorer-panels { display: flex; flex-wrap: wrap; gap: 8px; }
.explorer-panel { flex: 1 1 340px; max-width: 500px; }
.explorer svg { display: block; width: 100%; height: auto; overflow: hidden; }
.explorer text { fill: currentColor; font-family: inherit; font-size: 13px; }
.explorer .title { font-size: 15px; }
.explorer .word { font-weight: bold; }
.explorer image { image-rendering: pixelated; }
.explorer .grid { stroke: currentColor; stroke-opacity: 0.15; }
.explorer .frame { stroke: currentColor; stroke-opacity: 0.6; fill: none; }
.explorer-legend { display: flex; flex-wrap: wrap; gap: 2px 14px; padding-left: ${LEFT}px; }
.explorer-legend svg { display: inline-block; width: 26px; height: 12px; margin-right: 4px; }
.explorer-text { margin: 6px 0 0; }
`;

function element(name, attributes, parent) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (parent) parent.append(node);
  return node;
}

function write(text, attributes, parent) {
  element("text", attributes, parent).textContent = text;
}

// At most seven round numbers between two limits.
function linearTicks([low, high]) {
  const rough = (high - low) / 7;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(i * step);
  return ticks;
}

// Over many powers of ten only these, and at most every second beyond ten of them.
function logTicks([low, high]) {
  const ticks = [];
  const powers = Math.log10(high / low);
  const factors = powers < 3 ? [1, 2, 5] : [1];
  const stride = Math.ceil(powers / 10);
  const first = stride * Math.floor(Math.log10(low) / stride);
  for (let power = first; 10 ** power <= high; power += stride) {
    for (const factor of factors) ticks.push(factor * 10 ** power);
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

function label(tick) {
  const number = Number(tick.toPrecision(6));
  const isLong = number !== 0 && (Math.abs(number) < 1e-3 || Math.abs(number) >= 1e6);
  return isLong ? number.toExponential().replace("+", "") : String(number);
}

// Map a value to pixels between two ends.
function scale([low, high], start, end, log) {
  const f = log ? Math.log : (value) => value;
  return (value) => start + ((f(value) - f(low)) / (f(high) - f(low))) * (end - start);
}

// What an array holds at a position of the controls; a size of 1 does not depend on its control.
function lookUp(values, { offset, shape }, index) {
  const size = shape.slice(index.length).reduce((product, length) => product * length, 1);
  let row = 0;
  index.forEach((position, i) => {
    row = row * shape[i] + Math.min(position, shape[i] - 1);
  });
  const begin = offset + row * size;
  return values.subarray(begin, begin + size);
}

function drawAxes(svg, panel, x, y) {
  const right = WIDTH - RIGHT;
  const bottom = HEIGHT - BOTTOM;
  const middle = (LEFT + right) / 2;
  write(panel.title, { x: middle, y: 20, "text-anchor": "middle", class: "title" }, svg);
  if (!panel.axes) return;
  const round = panel.xlog ? logTicks(panel.xlim) : linearTicks(panel.xlim);
  const ticks = panel.xticks.length ? panel.xticks : round.map((tick) => [tick, label(tick)]);
  for (const [tick, name] of ticks) {
    element("line", { x1: x(tick), x2: x(tick), y1: TOP, y2: bottom, class: "grid" }, svg);
    write(name, { x: x(tick), y: bottom + 17, "text-anchor": "middle" }, svg);
  }
  for (const tick of panel.ylog ? logTicks(panel.ylim) : linearTicks(panel.ylim)) {
    element("line", { x1: LEFT, x2: right, y1: y(tick), y2: y(tick), class: "grid" }, svg);
    write(label(tick), { x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, svg);
  }
  const half = (TOP + bottom) / 2;
  element("path", { d: `M${LEFT},${TOP}V${bottom}H${right}`, class: "frame" }, svg);
  write(panel.xlabel, { x: middle, y: HEIGHT - 10, "text-anchor": "middle" }, svg);
  const turned = `translate(16 ${half}) rotate(-90)`;
  write(panel.ylabel, { transform: turned, "text-anchor": "middle" }, svg);
}

function dash(series) {
  return series.dashed ? "6 4" : "none";
}

// A place in pixels that any browser can draw, also where a value has no end.
function place(pixel) {
  return Math.max(-1e4, Math.min(1e4, pixel)).toFixed(1);
}

function linePath(xs, ys, x, y) {
  let path = "";
  let pen = "M";
  xs.forEach((value, i) => {
    const known = Number.isFinite(x(value)) && Number.isFinite(y(ys[i]));
    if (known) path += `${pen}${place(x(value))},${place(y(ys[i]))}`;
    pen = known ? "L" : "M";
  });
  return path;
}

// A bar among `count` that share a place.
function addBar(group, value, height, number, count, x, y) {
  const width = 0.8 / count;
  const start = value - 0.4 + number * width;
  const top = Math.max(TOP, Math.min(y(height), HEIGHT - BOTTOM));
  const size = { width: x(start + width) - x(start), height: HEIGHT - BOTTOM - top };
  element("rect", { x: x(start), y: top, ...size }, group);
}

function pictureUrl(pixels, height, width) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    for (let color = 0; color < 3; color++) image.data[4 * i + color] = pixels[3 * i + color];
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas.toDataURL();
}

function addImage(group, series, buffers, x, y) {
  const node = element("image", { preserveAspectRatio: "none" }, group);
  const [height, width] = series.pixels.shape.slice(-3);
  return (index) => {
    const [left, right] = lookUp(buffers.values, series.x, index);
    const [bottom, top] = lookUp(buffers.values, series.y, index);
    const pixels = lookUp(buffers.pixels, series.pixels, index);
    node.setAttribute("x", x(left));
    node.setAttribute("y", y(top));
    node.setAttribute("width", x(right) - x(left));
    node.setAttribute("height", y(bottom) - y(top));
    node.setAttribute("href", pictureUrl(pixels, height, width));
  };
}

// Adds the group that a series is drawn into; returns the function that redraws it.
function addSeries(parent, series, bars, buffers, x, y) {
  const group = element("g", { fill: series.color, stroke: "none" }, parent);
  if (series.kind === "image") return addImage(group, series, buffers, x, y);
  const look = { fill: "none", stroke: series.color, "stroke-width": 2 };
  const line = element("path", { ...look, "stroke-dasharray": dash(series) }, null);
  if (series.kind === "line") group.append(line);
  return (index) => {
    const xs = lookUp(buffers.values, series.x, index);
    const ys = lookUp(buffers.values, series.y, index);
    if (series.kind === "line") {
      line.setAttribute("d", linePath(xs, ys, x, y));
      return;
    }
    group.replaceChildren();
    xs.forEach((value, i) => {
      const [left, top] = [x(value), y(ys[i])];
      if (!Number.isFinite(left) || !Number.isFinite(top)) return;
      if (series.kind === "bar") {
        addBar(group, value, ys[i], bars.indexOf(series), bars.length, x, y);
      } else if (series.kind === "scatter") {
        const r = xs.length < MANY_POINTS ? 5 : 2;
        element("circle", { cx: place(left), cy: place(top), r }, group);
      } else {
        const at = { x: left, y: top, "text-anchor": "middle", class: "word" };
        write(series.label, { ...at, style: `fill: ${series.color}` }, group);
      }
    });
  };
}

function addLegend(parent, panel) {
  const legend = document.createElement("div");
  legend.className = "explorer-legend";
  const named = panel.series.filter(({ kind }) => kind !== "text" && kind !== "image");
  for (const series of named) {
    const entry = document.createElement("span");
    const sign = element("svg", { viewBox: "0 0 26 12", "aria-hidden": "true" }, null);
    const color = series.color;
    if (series.kind === "line") {
      const look = { stroke: color, "stroke-width": 2, "stroke-dasharray": dash(series) };
      element("path", { d: "M0,6H26", ...look }, sign);
    } else if (series.kind === "scatter") {
      element("circle", { cx: 13, cy: 6, r: 5, fill: color }, sign);
    } else {
      element("rect", { x: 4, y: 0, width: 18, height: 12, fill: color }, sign);
    }
    entry.append(sign, series.label);
    legend.append(entry);
  }
  parent.append(legend);
}

// Scales for a panel: over the whole area, or with equal units on both axes for a picture without axes.
function panelScales(panel) {
  let [left, right, top, bottom] = [LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM];
  if (!panel.axes) {
    [left, bottom] = [RIGHT, HEIGHT - RIGHT];
    const [width, height] = [panel.xlim, panel.ylim].map(([low, high]) => high - low);
    const unit = Math.min((right - left) / width, (bottom - top) / height);
    left = (left + right - unit * width) / 2;
    right = left + unit * width;
    top = (top + bottom - unit * height) / 2;
    bottom = top + unit * height;
  }
  return [scale(panel.xlim, left, right, panel.xlog), scale(panel.ylim, bottom, top, panel.ylog)];
}

let numPanels = 0;

// The part of a panel that lines may not leave.
function addClipped(svg, panel) {
  const id = `explorer-clip-${Math.random().toString(36).slice(2)}-${numPanels++}`;
  const area = { x: LEFT, y: TOP - 1, width: WIDTH - RIGHT - LEFT, height: HEIGHT - BOTTOM - TOP + 2 };
  const all = { x: 0, y: TOP, width: WIDTH, height: HEIGHT - TOP };
  element("rect", panel.axes ? area : all, element("clipPath", { id }, svg));
  return element("g", { "clip-path": `url(#${id})` }, svg);
}

function addPanel(parent, panel, buffers) {
  const box = document.createElement("div");
  box.className = "explorer-panel";
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" }, null);
  const what = panel.axes ? `${panel.title}: ${panel.ylabel} against ${panel.xlabel}` : panel.title;
  svg.setAttribute("aria-label", what);
  const [x, y] = panelScales(panel);
  drawAxes(svg, panel, x, y);
  const area = addClipped(svg, panel);
  const bars = panel.series.filter((series) => series.kind === "bar");
  const redraws = panel.series.map((series) => addSeries(area, series, bars, buffers, x, y));
  box.append(svg);
  addLegend(box, panel);
  parent.append(box);
  return (index) => redraws.forEach((redraw) => redraw(index));
}

// The bytes of a message: a copy, since a float32 view needs an offset that is a multiple of four.
function bytesOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
}

function render({ model, el }) {
  const values = new Float32Array(bytesOf(model.get("data")).buffer);
  const buffers = { values, pixels: bytesOf(model.get("pixels")) };
  const sizes = model.get("sizes");
  const texts = model.get("texts");

  const style = document.createElement("style");
  style.textContent = STYLE;
  const panels = document.createElement("div");
  panels.className = "explorer-panels";
  panels.setAttribute("role", "group");
  const text = document.createElement("p");
  text.className = "explorer-text";
  text.setAttribute("aria-live", "polite");
  el.classList.add("explorer");
  el.append(style, panels, text);

  const redraws = model.get("panels").map((panel) => addPanel(panels, panel, buffers));
  const draw = () => {
    const index = sizes.map((_, i) => model.get(`index_${i}`));
    redraws.forEach((redraw) => redraw(index));
    const sentence = texts[index.reduce((row, position, i) => row * sizes[i] + position, 0)];
    text.textContent = sentence;
    panels.setAttribute("aria-label", sentence);
  };
  draw();
  const events = sizes.map((_, i) => `change:index_${i}`);
  events.forEach((event) => model.on(event, draw));
  return () => events.forEach((event) => model.off(event, draw));
}

export default { render };
