// Draws the panels of an explorer as SVG, at the position of its sliders. All arrays are here from
// the start: `data` holds them as float32, `panels` says where each begins and what shape it has.

const WIDTH = 460;
const HEIGHT = 320;
const LEFT = 62;
const RIGHT = 12;
const TOP = 34;
const BOTTOM = 50;
const STYLE = `
.explorer { color: var(--jp-ui-font-color1, currentColor); font-size: 13px; max-width: 1000px; }
.explorer-panels { display: flex; flex-wrap: wrap; gap: 8px; }
.explorer-panel { flex: 1 1 340px; max-width: 500px; }
.explorer svg { display: block; width: 100%; height: auto; overflow: hidden; }
.explorer text { fill: currentColor; font-family: inherit; font-size: 13px; }
.explorer .title { font-size: 15px; }
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

function logTicks([low, high]) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
    for (const factor of [1, 2, 5]) ticks.push(factor * 10 ** power);
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

function label(tick) {
  return String(Number(tick.toPrecision(6)));
}

// Map a value to pixels between two ends.
function scale([low, high], start, end, log) {
  const f = log ? Math.log : (value) => value;
  return (value) => start + ((f(value) - f(low)) / (f(high) - f(low))) * (end - start);
}

// The points of an array at a position of the sliders; a size of 1 does not depend on its slider.
function lookUp(values, { offset, shape }, index) {
  const numPoints = shape[shape.length - 1];
  let row = 0;
  for (let i = 0; i < shape.length - 1; i++) {
    row = row * shape[i] + Math.min(index[i], shape[i] - 1);
  }
  const begin = offset + row * numPoints;
  return values.subarray(begin, begin + numPoints);
}

function drawAxes(svg, panel, x, y) {
  const right = WIDTH - RIGHT;
  const bottom = HEIGHT - BOTTOM;
  const round = panel.log ? logTicks(panel.xlim) : linearTicks(panel.xlim);
  const ticks = panel.categories.length ? panel.categories : round;
  for (const tick of ticks) {
    element("line", { x1: x(tick), x2: x(tick), y1: TOP, y2: bottom, class: "grid" }, svg);
    write(label(tick), { x: x(tick), y: bottom + 17, "text-anchor": "middle" }, svg);
  }
  for (const tick of linearTicks(panel.ylim)) {
    element("line", { x1: LEFT, x2: right, y1: y(tick), y2: y(tick), class: "grid" }, svg);
    write(label(tick), { x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, svg);
  }
  const middle = (LEFT + right) / 2;
  const half = (TOP + bottom) / 2;
  element("path", { d: `M${LEFT},${TOP}V${bottom}H${right}`, class: "frame" }, svg);
  write(panel.title, { x: middle, y: 20, "text-anchor": "middle", class: "title" }, svg);
  write(panel.xlabel, { x: middle, y: HEIGHT - 10, "text-anchor": "middle" }, svg);
  const turned = `translate(16 ${half}) rotate(-90)`;
  write(panel.ylabel, { transform: turned, "text-anchor": "middle" }, svg);
}

function dash(series) {
  return series.dashed ? "6 4" : "none";
}

// The group that a series is drawn into, and the function that redraws it.
function addSeries(svg, series, bars, values, x, y) {
  const group = element("g", { fill: series.color, stroke: series.color }, svg);
  const bottom = HEIGHT - BOTTOM;
  const line = element("path", { fill: "none", "stroke-width": 2 }, null);
  line.setAttribute("stroke-dasharray", dash(series));
  if (series.kind === "line") group.append(line);
  else group.setAttribute("stroke", "none");

  return (index) => {
    const xs = lookUp(values, series.x, index);
    const ys = lookUp(values, series.y, index);
    if (series.kind === "line") {
      let path = "";
      let pen = "M";
      xs.forEach((value, i) => {
        const known = Number.isFinite(ys[i]);
        if (known) path += `${pen}${x(value).toFixed(1)},${y(ys[i]).toFixed(1)}`;
        pen = known ? "L" : "M";
      });
      line.setAttribute("d", path);
      return;
    }
    group.replaceChildren();
    xs.forEach((value, i) => {
      if (!Number.isFinite(ys[i])) return;
      if (series.kind === "scatter") {
        element("circle", { cx: x(value), cy: y(ys[i]), r: 5 }, group);
        return;
      }
      const width = 0.8 / bars.length;
      const start = value - 0.4 + bars.indexOf(series) * width;
      const top = y(ys[i]);
      const size = { width: x(start + width) - x(start), height: Math.max(0, bottom - top) };
      element("rect", { x: x(start), y: top, ...size }, group);
    });
  };
}

function addLegend(parent, panel) {
  const legend = document.createElement("div");
  legend.className = "explorer-legend";
  for (const series of panel.series) {
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

function addPanel(parent, panel, values) {
  const box = document.createElement("div");
  box.className = "explorer-panel";
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" }, null);
  svg.setAttribute("aria-label", `${panel.title}: ${panel.ylabel} against ${panel.xlabel}`);
  const x = scale(panel.xlim, LEFT, WIDTH - RIGHT, panel.log);
  const y = scale(panel.ylim, HEIGHT - BOTTOM, TOP, false);
  drawAxes(svg, panel, x, y);
  const bars = panel.series.filter((series) => series.kind === "bar");
  const redraws = panel.series.map((series) => addSeries(svg, series, bars, values, x, y));
  box.append(svg);
  addLegend(box, panel);
  parent.append(box);
  return (index) => redraws.forEach((redraw) => redraw(index));
}

function render({ model, el }) {
  const view = model.get("data");
  // A copy, since a float32 view needs an offset that is a multiple of four.
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  const values = new Float32Array(bytes.buffer);
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

  const redraws = model.get("panels").map((panel) => addPanel(panels, panel, values));
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
