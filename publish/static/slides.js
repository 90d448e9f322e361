// Makes slides of sub-slides that are as long as their author liked, then hands over to reveal.js.
//
// A figure or an explorer starts a slide of its own, together with the text after it and with the call that made it
// where nothing else stands before it. What else does not fit is
// continued on a further slide. What is too tall for any is drawn smaller, down to MIN_ZOOM; beyond, it scrolls.

const WIDTH = 1280;
const HEIGHT = 720;
const MAX_PICTURE = 1.5;
const MIN_PICTURE = 0.8;
const MIN_ZOOM = 0.6;
const STEP = 0.05;
const MAX_CALL = 120; // height of a few lines of code

const isPicture = (block) => block.classList.contains("figure");
const isShortCode = (block) => block.classList.contains("code") && block.clientHeight < MAX_CALL;

// The blocks of a sub-slide, in runs that belong on one slide.
function runs(blocks) {
  const all = [[]];
  for (const block of blocks) {
    const run = all.at(-1);
    const afterPicture = run.some(isPicture) && block.classList.contains("code");
    const startsPicture = isPicture(block) && !run.every(isShortCode);
    if (startsPicture || afterPicture) all.push([block]);
    else run.push(block);
  }
  return all;
}

const isFull = (slide) => slide.scrollHeight > slide.clientHeight || slide.scrollWidth > slide.clientWidth;

// A slide after another one, with a place for its content.
function addSlide(previous) {
  const slide = document.createElement("section");
  slide.append(document.createElement("div"));
  slide.firstChild.className = "page";
  previous.after(slide);
  return slide;
}

// A picture keeps the first prose after it, however small both must be drawn.
function mustStay(page) {
  const prose = page.querySelectorAll(".figure ~ .prose").length;
  return page.children.length === 1 || (page.querySelector(".figure") && prose <= 1);
}

// Fill slides after `slide` with a run, as many as it needs; returns the last.
function fill(slide, run) {
  let page = (slide = addSlide(slide)).firstChild;
  for (const block of run) {
    page.append(block);
    if (!isFull(slide) || mustStay(page)) continue;
    page = (slide = addSlide(slide)).firstChild;
    page.append(block);
  }
  return slide;
}

// What comes with a click: the blocks of one cell together, but for those that open a slide.
function addFragments(slide) {
  const shown = slide.querySelector(".block")?.dataset.cell;
  let index = -1;
  let cell = shown;
  for (const block of slide.querySelectorAll(".block")) {
    if (block.dataset.cell !== cell) index += 1;
    cell = block.dataset.cell;
    if (cell === shown || !("fragment" in block.dataset)) continue;
    block.classList.add("fragment");
    block.dataset.fragmentIndex = index;
  }
}

function split(original) {
  let last = original;
  for (const run of runs(original.querySelectorAll(":scope > .block"))) if (run.length) last = fill(last, run);
  original.querySelectorAll("aside.notes").forEach((notes) => last.append(notes));
  original.remove();
}

// Draw a slide's pictures as large as it has room for, then all of it smaller if it must be.
function fit(slide) {
  const page = slide.querySelector(".page");
  let [picture, all] = [MAX_PICTURE, 1];
  const draw = () => {
    slide.style.setProperty("--picture", picture);
    page.style.zoom = all;
  };
  draw();
  while (isFull(slide) && all > MIN_ZOOM) {
    if (picture > MIN_PICTURE) picture -= STEP;
    else all -= STEP;
    draw();
  }
}

function present() {
  const reveal = document.querySelector(".reveal");
  document.getElementById("reveal-style").media = "all"; // it hides what is not the current slide
  reveal.classList.add("measured");
  reveal.querySelectorAll("section > section").forEach(split);
  const slides = reveal.querySelectorAll("section > section");
  slides.forEach(addFragments);
  slides.forEach(fit);
  reveal.classList.remove("measured");
  reveal.classList.add("deck");
  Reveal.initialize({
    width: WIDTH,
    height: HEIGHT,
    margin: 0,
    center: false,
    hash: true,
    slideNumber: "c/t",
    transition: "none",
    plugins: [RevealNotes],
    pdfMaxPagesPerSlide: 1,
    pdfSeparateFragments: false,
    scrollActivationWidth: 0,
  });
  reveal.addEventListener("explorer-drawn", ({ target }) => fit(target.closest("section")));
  // A slider that was dragged gives the arrow keys back to the slides; one that was reached by Tab keeps them.
  reveal.addEventListener("pointerup", () => document.activeElement.blur());
}

// On paper the still pictures stay: what is drawn later would not have been measured.
const asked = new URLSearchParams(location.search);
if (asked.has("print-pdf")) {
  document.querySelectorAll(".explorer-page").forEach((figure) => (figure.dataset.still = ""));
}

// On a phone it stays one page; the speaker's view shows the next slide in a frame that is as narrow.
if (asked.has("receiver") || matchMedia("(min-width: 600px)").matches) window.addEventListener("load", present);
